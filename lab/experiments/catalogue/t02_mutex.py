"""T2: a mutex that a crashed sweeper left behind."""

from lab.experiments import signs
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import conditions, steps, workers

SCENARIO = Scenario(
    id="T2",
    name="mutex left by a crashed sweeper stops every sweep",
    effect="stall",
    expect=(
        "A worker is killed in an acks_late task that is hidden for 5 s, and unacked_mutex is set as if a"
        " sweeper had died with it, for 20 s instead of 300 s. Nothing is handed out until it expires."
    ),
    why="A sweep that finds the mutex taken does nothing; only its expiry frees it when its owner died.",
    helps="A lower unacked_mutex_expire, above the longest sweep; DEL unacked_mutex in an emergency.",
    setup=Setup((worker("w1"), worker("w2")), conf={"task_acks_late": True}),
    steps=(
        steps.Send(seconds=3),
        steps.Until("it runs", conditions.running),
        steps.Command(
            "set unacked_mutex for 20 s", lambda client: client.set("unacked_mutex", "dead", px=20_000)
        ),
        workers.kill(),
        steps.Allow("it comes back and runs to its end", 40, conditions.finished),
    ),
    reproduced=(signs.stalled(15),),
    links=(
        "kombu#1190",
        "kombu/transport/redis.py:Mutex",
    ),
    seconds=30,
    longest_wait=3,
)
