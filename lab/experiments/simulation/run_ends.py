"""How a run ends by itself: what its worker acknowledges and tells, and in which order.

That of `celery/worker/request.py`, 5.4.0 to 5.7.0; `tests.recordings` has it from real workers.
"""

from __future__ import annotations

from lab.experiments.simulation.copies import Copy
from lab.experiments.simulation.surroundings import Running, WorkerProcess
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
    again = end == "limit" and late and not plan.acks_on_failure and worker.plan.release != "5.4"
    outcomes: dict[str, RunOutcome] = {
        "succeed": "succeeded", "fail": "failed", "retry": "retried", "replace": "replaced",
        "reject": "rejected", "requeue": "requeued", "ignore": "ignored", "limit": "timed out",
    }  # fmt: skip
    if end == "requeue" and not late:
        # It is acknowledged already: nothing goes back, and nobody says anything.
        pool.over(copy, "rejected")
        pool.leave(copy)
        return
    pool.over(copy, "requeued" if again else outcomes[end])
    if end in ("retry", "replace"):
        # Its child published the next message; that it is over its worker hears later.
        worker.later(worker.random.uniform(0.002, 0.03), _passed_on, pool, copy, end)
        return
    if end == "requeue":
        worker.consumer.requeue(copy)
        worker.tell_of(copy, facts.Rejected, requeue=True)
    elif end == "reject":
        if worker.plan.release == "5.7":
            worker.tell_of(copy, facts.Failed, exception="reject requeue=False: no")
        if late:
            worker.consumer.acknowledge(copy)
            worker.tell_of(copy, facts.Rejected)
    elif again:
        worker.consumer.requeue(copy)
        worker.tell_of(copy, facts.Rejected, requeue=True)
        if worker.plan.release == "5.7":
            worker.tell_of(copy, facts.Failed, exception=LIMIT)
    elif end in ("fail", "limit"):
        worker.consumer.acknowledge(copy)
        if late and not plan.acks_on_failure:
            worker.tell_of(copy, facts.Rejected)
        exception = LIMIT if end == "limit" else "ValueError('no')"
        worker.tell_of(copy, facts.Failed, exception=exception)
        if end == "limit" and worker.plan.release == "5.7":
            worker.later(worker.random.uniform(0.01, 0.5), _tell_limit, worker, copy)
    else:
        worker.consumer.acknowledge(copy)
        if end == "succeed":
            worker.tell_of(copy, facts.Succeeded, runtime=plan.lasts)
    pool.leave(copy)


def _passed_on(pool: Running, copy: Copy, end: str) -> None:
    pool.worker.consumer.acknowledge(copy)
    if end == "retry":
        pool.worker.tell_of(copy, facts.Retried)
    pool.leave(copy)


def _tell_limit(worker: WorkerProcess, copy: Copy) -> None:
    worker.tell_of(copy, facts.Failed, exception=LIMIT)


def _publish(worker: WorkerProcess, publication: Publication, end: str) -> None:
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
