"""T5: a fleet of gevent workers only."""

from lab.experiments import signs
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import conditions, steps, workers

SCENARIO = Scenario(
    id="T5",
    name="gevent-only fleet never sweeps",
    effect="stall",
    expect=(
        "A gevent worker is killed in an acks_late task that is hidden for 5 s; another gevent worker is"
        " there. Although a sweep is due every second, the task stays in unacked."
    ),
    why=(
        "Only kombu's own event loop has a timer for sweeps. A gevent worker sweeps after a read in which"
        " nothing at all came, and its own BRPOP answers every second."
    ),
    helps="One worker with the prefork pool, on any queue of the db (one-prefork).",
    setup=Setup((worker("w1", pool="gevent"), worker("w2", pool="gevent")), conf={"task_acks_late": True}),
    steps=(
        steps.Send(seconds=3),
        steps.Until("it runs", conditions.running),
        workers.kill(),
        steps.Allow("it comes back and runs to its end", 30, conditions.finished),
    ),
    reproduced=(signs.stuck(),),
    links=("kombu#1025", "kombu/transport/redis.py:MultiChannelPoller.get"),
    seconds=35,
    longest_wait=3,
    needs="gevent",
)
