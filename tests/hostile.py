"""Hostile text, and a recording in which every text is hostile."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

from lab.watch import facts
from lab.watch.recording.recorder import Recorder
from tests.lab.watch.telling import ZERO, Telling, redelivered

EVIL = (
    "\x1b[666;666H"
    "\x1b]52;c;ZXZpbA==\x07"
    "\x1b]0;evil\x1b\\"
    "\x9b666m\x9d52;c;eA==\x9c"
    "\x00\r\n\t"
    "\u202e\u2066\u200f\u200b\u2028\ufeff"
    "a" + "\u0301" * 40 + "[/x][@click=app.quit]x[/]"
)
"""Cursor, clipboard, title, sequences that begin with C1, lines, directions, a tower of marks, and markup."""

RAW = tuple(
    text.encode()
    for text in (
        "\x1b[666",
        "\x1b]52",
        "\x1b]0;evil",
        "\x9b",
        "\x9c",
        "\x9d",
        "\x00",
        "\u202e",
        "\u2066",
        "\u200f",
        "\u200b",
        "\u2028",
        "\ufeff",
        "\u0301\u0301",
    )
)
"""Bytes of it that no terminal may get to see."""

LENGTH = 10_000
"""Characters of the long texts; a line of a recording has room for a few."""


def hostile(fact: facts.AnyFact) -> facts.AnyFact:
    """The fact with evil behind each of its texts. What was one and the same text is so afterwards."""
    kept = ("by", "source") if isinstance(fact, facts.Connected | facts.Disconnected) else ("by",)
    evil = {
        field: value + EVIL
        for field in fact.__struct_fields__
        if isinstance(value := getattr(fact, field), str) and field not in kept
    }
    return msgspec.structs.replace(fact, **evil)


def told() -> list[facts.AnyFact]:
    """A history with every kind of text: runs, ends, losses, doubts, settings, what is unknown."""
    lost = Telling("task-2", "tag-2", eta=None).received(2, "w1").popped(2).started(3, "w1").gone(4, "w1")
    now = {"at": ZERO + 29, "seen": ZERO + 29}
    return [
        facts.Connected(at=ZERO, seen=ZERO, source="events"),
        facts.Connected(at=ZERO, seen=ZERO, source="keys"),
        facts.Server(at=ZERO, seen=ZERO, run_id="r", version="7", role="master"),
        *redelivered("w1 w2 w1").facts,
        *lost.facts,
        facts.Sent(**now, id="task-3", worker="w", task="t", args="a", queue="q"),
        facts.Received(**now, id="task-3", worker="w1", pid=101, task="t", args="a"),
        facts.Started(**now, id="task-3", worker="w1", pid=101),
        facts.Failed(**now, id="task-3", worker="w1", pid=101, exception="ValueError" + "e" * LENGTH),
        facts.Dropped(**now, id="task-3", worker="w1", pid=101, why="w"),
        facts.Payload(**now, tag="tag-4", id="task-4", task="t", args="a" * LENGTH, queue="q"),
        facts.Popped(**now, tag="tag-4"),
        facts.Heartbeat(**now, worker="w3", pid=103, software="s"),
        facts.Online(**now, worker="w3", pid=103, software="s"),
        facts.Configured(**now, worker="w3", pid=103, pool="p"),
        facts.ConnectionSwept(**now, connection=5, since=ZERO, address="h:1", name="n"),
        facts.ServerMemory(**now, used=5, limit=6, policy="noeviction", refused=1),
        facts.Unknown(**now, source="clients", what="who sweeps", why="NOPERM"),
        facts.Unreadable(**now, source="events", why="w"),
        facts.Gap(**now, source="s", since=ZERO, count=3, why="w"),
        facts.Disconnected(**now, source="inspection", why="w"),
    ]


def hostile_recording(path: Path, history: Iterable[facts.AnyFact] | None = None) -> Path:
    """Write one, with a line among it that is far too long."""
    recorder = Recorder(path, f"redis://h/{EVIL}")
    for fact in history or told():
        recorder.take(hostile(fact))
    recorder.flush()
    with path.open("a") as file:
        file.write(EVIL * 10_000 + "\n")
    recorder.close()
    return path


def raw_in(data: bytes) -> list[bytes]:
    """What a terminal got to see of it raw."""
    return [each for each in RAW if each in data]


if __name__ == "__main__":
    hostile_recording(Path(sys.argv[1]))
