"""L2: a pool child that is killed while it runs a task acknowledged late."""

from lab.experiments import signs
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import conditions, steps, workers

SCENARIO = Scenario(
    id="L2",
    name="pool child killed: acks_late alone loses the task",
    effect="loss",
    expect=(
        "A pool child is killed in the middle of an acks_late task. The worker lives, counts the task as"
        " failed and acknowledges it, so it never runs to its end."
    ),
    why=(
        "When a child dies the worker stores WorkerLostError and acknowledges, unless"
        " task_reject_on_worker_lost is set."
    ),
    helps="task_reject_on_worker_lost (reject-lost): a task that always kills its child does so for ever.",
    setup=Setup((worker("w1", hidden=30),), conf={"task_acks_late": True}),
    steps=(
        steps.Send(seconds=4),
        steps.Until("it runs", conditions.running),
        workers.KillChild(),
        steps.Allow("it comes back and runs to its end", 12, conditions.finished),
    ),
    reproduced=(signs.lost(),),
    links=(
        "celery#1628",
        "celery/worker/request.py:Request.on_failure",
    ),
    seconds=16,
    longest_wait=4,
)
