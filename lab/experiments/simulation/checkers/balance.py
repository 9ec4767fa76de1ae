"""Balance: where the ledger's books say that the messages are is where they are at the end.

`ledger.balance` counts each publication in one place: waiting, unacked, running, ended, lost or unknown.
Compared where the ledger has no doubt, and holds nothing for unknown. A message that ended once and comes
again may be in either place. Messages of which nobody told are in no book; where no worker is left that
speaks, nobody is missed. Cost: linear in publications.
"""

from __future__ import annotations

from collections import Counter

from lab.experiments.simulation.judgement import Judgement, judged
from lab.experiments.simulation.truth import FINAL, Publication, Truth
from lab.experiments.simulation.watching import Watched

SILENT = frozenset({"rejected", "ignored", "replaced"})
"""Ends without an event, where the message was acknowledged before."""


def check(truth: Truth, watched: Watched) -> Judgement:
    """Compare the sums."""
    ledger = watched.model.ledger
    balance = ledger.balance  # type: ignore[attr-defined, unused-ignore]
    said = {
        "waiting": balance.waiting,
        "unacked": balance.unacked,
        "under way": balance.running,
        "ended": balance.ended,
        "lost": balance.lost,
    }
    wrong: list[str] = []
    excused: list[str] = []
    if balance.sent != sum(said.values()) + balance.unknown:
        wrong.append(f"the books do not add up: {balance}")
    surely: Counter[str] = Counter()
    perhaps: Counter[str] = Counter()
    for publication in truth.publications:
        places = _places(truth, publication)
        (surely if len(places) == 1 else perhaps).update(places)
    if any(not surely[each] <= said[each] <= surely[each] + perhaps[each] for each in said):
        sentence = f"in truth {dict(surely)}, perhaps {dict(perhaps)}; by the books {said}"
        doubtful = ledger.doubts or balance.unknown or truth.doubtful or not truth.alive
        (excused if doubtful else wrong).append(sentence)
    return judged("balance", wrong, excused)


def _places(truth: Truth, publication: Publication) -> set[str]:
    """Where it may be booked."""
    if not truth.heard(publication):
        return {"no book", truth.fate(publication)}
    places: set[str] = {truth.fate(publication)}
    for run in publication.runs:
        if run.outcome in FINAL or run.outcome == "terminated":
            places.add("ended")
        if run.outcome == "running":
            places.add("under way")
        if run.outcome in SILENT:
            # It may seem to run on, and to die with its worker.
            places |= {"under way", "lost"}
    if any(each.state == "held" for each in publication.deliveries):
        # It waits in its queue, and a worker has a copy of it.
        places.add("unacked")
    if any(run.outcome in ("lost", "cancelled") for run in publication.runs) and places == {"ended"}:
        # Another copy was refused, which acknowledged it, while this run was to do the work.
        places.add("lost")
    if any(each.state in ("revoked", "expired", "stopped", "discarded") for each in publication.deliveries):
        places.add("ended")
    return places
