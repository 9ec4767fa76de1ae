"""What a source may not look at: said when it begins, when the reason is another one, and when it is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import redis

from lab.watch.broker.cause import trouble
from lab.watch.broker.connection import Address
from lab.watch.facts import COUNTED, AnyFact, Gap, Unknown

AGAIN = 30.0
"""Seconds until what was refused, and costs a command of its own, is asked for again."""


class Access:
    """The account of one source. What is named is a fixed few things, and a bounded number of queues."""

    def __init__(self, source: str, address: Address, emit: Callable[[AnyFact], None]) -> None:
        self.source = source
        self.address = address
        self.emit = emit
        self._unknown: dict[str, str] = {}
        """What is unknown, to why."""
        self._since: dict[str, float] = {}
        """What the counts rest on, and is unknown, to since when."""

    def granted(self, what: str, now: float, *answers: Any) -> bool:
        """Whether all the answers may be used; what they tell is unknown while the server refuses one."""
        refused = next((answer for answer in answers if isinstance(answer, redis.ResponseError)), None)
        self.say(what, trouble(refused, self.address) if refused else "", now)
        return refused is None

    def say(self, what: str, why: str, now: float) -> None:
        """It is unknown, and why; or it is known, where there is no reason."""
        if self._unknown.get(what, "") == why:
            return
        last = self._unknown.pop(what, "")
        if why:
            self._unknown[what] = why
        if what in COUNTED:
            since = self._since.setdefault(what, now)
            if not why:
                # What happened meanwhile stays unknown.
                del self._since[what]
                clause = f"{what} was not to be seen for a while ({last})"
                self.emit(Gap(at=now, seen=now, source=self.source, since=since, why=clause))
        self.emit(Unknown(at=now, seen=now, source=self.source, what=what, why=why))
