"""One fault tried out: brought about on a server of its own, watched, healed, and judged."""

from __future__ import annotations

import contextlib
import re
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from bench.faulting.fault import COMPLETE, Fault, Ground
from bench.faulting.server import Server
from bench.faulting.traffic import Traffic
from bench.faulting.watcher import Watcher
from tests.lab.watch.sources.proxy import Proxy

SAID_WITHIN = 3.0
"""Seconds from a fault until it must have been named."""

STARTS_WITHIN, COMES_BACK_WITHIN = 20.0, 12.0
"""Seconds until the watch must hear what happens, from its start, and from when the fault was healed. A
machine with two cores starts six of them at once."""


@dataclass
class Result:
    """What came of it."""

    fault: Fault
    said: str = ""
    after: float | None = None
    """Seconds until that was said."""
    ids: set[str] = field(default_factory=set)
    """Tasks that ran before the fault, meanwhile and behind it."""
    seen: int | None = None
    incomplete: list[str] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)
    back: float | None = None
    """Seconds until it heard again what happened."""
    code: int | None = None
    wrong: list[str] = field(default_factory=list)

    @property
    def counts(self) -> str:
        if self.seen is None:
            return "none"
        ran = len(self.ids)
        return ("right" if self.seen == ran else f"{self.seen} of {ran}") + (
            ", marked" if self.incomplete else ""
        )


def tried(fault: Fault, traffic: Traffic) -> Result:
    """Bring it about, and see."""
    result = Result(fault)
    with contextlib.ExitStack() as stack, tempfile.TemporaryDirectory(prefix="unacked-fault-") as folder:
        server = Server(Path(folder), *fault.options)
        stack.callback(server.kill)
        proxy = Proxy(server.port)
        stack.callback(proxy.close)
        ground = Ground(Path(folder), server, proxy, traffic)
        stack.callback(lambda: [each.close() for each in ground.kept])
        traffic.bind(server.client)
        if fault.held:
            traffic.hold(server.client, fault.held)
        try:
            _try(result, ground)
        except Exception as error:
            result.wrong.append(f"{type(error).__name__}: {error}")
        finally:
            if ground.watcher:
                result.code = ground.watcher.end()
                _judge(result, ground.watcher)
    return result


def _try(result: Result, ground: Ground) -> None:
    fault, ids = result.fault, result.ids
    doing = fault.do(ground)
    if fault.at_start:
        next(doing)
    ground.url = ground.url or (ground.server.url if fault.direct else ground.proxy.url)
    ground.watcher = watcher = Watcher(ground.url, *ground.arguments)
    if not fault.at_start:
        heard = _heard(ground, STARTS_WITHIN, ids)
        if heard is None:
            result.wrong.append("it did not begin to watch")
            return
        begun = time.monotonic()
        next(doing)
        begun = ground.begun or begun
    else:
        begun = watcher.begun
        if fault.heals and _heard(ground, STARTS_WITHIN, ids) is None:
            result.wrong.append("it did not begin to watch")
    if fault.says:
        found: list[tuple[float, str]] = []

        def said() -> bool:
            found[:] = [(at, text) for at, text in watcher.doubts() if re.search(fault.says, text)]
            return bool(found) or bool(fault.at_start and watcher.code is not None)

        watcher.wait(said, STARTS_WITHIN if fault.at_start else 2 * SAID_WITHIN)
        if found:
            result.said, result.after = found[0][1], max(0.0, found[0][0] - begun)
        elif fault.at_start:
            result.after = time.monotonic() - begun
    else:
        watcher.wait(lambda: False, 1.5)
    # What happens now may go unheard, and is to be marked then.
    with contextlib.suppress(redis.RedisError, OSError):
        if fault.heals and watcher.code is None and ground.server.answers():
            ids |= ground.traffic.play(ground.client)
    with contextlib.suppress(StopIteration):
        next(doing)
    if fault.heals and watcher.code is None:
        result.back = _heard(ground, COMES_BACK_WITHIN, ids)
        if result.back is None:
            result.wrong.append("it did not come back")
    ids |= ground.ran
    watcher.wait(lambda: watcher.ran(ids) == len(ids), 1.0)


def _heard(ground: Ground, seconds: float, ids: set[str]) -> float | None:
    """Let tasks run until the watch tells of one; how long that took."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds and ground.watching.code is None:
        played: set[str] = set()
        with contextlib.suppress(redis.RedisError, OSError):
            played = ground.traffic.play(ground.client)
        if ground.watching.wait(
            lambda played=played: played and ground.watching.ran(played) == len(played), 1.0
        ):
            ids |= played
            return time.monotonic() - begun
        if seconds != STARTS_WITHIN:
            ids |= played
    return None


def _judge(result: Result, watcher: Watcher) -> None:
    fault, summary = result.fault, watcher.summary
    result.seen = watcher.ran(result.ids) if summary else None
    result.incomplete = summary.get("incomplete", [])
    result.unknown = summary.get("unknown", {})
    if fault.says and not result.said:
        result.said = watcher.error.strip().split("\n")[-1]
    if fault.says and not re.search(fault.says, result.said):
        told = "; ".join(result.incomplete) or watcher.error.strip()
        result.wrong.append(f"it did not say /{fault.says}/ but: {told or 'nothing'}")
    elif fault.says and not fault.at_start and (result.after is None or result.after > SAID_WITHIN):
        result.wrong.append("it was said too late")
    if summary.get("duplicates"):
        result.wrong.append(f"duplicates of which there are none: {summary['duplicates']}")
    if result.seen is not None and result.seen != len(result.ids) and not result.incomplete:
        result.wrong.append("counts are wrong, and not marked")
    if fault.code == COMPLETE and result.incomplete:
        result.wrong.append(f"marked for nothing: {'; '.join(result.incomplete)}")
    if fault.unknown and not re.search(fault.unknown, _named(result.unknown)):
        result.wrong.append(
            f"/{fault.unknown}/ is not named as unknown: {_named(result.unknown) or 'nothing is'}"
        )
    if result.code != fault.code:
        result.wrong.append(f"it ended with {result.code}, not {fault.code}")
    if "Traceback" in watcher.error:
        result.wrong.append(f"a traceback: {watcher.error.strip().splitlines()[-1]}")


def _named(unknown: dict[str, Any]) -> str:
    return "; ".join(f"{what}: {why}" for what, why in unknown.items())
