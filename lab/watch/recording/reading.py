"""Reading a recording: the facts of all its parts in order, and a gap where some are missing.

That something is missing is a fact (`Gap`), too, so that it stands beside the counts like whatever else the
watch could not see.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lab.watch.facts import AnyFact, Gap
from lab.watch.recording.lines import Header, RecordingError
from lab.watch.recording.part import Part
from lab.watch.recording.parts import parts_at

SOURCE = "recording"
"""Who is deaf in these gaps."""


def opened(path: Path) -> tuple[Header, Iterator[AnyFact]]:
    """The header of the first part that there is, and the facts of all.

    Raises `RecordingError` where that part is no recording of a version that is known.
    """
    first, *others = parts_at(path).values()
    part = Part(first)
    return part.header, _Reading().facts(part, others)


class _Reading:
    """One way through all parts."""

    def __init__(self) -> None:
        self._seen = 0.0
        """When the newest fact so far was seen, Unix seconds."""
        self._missed: dict[str, int] = {}
        """Why facts are missing since then, and how many."""

    def facts(self, first: Part, others: list[Path]) -> Iterator[AnyFact]:
        expected, end = first.header.part, None
        if expected > 1:
            self._miss_parts(1, expected - 1)
        for part in _of_one(first, others):
            number = part.header.part
            if number > expected:
                self._miss_parts(expected, number - 1)
            follows = number == expected and end is not None and end.continued
            for fact in part.facts(self._miss, part.header.standing if follows else 0):
                yield from self._gaps(max(fact.seen, part.header.begins))
                self._seen = max(self._seen, fact.seen)
                yield fact
            expected, end = number + 1, part.end
        if end is not None and end.continued:
            self._miss_parts(expected, expected)
        yield from self._gaps(self._seen)

    def _miss(self, why: str, count: int) -> None:
        self._missed[why] = self._missed.get(why, 0) + count

    def _miss_parts(self, first: int, last: int) -> None:
        which = f"its part {first} is" if first == last else f"its parts {first} to {last} are"
        self._miss(f"{which} not there, or cannot be read", 0)

    def _gaps(self, until: float) -> Iterator[Gap]:
        for why, count in self._missed.items():
            yield Gap(at=until, seen=until, source=SOURCE, since=self._seen, count=count, why=why)
        self._missed.clear()


def _of_one(first: Part, others: list[Path]) -> Iterator[Part]:
    """The parts of the first one's recording. Another file may be called as one of them."""
    yield first
    newest = first.header.part
    for path in others:
        try:
            part = Part(path)
        except RecordingError:
            continue
        if part.header.recording == first.header.recording and part.header.part > newest:
            newest = part.header.part
            yield part
