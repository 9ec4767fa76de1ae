"""L1: a running task whose worker is killed."""

from lab.experiments import signs
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import conditions, steps, workers

SCENARIO = Scenario(
    id="L1",
    name="worker killed while it runs an early-acknowledged task",
    effect="loss",
    expect=(
        "A worker is killed in the middle of a task of 4 s, and is started again. The task is never run to"
        " its end: nothing of it is left anywhere."
    ),
    why="By default a message is acknowledged, and so deleted, when a pool child takes it, before it runs.",
    helps="acks_late on a task that may safely run twice (acks-late).",
    setup=Setup((worker("w1", hidden=6),)),
    steps=(
        steps.Send(seconds=4),
        steps.Until("it runs", conditions.running),
        workers.kill(),
        steps.Allow("it comes back and runs to its end", 16, conditions.finished),
    ),
    reproduced=(signs.lost(),),
    links=("celery/worker/request.py:Request.on_accepted",),
    seconds=20,
    longest_wait=4,
)
