"""The attachment: somebody else's broker, watched and never written to. No rig, no producer, no defaults."""

from __future__ import annotations

import time
from typing import NoReturn

from lab.search import Search
from lab.session import News, NoProducerError, Observation, Way
from lab.target import Target, with_found
from lab.watch.facts import DEPLOYMENT, Gap, Unknown, Unwatched


class Attachment(Observation):
    """Watches a target from now on. What nobody says of its workers stays unknown.

    With `ask` the workers are asked for their settings: one request is published, and their replies are read
    from one list, which is deleted.
    """

    way: Way = "attached"
    rig: None = None
    embedded = False
    live = True
    lost: str | None = None
    """Never: a broker that is away may come back, and the model says that it is away."""
    ended = False

    def __init__(self, target: Target, *, ask: bool = False) -> None:
        super().__init__(target.address.masked, target.layout.prefix)
        self.target = target
        self._ask = ask
        self._begun = time.time()
        for fact in target.said:
            self.observer.put(fact)
        self.observer.watch(target.address, target.layout, ask=ask)
        # Somebody may attach before the first worker is up.
        sought = not (target.layout_said or target.found)
        self._search = Search(target) if sought else None
        self._nothing_seen = sought and not target.traces
        """Whether nothing of a deployment was found or seen yet."""
        if self._nothing_seen:
            self._say(f"no worker and no queue of Celery was found on db {target.address.db}")

    def look(self) -> News:
        """Take in what the broker had to say since the last look. Blocks only where a deployment was found
        at last, and then for a second at most."""
        if self._search and (found := self._search.found):
            self._search = None
            self._turn_to(with_found(self.target, found))
        accounts = self.observer.drain()
        if self._nothing_seen and (not self._search or self._seen()):
            self._nothing_seen = False
            self._say("")
        return News(accounts)

    def _seen(self) -> bool:
        """Whether anything of a deployment was seen where it is looked for, found or not."""
        ledger = self.model.ledger
        totals = ledger.totals
        told = bool(ledger.accounts or totals.unacked or totals.index or totals.queued)
        return told or next(iter(ledger.lives), None) is not None

    def _turn_to(self, target: Target) -> None:
        """Watch a deployment that was found only now. Where it is another one than was watched so far, what
        happened there before was missed."""
        before, self.target, self.prefix = self.target, target, target.layout.prefix
        if (target.address, target.layout) == (before.address, before.layout):
            return
        self.observer.stop()
        self._let_go()
        now = time.time()
        why = "the deployment was found only then"
        self.observer.put(Gap(at=now, seen=now, source="discovery", since=self._begun, why=why))
        self.observer.watch(target.address, target.layout, ask=self._ask)

    def _say(self, why: str) -> None:
        """Why nobody knows whose messages these are; or that it is known, where there is no reason."""
        now = time.time()
        self.observer.put(Unknown(at=now, seen=now, source="discovery", what=DEPLOYMENT, why=why))

    def _let_go(self) -> None:
        """Forget what only the sources could take back that have ended: what stood, and what was refused."""
        ledger, now = self.model.ledger, time.time()
        for tag in list(ledger.entries):
            self.observer.put(Unwatched(at=now, seen=now, tag=tag))
        for what in list(ledger.unknown):
            self.observer.put(Unknown(at=now, seen=now, source="discovery", what=what))

    def close(self) -> None:
        """Stop watching, and looking for what to watch."""
        if self._search:
            self._search.stop()
        super().close()

    def producer(self) -> NoReturn:
        """There is none: raises `NoProducerError`."""
        raise NoProducerError("Nothing is sent to a broker that is only watched")
