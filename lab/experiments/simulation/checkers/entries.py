"""Entries: what the model says stands in `unacked` is what stands in the index, at every reading.

Holds where the keys were read without a break and their facts came in order. Cost: linear in the entries at
every reading.
"""

from __future__ import annotations

from lab.experiments.simulation.judgement import Judgement, judged
from lab.experiments.simulation.truth import Truth
from lab.experiments.simulation.watching import Watched

MOST = 5
"""Sentences; one is much like the next."""


def check(truth: Truth, watched: Watched) -> Judgement:
    """Compare after every reading."""
    wrong: list[str] = []
    at = -1
    for when, entries in watched.entries:
        while at + 1 < len(truth.index) and truth.index[at + 1][0] <= when:
            at += 1
        index = truth.index[at][1] if at >= 0 else {}
        if entries != index:
            wrong += _differences(when - truth.begun, index, entries)
        if len(wrong) >= MOST:
            break
    return judged("entries", wrong)


def _differences(at: float, index: dict[str, float], entries: dict[str, float]) -> list[str]:
    found = []
    for tag in sorted(index.keys() | entries.keys()):
        true, said = index.get(tag), entries.get(tag)
        if true is None:
            found.append(f"at {at:.1f} s {tag} has left the index, and the model has it")
        elif said is None:
            found.append(f"at {at:.1f} s {tag} stands in the index, and the model does not have it")
        elif true != said:
            found.append(f"at {at:.1f} s {tag} has a score {true - said:+.3f} s from what the model says")
    return found
