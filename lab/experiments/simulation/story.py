"""The story of a simulated history in lines: its plan, what really happened, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from lab.experiments.simulation.run import SimulatedRun


def story(run: SimulatedRun) -> Iterator[str]:
    """Times are seconds from the beginning."""
    plan, truth = run.plan, run.truth
    zero = truth.begun
    yield f"seed {plan.seed}: {', '.join(sorted(plan.faults)) or 'nothing out of the ordinary'}"
    for worker in plan.workers:
        yield (
            f"  {worker.name} from {worker.starts:g} s: timeout {worker.timeout:g}, sweeps every "
            f"{worker.interval:g} × {worker.throttle} s, {worker.slots} children, prefetch {worker.prefetch}"
            + (f", clock {worker.skew:+g} s" if worker.skew else "")
        )
    for happening in plan.happenings:
        whom = happening.message or happening.worker
        lasts = f" for {happening.lasts:g} s" if happening.lasts else ""
        yield f"  {happening.at:.1f} s: {happening.fault} {happening.how} ({whom}){lasts}"
    for each in truth.publications:
        late = "acks late" if each.plan.acks_late else "acks early"
        eta = f", due {each.eta - zero:.1f} s" if each.eta is not None else ""
        yield f"  {each.tag} of {each.id}, retries {each.retries}, sent {each.sent - zero:.1f} s{eta}, {late}"
        for delivery in each.deliveries:
            popped = f"{delivery.at - zero:.2f} s {delivery.worker} popped it"
            yield f"    {popped} ({delivery.cause}): {delivery.state}"
        for ran in each.runs:
            ended = f"{ran.ended - zero:.2f} s" if ran.ended is not None else "…"
            yield f"    {ran.started - zero:.2f} s to {ended} ran on {ran.worker}: {ran.outcome}"
        yield f"    {truth.fate(each)}"
    for judgement in run.wrong():
        for sentence in judgement.evidence:
            yield f"  wrong ({judgement.checker}): {sentence}"
