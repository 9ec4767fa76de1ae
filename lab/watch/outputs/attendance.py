"""The attendance: tells when a worker falls silent, is heard again or is gone, and when two share a name."""

from __future__ import annotations

from collections.abc import Iterator

from lab.watch.model import roll_call
from lab.watch.model.ledger import Ledger
from lab.watch.model.life import FELL_SILENT
from lab.watch.outputs.lines import NarratedLine


class Attendance:
    """Remembers what it told: of the processes that are silent, and of the names that are used twice."""

    def __init__(self) -> None:
        self._silent: dict[tuple[str, int], float] = {}
        """Who was told to be silent, and when it was last heard."""
        self._twice: set[str] = set()

    def tell(self, ledger: Ledger, now: float) -> Iterator[NarratedLine]:
        """The lines that this moment adds."""
        silent = {(life.worker, life.pid): life for life in roll_call.silent(ledger, now)}
        for mark in sorted(silent.keys() - self._silent.keys()):
            life = silent[mark]
            why = f"no heartbeat for {now - life.seen:.0f} s: it is stopped, killed or cut off"
            self._silent[mark] = life.seen
            yield _line(*mark, now, "silent", f"is silent, {why}")
        for worker, pid in sorted(self._silent.keys() - silent.keys()):
            known, ending = ledger.lives.life(worker, pid), ledger.lives.ending(worker, pid)
            if ending is not None and ending.why != FELL_SILENT:
                yield _line(worker, pid, now, "gone", f"is gone: {ending.why}")
            elif known is not None and known.seen > self._silent[worker, pid]:
                yield _line(worker, pid, now, "heard", "is heard again")
            elif known is not None:
                # Nobody is listened to now.
                continue
            del self._silent[worker, pid]
        twice = roll_call.namesakes(ledger, now)
        for worker in sorted(twice.keys() - self._twice):
            pids = twice[worker]
            named = ", ".join(str(pid) for pid in pids)
            text = f"{worker} is the name of {len(pids)} processes (pids {named}), which cannot be told apart"
            yield NarratedLine("worker", now, text, {"worker": worker, "state": "twice", "pids": pids})
        self._twice = set(twice)


def _line(worker: str, pid: int, at: float, state: str, words: str) -> NarratedLine:
    data = {"worker": worker, "pid": pid, "state": state}
    return NarratedLine("worker", at, f"{worker} (pid {pid}) {words}", data)
