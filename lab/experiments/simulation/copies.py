"""A copy: what one delivery left in a worker's memory."""

from __future__ import annotations

from dataclasses import dataclass

from lab.experiments.simulation.truth import ActualDelivery, ActualRun, Publication


@dataclass(slots=True, eq=False)
class Copy:
    """What one delivery left in a worker's memory (`celery.worker.request:Request`)."""

    publication: Publication
    delivery: ActualDelivery
    connection: int
    """Over which its worker received it."""
    acknowledged: bool = False
    run: ActualRun | None = None
