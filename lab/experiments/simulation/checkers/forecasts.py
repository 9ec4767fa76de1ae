"""Forecasts: every window in which a redelivery was foretold contains it, or is open.

A redelivery lies between its sweep and its pop: where nobody has room, who pops it when is no sweep's doing.
A window that says that it rests on an assumption is excused where the assumption is wrong.
What nobody can foretell voids what was said around it: a worker that comes or goes, a stranger that sweeps.
Cost: linear in what was foretold, times the disturbances.
"""

from __future__ import annotations

from math import inf

from lab.experiments.simulation.judgement import Judgement, judged
from lab.experiments.simulation.truth import TrueRedelivery, Truth
from lab.experiments.simulation.watching import Foretold, Watched
from lab.watch.model.sweeping.phases import MISSED
from lab.watch.model.track_record import TOLERANCE

KNOWN_AFTER = 25.0
"""Seconds after a disturbance until it is known, at least: a worker that fell silent is given up after 20."""


def check(truth: Truth, watched: Watched) -> Judgement:
    """Hold each window against what came."""
    wrong: dict[str, None] = {}
    excused: dict[str, None] = {}
    for said in watched.foretold:
        redelivery = truth.redeliveries.get((said.tag, said.score))
        if redelivery is not None and redelivery.restored < said.now:
            continue
        until = min(redelivery.popped, truth.ended) if redelivery else _until(truth, said)
        if _disturbed(truth, said.now, until):
            continue
        if sentence := _fault(truth, said, redelivery, until):
            rests = said.coming is not None and "assumed" in (said.coming.basis, said.coming.ground)
            (excused if rests else wrong).setdefault(sentence)
    return judged("forecasts", wrong, excused)


def _until(truth: Truth, said: Foretold) -> float:
    """When it became clear that nothing came of it: the entry left, or the history ended."""
    return truth.left.get((said.tag, said.score), truth.ended)


def _disturbed(truth: Truth, now: float, until: float) -> bool:
    # A sweep that does not come is missed three times.
    known = KNOWN_AFTER + (MISSED + 1) * truth.longest_period
    return any(now - known <= at <= until for at, _ in truth.disturbances)


def _fault(truth: Truth, said: Foretold, came: TrueRedelivery | None, until: float) -> str:
    at, coming = said.now - truth.begun, said.coming
    if came is None:
        if coming is None or coming.window.latest == inf or coming.window.latest + TOLERANCE >= until:
            return ""
        late = coming.window.latest - truth.begun
        return f"{said.tag}: at {at:.1f} s a redelivery was foretold until {late:.2f} s, and none came"
    popped = came.popped - truth.begun
    if coming is None:
        return f"{said.tag}: at {at:.1f} s none was foretold, and it was popped again at {popped:.2f} s"
    window = coming.window.widened(TOLERANCE)
    if window.earliest <= came.popped and came.restored <= window.latest:
        return ""
    earliest, latest = coming.window.earliest - truth.begun, coming.window.latest - truth.begun
    return (
        f"{said.tag}: at {at:.1f} s it was foretold between {earliest:.2f} and {latest:.2f} s "
        f"({coming.basis}, {coming.ground}), and it was popped again at {popped:.2f} s"
    )
