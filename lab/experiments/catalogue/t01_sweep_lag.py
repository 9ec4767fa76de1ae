"""T1: recovery that takes the visibility timeout and up to a whole sweep period more."""

from lab.experiments import signs
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import conditions, steps, workers

SCENARIO = Scenario(
    id="T1",
    name="sweep lag: recovery takes up to 100 s more than the timeout",
    effect="stall",
    expect=(
        "A worker is killed in an acks_late task that is hidden for 20 s. With kombu's default sweep, every"
        " 100 s, the task is overdue for more than a minute before it is handed out again."
    ),
    why=(
        "Entries are restored only by a sweep, and a worker sweeps at every tenth call of a ten-second"
        " timer; being overdue does nothing by itself."
    ),
    helps="A shorter unacked_restore_interval and unacked_restore_throttle (sweep-often), from kombu 5.7 on.",
    setup=Setup(
        (
            worker("w1", hidden=20, interval=10, throttle=10),
            worker("w2", hidden=20, interval=10, throttle=10),
        ),
        conf={"task_acks_late": True},
    ),
    steps=(
        steps.Send(seconds=3),
        steps.Until("it runs", conditions.running),
        workers.kill(),
        steps.Allow("it comes back and runs to its end", 130, conditions.finished),
    ),
    reproduced=(signs.stalled(40),),
    links=("kombu#2558",),
    seconds=100,
    longest_wait=3,
)
