"""What is true of an incident: said by hand of each message, and held against what tasks noted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tests.recordings.incidents.ground import Ground


@dataclass(frozen=True)
class Truth:
    """What happened to one message. Of a text such as `cancelled or unknown` the first is true; the others
    may be said as well, because the wire does not tell them apart."""

    why: str
    """In one sentence."""
    runs: tuple[str, ...] = ()
    """The outcome of each run of its code, in the order they began."""
    verdicts: tuple[str, ...] = ("first",)
    """Of each run."""
    becomes: tuple[str, ...] = ("succeeded",)
    """What became of each publication."""
    cause: str = ""
    """What caused every delivery after the first; `first` where a task sent the message again itself."""
    stopped: int = 0
    """Copies that the lock stopped."""
    skipped: int = 0
    """Copies that the worker skipped, because the task had succeeded."""


Truths = Mapping[str, Truth]
"""By the names of messages."""


def checked(ground: Ground, name: str, true: Truth) -> dict[str, Any]:
    """It as a JSON object with the task's id. Raises `ValueError` where tasks or workers noted otherwise."""
    ends = sum(run.startswith("succeeded") for run in true.runs)
    noted = ground.starts(name), ground.ends(name)
    if noted != (len(true.runs), ends):
        raise ValueError(f"{name}: {noted} starts and ends were noted, {len(true.runs), ends} are expected")
    verdicts = true.verdicts[: len(true.runs)]
    return {"id": ground.ids[name], "deliveries": ground.received(name), **asdict(true), "verdicts": verdicts}
