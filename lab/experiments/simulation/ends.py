"""The ends of runs: what a worker says and does when a task's code is through.

As `celery.worker.request:Request` does it (5.7.0).
"""

from __future__ import annotations

from lab.experiments.simulation.worker import Run, Surroundings, Worker
from lab.watch import facts

COUNTDOWN = 6.0
"""Seconds until a retry is due."""

MOST_RETRIES = 2


def end(world: Surroundings, worker: Worker, run: Run) -> None:
    """End a run as its message was planned to."""
    message, planned = run.message, run.message.planned
    task_id = message.id
    handed_back = planned.late and planned.handed_back and not run.acknowledged
    match planned.end:
        case "raises":
            worker.finish(run, "failed")
            worker.say(facts.Failed, id=task_id, exception="ValueError('on purpose')")
        case "time limit":
            worker.finish(run, "timed out", acknowledge=not handed_back, gone=handed_back)
            if handed_back:
                worker.say(facts.Rejected, id=task_id, requeue=True)
            else:
                worker.say(facts.Failed, id=task_id, exception="TimeLimitExceeded: 1")
            # The pool and the worker both tell of it.
            worker.say(facts.Failed, id=task_id, exception="TimeLimitExceeded: 1")
        case "child dies":
            worker.finish(run, "requeued" if handed_back else "lost", acknowledge=not handed_back, gone=True)
            if handed_back:
                worker.say(facts.Rejected, id=task_id, requeue=True)
            else:
                worker.say(facts.Failed, id=task_id, exception="WorkerLostError: signal 9")
        case "rejects":
            worker.finish(run, "rejected")
            worker.say(facts.Failed, id=task_id, exception="reject requeue=False: on purpose")
            worker.say(facts.Rejected, id=task_id, requeue=False)
        case "hands back" if planned.late and not message.redelivered:
            worker.finish(run, "requeued", acknowledge=False, gone=True)
            worker.say(facts.Rejected, id=task_id, requeue=True)
        case "ignores":
            worker.finish(run, "dropped")
        case "replaces" if message.task != "do.other":
            world.send(planned, None, task="do.other")
            worker.finish(run, "replaced")
        case "retries" if message.retries < MOST_RETRIES:
            world.send(planned, world.now + COUNTDOWN, retries=message.retries + 1)
            worker.finish(run, "retried")
            worker.say(facts.Retried, id=task_id)
        case _:
            worker.finish(run, "succeeded")
            worker.say(facts.Succeeded, id=task_id, runtime=world.now - run.true.started)
