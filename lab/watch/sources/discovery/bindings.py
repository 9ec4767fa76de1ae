"""What kombu's own names tell of a deployment: the names of channels and of keys, and binding tables. Pure.

The table of an exchange is the set `_kombu.binding.<exchange>` behind the deployment's key prefix; a member
is `routing_key{sep}pattern{sep}queue` (`kombu.transport.redis:Channel._queue_bind`). All is untrusted text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lab.watch.broker.layout import EVENT_EXCHANGE, SEP

TABLE = "_kombu.binding."
PIDBOX = ".pidbox"
"""How the exchanges and queues of remote control end (`kombu.pidbox:Mailbox`)."""

LONGEST = 200
"""Characters, or bytes, of a name; longer ones are left out, because a name that is cut is another name."""


@dataclass(frozen=True, slots=True)
class Channel:
    """What the name of a channel of events says."""

    prefix: str
    db: int | None
    """None where the option `fanout_prefix` keeps it out of the name."""
    fanout: str
    """What stands between the prefix and the exchange: `/0.`, a text of the deployment's own, or nothing."""
    exchange: str


def name(data: bytes) -> str:
    """The name in these bytes; nothing where it is too long, or no text."""
    try:
        return data.decode() if len(data) <= LONGEST else ""
    except UnicodeDecodeError:
        return ""


def event_channel(text: str) -> Channel | None:
    """The parts of a channel on which workers beat, such as `acme:/0.celeryev/worker.heartbeat`, or one
    without a routing key (`fanout_patterns` off). None where it is none, or cannot be told apart."""
    if len(text) > LONGEST:
        return None
    topic = text.removesuffix("/worker.heartbeat").removesuffix("/worker.online")
    if found := re.fullmatch(r"(.*)(/(\d{1,5})\.)([^/]+)", topic, re.DOTALL):
        prefix, fanout, db, exchange = found.groups()
        return Channel(prefix, int(db), fanout, exchange)
    if not topic.endswith(EVENT_EXCHANGE):
        return None
    before = topic.removesuffix(EVENT_EXCHANGE)
    # A `fanout_prefix` of one's own begins with a slash and ends with a dot.
    prefix, slash, fanout = before.rpartition("/")
    if slash and fanout.endswith("."):
        return Channel(prefix, None, slash + fanout, EVENT_EXCHANGE)
    return Channel(before, None, "", EVENT_EXCHANGE)


def table(key: str) -> tuple[str, str] | None:
    """Prefix and exchange of a binding table's key; None where it is none."""
    prefix, found, exchange = key.rpartition(TABLE)
    return (prefix, exchange) if found and exchange else None


def separator(members: Iterable[str]) -> str | None:
    """What stands between the parts of these members, each `routing_key{sep}pattern{sep}queue`; None where
    they do not tell. Without a pattern, as most are, a member has it twice in a row."""
    members = list(members)
    if any(member.count(SEP) == 2 for member in members):
        return SEP
    shared: list[str] | None = None
    for member in members:
        possible = _doubled(member)
        shared = possible if shared is None else [each for each in shared if each in possible]
    return shared[0] if shared else None


def _doubled(member: str) -> list[str]:
    """Texts that stand twice in a row in a member, the likeliest first: with the same on both sides of it, as
    a queue bound by its own name, then where it begins the member, as without a routing key; the longest."""
    found: list[tuple[bool, bool, int, str]] = []
    for length in range(1, min(len(member) // 2, 16) + 1):
        for start in range(len(member) - 2 * length):
            one = member[start : start + length]
            if one == member[start + length : start + 2 * length]:
                same = member[:start] == member[start + 2 * length :]
                found.append((same, start == 0, length, one))
    found.sort(reverse=True, key=lambda each: each[:3])
    return list(dict.fromkeys(one for *_, one in found))


def bound(members: Iterable[str], sep: str) -> list[str]:
    """The queues in a table's members, without repetition, in order."""
    queues = {parts[2]: None for member in members if len(parts := member.split(sep)) == 3 and parts[2]}
    return [queue for queue in queues if len(queue) <= LONGEST]


def holds_messages(exchange: str, queue: str) -> bool:
    """Whether a queue bound to an exchange is one of tasks: not one of remote control, not one of events."""
    if exchange.endswith(PIDBOX) or queue.endswith(PIDBOX):
        return False
    return exchange != EVENT_EXCHANGE and not queue.startswith(f"{EVENT_EXCHANGE}.")
