"""A settled message, packed: its account and its facts in one string of bytes, until somebody asks for them.

Nearly all messages that are remembered are settled, and hardly any is heard of again. Kept as they are, they
are some sixty objects each, all over the memory, and to free them costs as much as to draw them up.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from lab.watch.facts import MessageFact
from lab.watch.model.accounts.account import Account


class Settled(msgspec.Struct, frozen=True, gc=False):
    """What is kept of a message of which nothing waits or runs."""

    packed: bytes
    """MessagePack of its account and its facts."""
    size: int
    """How many facts."""
    tags: tuple[str, ...]
    """The delivery tags of its attempts."""
    depends: frozenset[str]
    running: frozenset[str]

    settled = True

    @property
    def account(self) -> Account:
        """The account, as it was drawn up."""
        return self.unpacked[0]

    @property
    def unpacked(self) -> tuple[Account, list[MessageFact]]:
        """The account, and the facts in their order."""
        account, facts = _decoder.decode(self.packed)
        for attempt in account.attempts:
            for run in attempt.executions:
                if run.delivery is not None:
                    # It is one of the attempt's deliveries, not only like one.
                    run.delivery = next(each for each in attempt.deliveries if each == run.delivery)
        return account, facts


def packed(account: Account, facts: Sequence[MessageFact]) -> Settled:
    """What is kept of a settled message."""
    together = _encoder.encode((account, facts))
    return Settled(together, len(facts), account.tags, account.depends, account.running)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[Account, list[MessageFact]])
