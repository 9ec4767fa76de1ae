"""The claim: a key prefix that was set on a named broker is a lab's own, or it is refused.

Kombu's `unacked` is one hash for all who use a prefix, so the lab's workers, with a visibility timeout of
seconds, would redeliver what somebody else's workers hold there.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

from lab.rig import registry
from lab.rig.broker import BrokerError
from lab.rig.record import RegistryError
from lab.watch.broker.address import glob_escaped
from lab.watch.broker.connection import Address, connect
from lab.watch.broker.layout import SEP
from lab.watch.broker.refusal import refusal
from lab.watch.facts import WorkerFact
from lab.watch.outputs.untrusted_text import clean
from lab.watch.sources.decoding import BadEvent, decode
from lab.watch.sources.discovery.bindings import PIDBOX, TABLE, bound, event_channel, name

if TYPE_CHECKING:
    import redis

MARK = "unacked-lab:mine"
"""The key under the prefix that says whose it is. The lab that finds the prefix empty writes it, and it stays
with the other keys."""

CONTROL = f"celery{PIDBOX}"
"""The exchange of remote control: each worker's queue is bound to it, by its node name."""

LISTEN = 2.2
"""Seconds after which every living worker was heard: they beat every two (`celery.worker.heartbeat`)."""

SCAN_COUNT, SCAN_CALLS = 1_000, 2_000
"""Keys that one SCAN looks at, some 0.3 ms of the server, and how many calls there may be."""

NAMED = 3
"""Workers that the refusal names."""

LONGEST = 80
"""Characters of a name that it repeats."""


def claim_prefix(url: str, prefix: str) -> None:
    """Mark an empty prefix as a lab's own, or find it so marked. Raises `BrokerError` where anybody else's
    keys or workers are seen under it, or where that cannot be found out.

    It takes `LISTEN` seconds where the prefix was used before, and an instant where it was not.
    """
    import redis

    address = Address.from_url(url)
    try:
        with connect(address) as client:
            if client.exists(prefix + MARK):
                found = _strangers(_heard(client, prefix, address.db) - _own_workers(prefix))
            elif not (found := _unmarked(client, prefix)):
                client.set(prefix + MARK, "the keys under this prefix are those of unacked's lab")
    except (redis.RedisError, OSError, RegistryError) as error:
        why = refusal(error, address)
        raise BrokerError(
            f"Who uses the prefix {clean(prefix)} on {address.masked} is unknown: {why}"
        ) from None
    if found:
        raise BrokerError(
            f"Under the prefix {clean(prefix)} on {address.masked} there is {found}: leave out --lab-prefix"
            f" (LAB_PREFIX), or set another one. python -m tui {address.masked} watches what is there"
        )


def _unmarked(client: redis.Redis, prefix: str) -> str:
    """What there is under a prefix that no lab has marked; empty for nothing."""
    table = f"{prefix}{TABLE}{CONTROL}"
    if client.type(table) == b"set":
        members = [name(cast("bytes", each)) for each in client.sscan(table, 0, count=SCAN_COUNT)[1]]
        if nodes := {queue.removesuffix(f".{CONTROL}") for queue in bound(members, SEP)}:
            return _strangers(nodes)
    cursor, pattern = 0, glob_escaped(prefix) + "*"
    for _ in range(SCAN_CALLS):
        cursor, keys = client.scan(cursor, match=pattern, count=SCAN_COUNT)
        if keys:
            key = cast("bytes", keys[0]).decode("utf-8", "replace")
            return f"the key {clean(key, LONGEST)}, which is not the lab's"
        if not cursor:
            return ""
    return "perhaps somebody else's key (not all could be looked through)"


def _heard(client: redis.Redis, prefix: str, db: int) -> set[str]:
    """The workers whose heartbeats come on this prefix and db within `LISTEN` seconds."""
    heard: set[str] = set()
    until = time.monotonic() + LISTEN
    begin = glob_escaped(prefix)
    with client.pubsub() as channels:  # type: ignore[no-untyped-call]
        channels.psubscribe(f"{begin}*/worker.heartbeat", f"{begin}*celeryev")
        while (left := until - time.monotonic()) > 0:
            message = channels.get_message(ignore_subscribe_messages=True, timeout=left)
            channel = event_channel(name(message["channel"])) if message else None
            if channel is None or channel.prefix != prefix or channel.db not in (None, db):
                continue
            try:
                told = list(decode(message["data"], time.time()))
            except BadEvent:
                continue
            heard |= {fact.worker for fact in told if isinstance(fact, WorkerFact)}
    return heard


def _own_workers(prefix: str) -> set[str]:
    """The workers of this user's labs under a prefix. Their brokers are not compared: one has many URLs."""
    return {worker for lab in registry.alive() if lab.prefix == prefix for worker in lab.worker_pids}


def _strangers(workers: set[str]) -> str:
    """The workers that are somebody else's, in words; empty for none."""
    if not workers:
        return ""
    names = [clean(worker, LONGEST) for worker in sorted(workers)]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"somebody else's {'worker' if len(names) == 1 else 'workers'} {', '.join(names[:NAMED])}{more}"
