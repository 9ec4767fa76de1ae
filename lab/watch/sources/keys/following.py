"""Which entries of the index are followed by name, and the facts that their scores tell."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from lab.watch import facts
from lab.watch.bounds import plausible
from lab.watch.sources.decoding import LONGEST

FOLLOWED = 1_000
"""Entries asked for by name in every reading; the longest followed give way to newer ones."""

REMEMBERED = 10_000
"""Entries that were given up, or reported as absurd, and are known as such."""

TRIES = 5
"""Readings in which an entry's payload is asked for; one that breaks the reading each time is given up."""

SET_BACK = 3_600.0
"""Seconds by which a score may fall at a pop: the clock of one worker may be behind that of another."""

AFTER_SCORE = 1e-4
"""Seconds by which an entry leaves after its last pop, at least: that worker's clock may be ahead of ours."""

Scores: TypeAlias = Sequence[tuple[bytes, float]]
"""Part of the index, as the client library gives it."""


class Following:
    """Turns what the index says into facts: a pop where a score is new, a leaving where one is gone."""

    def __init__(self, emit: Callable[[facts.AnyFact], None]) -> None:
        self.emit = emit
        self.scores: dict[str, float] = {}
        """Delivery tag to its last score, the longest unmoved first."""
        self._named: set[str] = set()
        self._tries: dict[str, int] = {}
        """Entry to how often its payload was asked for in vain."""
        self._given_up: OrderedDict[str, float] = OrderedDict()
        self._absurd: OrderedDict[str, float] = OrderedDict()

    def index(self, head: Scores, tail: Scores, late: Scores, now: float) -> None:
        """What was read of the index; `late` holds entries that may have been seen, and given up, before."""
        for raw, score in late:
            if self._given_up.get(_text(raw)) != score:
                self._pop(raw, float(score), now)
        for raw, score in (*head, *tail):
            self._pop(raw, float(score), now)

    def answers(
        self,
        asked: Iterable[str],
        scores: Iterable[float | None],
        before: float,
        now: float,
        *,
        lost: bool = False,
    ) -> None:
        """The scores of the entries that were asked for by name, in a reading that was sent at `before`;
        `lost`: those that are gone went with the broker's data."""
        for tag, score in zip(asked, scores, strict=False):
            if score is not None:
                self._pop(tag.encode(), float(score), now)
            elif (last := self.scores.pop(tag, None)) is not None:
                self._forget_name(tag)
                # The time before the reading: a pop that came after it has a later score.
                at = max(before, last + AFTER_SCORE)
                self.emit(facts.Left(at=at, seen=now, tag=tag, lost=lost))

    def give_way(self, head: Scores, now: float) -> None:
        """Follow no more than the limit; the head, which is redelivered next, always stays."""
        if len(self.scores) <= FOLLOWED:
            return
        shown = {_text(raw) for raw, _ in head}
        for tag in [tag for tag in self.scores if tag not in shown]:
            if len(self.scores) <= FOLLOWED:
                break
            _remember(self._given_up, tag, self.scores.pop(tag))
            self._forget_name(tag)
            self.emit(facts.Unwatched(at=now, seen=now, tag=tag))

    def unnamed(self, most: int, now: float) -> list[str]:
        """Entries whose payload is not known yet, the newest first. Each is asked for `TRIES` times; one that
        was in vain every time is unreadable."""
        new = [tag for tag in reversed(self.scores) if tag not in self._named][:most]
        wanted = []
        for tag in new:
            tries = self._tries[tag] = self._tries.get(tag, 0) + 1
            if tries <= TRIES:
                wanted.append(tag)
            else:
                self.named(tag)
                why = f"an unacked entry that could not be read in {TRIES} tries"
                self.emit(facts.Unreadable(at=now, seen=now, source="keys", why=why))
        return wanted

    def named(self, tag: str) -> None:
        """Its payload was read, or cannot be: it is not asked for again."""
        self._tries.pop(tag, None)
        self._named.add(tag)

    def spare(self, tags: Iterable[str]) -> None:
        """Nobody may read these now, which is no fault of theirs."""
        for tag in tags:
            self._tries.pop(tag, None)

    def _forget_name(self, tag: str) -> None:
        self._tries.pop(tag, None)
        self._named.discard(tag)

    def _pop(self, raw: bytes, score: float, now: float) -> None:
        tag = _text(raw)
        if self.scores.get(tag) == score:
            return
        # A name that is no text could never be asked for again.
        if not plausible(score) or len(tag) > LONGEST or tag.encode() != raw:
            self._refuse(tag, score, now)
            return
        # Popped again: it moves to the end, so that the longest unmoved gives way first.
        last = self.scores.pop(tag, score)
        self.scores[tag] = score
        if last - score > SET_BACK:
            self.emit(facts.Aged(at=now, seen=now, tag=tag, score=score))
            return
        self.emit(facts.Popped(at=score, seen=now, tag=tag))

    def _refuse(self, tag: str, score: float, now: float) -> None:
        """An entry that no worker of Celery's wrote: say so, once."""
        if tag not in self._absurd:
            _remember(self._absurd, tag, score)
            why = "an unacked entry with a time, or a name, that cannot be"
            self.emit(facts.Unreadable(at=now, seen=now, source="keys", why=why))


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")


def _remember(among: OrderedDict[str, float], tag: str, score: float) -> None:
    """Keep the latest, within the limit."""
    among[tag] = score
    among.move_to_end(tag)
    if len(among) > REMEMBERED:
        among.popitem(last=False)
