"""Copies that share a lane."""

from __future__ import annotations

from tests.lab.watch.telling import Telling
from tests.tui.timeline.pictures import text, told_until
from tests.tui.timeline.tales import forty, taken
from tui.timeline.folding import folded


def test_nothing_is_folded_while_there_is_room() -> None:
    lanes = told_until(forty(), 201).lanes
    assert folded(lanes, len(lanes)) == list(lanes)


def test_no_copy_is_lost_in_any_number_of_rows() -> None:
    lanes = told_until(forty(), 201).lanes
    for rows in range(2, len(lanes) + 1):
        kept = folded(lanes, rows)
        assert len(kept) <= rows and kept[0] is lanes[0]
        assert sum(lane.copies for lane in kept) == len(lanes)


def test_where_even_the_workers_outnumber_the_rows_some_of_them_share_one() -> None:
    workers = [f"h{n}" for n in range(12)]
    told = taken(Telling(eta=100).settings(), " ".join(workers))
    picture = told_until(told, 70)
    lines = text(picture, 78, 6).splitlines()
    assert len(lines) == 6
    assert any(line.startswith("others ×") and "will run" in line for line in lines)
    assert sum(lane.copies for lane in folded(picture.lanes, 5)) == len(picture.lanes)
