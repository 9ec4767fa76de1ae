"""The folding: when copies outnumber the rows, those of one worker share a lane, with a count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lab.watch.outputs.plurals import plural
from tui.cells.table import Piece
from tui.timeline.lanes import Gist, Lane

OTHERS, ALL = "others", "all"
"""The names of a lane that several workers share, or all of them."""

SAID: dict[Gist, tuple[str, str]] = {
    "again": ("ran again", "bad"),
    "died": ("died", "warn"),
    "unseen": ("unclear", "warn"),
    "runs": ("runs", "good"),
    "first": ("ran first", "good"),
    "waits": ("will run", "bad"),
    "stopped": ("did not run", "warn"),
    "ended": ("ended", "dim"),
    "to come": ("to come", "dim"),
}
"""What is said of copies of each gist, the gravest first."""


def folded(lanes: Sequence[Lane], rows: int) -> list[Lane]:
    """At most `rows` lanes: those to come share one first, then those of the worker that has most, then
    the workers that have fewest. The first lane, the broker's, stays as it is. O(lanes × workers)."""
    if len(lanes) <= rows or rows < 2:
        return list(lanes[: max(rows, 1)])
    kept = _together(lanes, [lane for lane in lanes if lane.gist == "to come"], "?")
    while len(kept) > rows:
        (key, many) = Counter(_key(lane) for lane in kept[1:]).most_common(1)[0]
        if many < 2:
            break
        same = [lane for lane in kept[1:] if _key(lane) == key]
        kept = _together(kept, same, same[0].name)
    if len(kept) > rows:
        # Those to come stay apart as long as they can.
        others = sorted(kept[1:], key=lambda lane: (lane.gist == "to come", lane.copies))
        fewest = others[: len(kept) - rows + 1]
        kept = _together(kept, fewest, ALL if len(fewest) == len(kept) - 1 else OTHERS)
    return kept[:rows]


def _key(lane: Lane) -> tuple[str, bool]:
    """Whose lane it is; those to come are nobody's."""
    return lane.name, lane.gist == "to come"


def _together(lanes: Sequence[Lane], some: Sequence[Lane], name: str) -> list[Lane]:
    """The lanes with some of them as one, at the place of the first of those."""
    if len(some) < 2:
        return list(lanes)
    chosen = {id(lane) for lane in some}
    place = next(n for n, lane in enumerate(lanes) if id(lane) in chosen)
    rest = [lane for lane in lanes if id(lane) not in chosen]
    return [*rest[:place], _one(some, name), *rest[place:]]


def _one(some: Sequence[Lane], name: str) -> Lane:
    """Several lanes as one: all that they show, counted in words."""
    gists: Counter[Gist] = Counter()
    for lane in some:
        gists[lane.gist] += lane.copies
    copies = gists.total()
    said = [(f"{gists[gist]} {words}", role) for gist, (words, role) in SAID.items() if gists[gist]]
    words: list[Piece] = []
    if len(said) == 1 and not gists["to come"]:
        words.append((f"all {said[0][0]}", said[0][1]))
    for most in range(len(said), 0, -1):
        shown = ", ".join(each for each, _ in said[:most])
        if most == len(said) > 1:
            words.append((f"{plural(copies, 'copy', 'copies')}: {shown}", said[0][1]))
        words.append((shown, said[0][1]))
    gist = max(gists, key=lambda each: gists[each])
    spans = tuple(span for lane in some for span in lane.spans)
    marks = tuple(mark for lane in some for mark in lane.marks)
    return Lane(name, spans, marks, tuple(words), gist, some[0].worker, copies)
