"""How a run ends by itself: what its worker acknowledges and tells, and in which order.

That of `celery/worker/request.py`, 5.7.0.
"""

from __future__ import annotations

from lab.experiments.simulation.copies import Copy
from lab.experiments.simulation.surroundings import Process, Running
from lab.experiments.simulation.truth import Publication, RunOutcome
from lab.watch import facts

LIMIT = "TimeLimitExceeded: TimeLimitExceeded(3,)"


def end_run(pool: Running, copy: Copy) -> None:
    """The task's code is over, by itself."""
    run, publication, worker = copy.run, copy.publication, pool.worker
    if run is None or run.outcome != "running":
        return
    plan, late = publication.plan, publication.plan.acks_late
    end = publication.ends[0]
    if end in ("retry", "replace"):
        if worker.world.broker.up:
            _publish(worker, publication, end)
        else:
            # `OperationalError`: it could not be sent.
            end = "fail"
    if end == "kill":
        pool.lose_child(copy)
        return
    outcomes: dict[str, RunOutcome] = {
        "succeed": "succeeded", "fail": "failed", "retry": "retried", "replace": "replaced",
        "reject": "rejected", "requeue": "requeued", "ignore": "ignored", "limit": "timed out",
    }  # fmt: skip
    if end == "requeue" and not late:
        # It is acknowledged already: nothing goes back, and nobody says anything.
        pool.over(copy, "rejected")
        pool.leave(copy)
        return
    pool.over(copy, outcomes[end])
    id = publication.id
    if end == "requeue":
        worker.consumer.requeue(copy)
        worker.tell(facts.Rejected, id=id, requeue=True)
    elif end == "reject":
        worker.tell(facts.Failed, id=id, exception="Reject('no', requeue=False)")
        if late:
            worker.consumer.acknowledge(copy)
            worker.tell(facts.Rejected, id=id)
    elif end == "limit":
        worker.tell(facts.Failed, id=id, exception=LIMIT)
        worker.consumer.acknowledge(copy)
        if worker.plan.limit_told_twice:
            worker.later(worker.random.uniform(0.01, 0.5), _tell_failed, worker, id, LIMIT)
    elif end == "fail" and late and not plan.acks_on_failure:
        worker.consumer.acknowledge(copy)
        worker.tell(facts.Rejected, id=id)
        worker.tell(facts.Failed, id=id, exception="ValueError('no')")
    else:
        worker.consumer.acknowledge(copy)
        if end == "succeed":
            worker.tell(facts.Succeeded, id=id, runtime=plan.lasts)
        elif end == "fail":
            worker.tell(facts.Failed, id=id, exception="ValueError('no')")
        elif end == "retry":
            worker.tell(facts.Retried, id=id)
    pool.leave(copy)


def _tell_failed(worker: Process, id: str, exception: str) -> None:
    worker.tell(facts.Failed, id=id, exception=exception)


def _publish(worker: Process, publication: Publication, end: str) -> None:
    ends = publication.ends[1:] or ("succeed",)
    sender = f"gen{worker.pid}@sim"
    if end == "retry":
        plan = publication.plan
        countdown = plan.retry_countdown or None
        retries, task = publication.retries + 1, publication.task
        attempt = f"a retry of {publication.attempt}"
        family = f"a retry of {publication.family}"
        skew = worker.plan.skew
        worker.world.publish(plan, ends, countdown, retries, task, sender, skew, attempt, family)
    else:
        worker.world.publish(
            publication.plan, ends, None, 0, "sim.inner", sender, worker.plan.skew,
            family=f"what replaced {publication.family}",
        )  # fmt: skip
