"""The order of the attempts on the screen, kept up to date by what changed instead of sorted anew."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping

from lab.watch.model.accounts.account import Account, Attempt
from lab.watch.outputs.outcomes import is_poison

MessageKey = tuple[str, int, int]
"""Task id, retries and publication: what an attempt is known by."""

_Place = tuple[float, float, str, int, int]


def key_of(attempt: Attempt) -> MessageKey:
    """What this attempt is known by."""
    return attempt.id, attempt.retries, attempt.publication


def ended(attempt: Attempt) -> float:
    """The last time that something of it was heard."""
    times = [attempt.born]
    times += [delivery.until or delivery.at for delivery in attempt.deliveries]
    times += [run.ended or run.started for run in attempt.executions]
    return max(times)


class MessageOrder:
    """Waiting attempts first, the next due at the top; below them the finished ones, the newest first."""

    def __init__(self) -> None:
        self._waiting: list[_Place] = []
        self._finished: list[_Place] = []
        self._places: dict[MessageKey, tuple[bool, _Place]] = {}
        self._keys: dict[str, list[MessageKey]] = {}
        self._lost: set[MessageKey] = set()
        self._poison: set[MessageKey] = set()

    def __len__(self) -> int:
        return len(self._places)

    @property
    def waiting(self) -> int:
        """How many are not finished."""
        return len(self._waiting)

    @property
    def lost(self) -> int:
        """How many of those that are listed were lost."""
        return len(self._lost)

    @property
    def poison(self) -> int:
        """How many of those that wait take their process with them, each time."""
        return len(self._poison)

    def take(self, changed: Iterable[Account], accounts: Mapping[str, Account]) -> None:
        """Move what changed to its place; drop what the ledger has forgotten."""
        for account in changed:
            self._drop(account.id)
            if account.id in accounts:
                self._add(account)
        if len(self._keys) != len(accounts):
            for task_id in [known for known in self._keys if known not in accounts]:
                self._drop(task_id)
            for task_id, account in accounts.items():
                if task_id not in self._keys:
                    self._add(account)

    def key(self, index: int) -> MessageKey:
        """The attempt at an index."""
        if index < len(self._waiting):
            place = self._waiting[index]
        else:
            place = self._finished[len(self._waiting) - 1 - index]
        return place[2:]

    def find(self, key: MessageKey) -> int | None:
        """Where an attempt stands; None if it is not listed."""
        known = self._places.get(key)
        if known is None:
            return None
        over, place = known
        if not over:
            return bisect_left(self._waiting, place)
        return len(self._places) - 1 - bisect_left(self._finished, place)

    def _add(self, account: Account) -> None:
        keys = self._keys[account.id] = []
        for attempt in account.attempts:
            key = key_of(attempt)
            over = attempt.settled
            first = attempt.born if attempt.eta is None else attempt.eta
            if over:
                first = ended(attempt)
            place = (first, attempt.born, *key)
            insort(self._finished if over else self._waiting, place)
            self._places[key] = over, place
            keys.append(key)
            if over and attempt.outcome == "lost":
                self._lost.add(key)
            elif not over and is_poison(attempt):
                self._poison.add(key)

    def _drop(self, task_id: str) -> None:
        for key in self._keys.pop(task_id, ()):
            over, place = self._places.pop(key)
            places = self._finished if over else self._waiting
            del places[bisect_left(places, place)]
            self._lost.discard(key)
            self._poison.discard(key)
