"""The entries that stand are those of the index, with their scores: the reader misses nothing."""

from __future__ import annotations

from collections.abc import Iterator

from lab.experiments.simulation.truth import Truth
from lab.watch.model.model import Model


def entries(truth: Truth, model: Model) -> Iterator[str]:
    """What stands in `unacked` at the end."""
    standing = {tag: entry.score for tag, entry in model.ledger.entries.items()}
    for tag in standing.keys() - truth.index.keys():
        yield f"{tag}: is told to stand in unacked, and does not"
    for tag, score in truth.index.items():
        if tag not in standing:
            yield f"{tag}: stands in unacked, and is not told"
        elif abs(standing[tag] - score) > 1e-6:
            yield f"{tag}: was popped at {score:.3f}, and {standing[tag]:.3f} is told"
