"""Pictures of messages as text, of what real workers told or what was told by hand, at a time, in a size."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lab.watch.facts import AnyFact
from lab.watch.model.model import Model
from lab.watch.recording.reading import opened
from tests.lab.watch.telling import ZERO, Telling, modelled
from tui.timeline.picture import Picture, picture_of, words_of
from tui.timeline.prospect import prospect_of

RECORDINGS = Path(__file__).parents[2] / "recordings"


def told_until(told: Telling, now: float) -> Picture:
    """The picture of a message that was told by hand, `now` seconds from its zero."""
    return _picture(modelled(fact for fact in told.facts if fact.at <= ZERO + now), told.id, ZERO + now)


def recorded(name: str, until: float | None = None, *, task: int = 0, attempt: int = 0) -> Picture:
    """The picture of one message of a recording, so many seconds after its birth, or at the end."""
    facts = list(opened(RECORDINGS / f"{name}.jsonl")[1])
    whole = modelled(facts)
    account = list(whole.ledger.accounts.values())[task]
    born = account.attempts[attempt].born
    now = max(fact.at for fact in facts) if until is None else born + until
    return _picture(modelled(_before(facts, now)), account.id, now, attempt)


def _before(facts: Iterable[AnyFact], now: float) -> Iterable[AnyFact]:
    return (fact for fact in facts if fact.at <= now)


def _picture(model: Model, id: str, now: float, which: int = 0) -> Picture:
    attempt = model.ledger.accounts[id].attempts[which]
    return picture_of(attempt, prospect_of(attempt, model.forecast, now), now)


def zoomed(picture: Picture, steps: int) -> Picture:
    """The picture as it is after so many presses of the key."""
    for _ in range(steps):
        picture = picture_of(picture.attempt, picture.prospect, picture.now, picture.closer)
    return picture


def text(picture: Picture, width: int = 118, height: int = 14, *, plain: bool = False) -> str:
    """The picture as it stands on the screen."""
    return words_of(picture.lines(width, height, plain=plain))
