"""What a source may not look at: said once when it begins, and once when it is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import redis

from lab.watch.broker.connection import Address
from lab.watch.broker.refusal import refusal
from lab.watch.facts import AnyFact, Unknown

AGAIN = 30.0
"""Seconds until what was refused, and costs a command of its own, is asked for again."""


class Access:
    """The account of one source. What is named is a fixed few things, and a bounded number of queues."""

    def __init__(self, source: str, address: Address, emit: Callable[[AnyFact], None]) -> None:
        self.source = source
        self.address = address
        self.emit = emit
        self._unknown: set[str] = set()

    def granted(self, what: str, now: float, *answers: Any) -> bool:
        """Whether all the answers may be used; what they tell is unknown while the server refuses one."""
        for answer in answers:
            if isinstance(answer, redis.ResponseError):
                self.unknown(what, refusal(answer, self.address), now)
                return False
        self.known(what, now)
        return True

    def unknown(self, what: str, why: str, now: float) -> None:
        """From now on it is unknown."""
        if what not in self._unknown:
            self._unknown.add(what)
            self.emit(Unknown(at=now, seen=now, source=self.source, what=what, why=why))

    def known(self, what: str, now: float) -> None:
        """It is known, perhaps again."""
        if what in self._unknown:
            self._unknown.discard(what)
            self.emit(Unknown(at=now, seen=now, source=self.source, what=what))
