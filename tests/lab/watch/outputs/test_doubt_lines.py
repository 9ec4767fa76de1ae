"""The lines of doubts: each is told once when it comes, and once when it is over."""

from __future__ import annotations

import json

from lab.watch.outputs.doubt_lines import STANDS, DoubtLines


def test_a_doubt_is_told_when_it_stands_and_when_it_is_over() -> None:
    lines = DoubtLines()
    assert lines.tell(["keys: away"], 10.0) == []
    (told,) = lines.tell(["keys: away"], 10.0 + STANDS)
    assert (told.kind, told.data) == ("doubt", {"doubt": "keys: away", "over": False})
    assert "counts are incomplete: keys: away" in told.as_text()
    assert lines.tell(["keys: away"], 20.0) == []
    (over,) = lines.tell([], 21.0)
    assert over.data == {"doubt": "keys: away", "over": True}
    assert json.loads(over.as_json())["kind"] == "doubt"


def test_what_is_over_before_it_stands_is_not_told() -> None:
    lines = DoubtLines()
    lines.tell(["keys: not reached yet"], 10.0)
    assert lines.tell([], 10.1) == [] and lines.tell([], 20.0) == []


def test_a_number_that_grows_makes_no_new_doubt() -> None:
    lines = DoubtLines()
    lines.tell(["3 could not be read"], 10.0)
    assert len(lines.tell(["4 could not be read"], 11.0)) == 1
    assert lines.tell(["1,005 could not be read"], 12.0) == []


def test_a_clock_that_is_set_back_holds_nothing_up_for_longer() -> None:
    lines = DoubtLines()
    lines.tell(["keys: away"], 1_000.0)
    lines.tell(["keys: away"], 10.0)
    assert len(lines.tell(["keys: away"], 10.0 + STANDS)) == 1
