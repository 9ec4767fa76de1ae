"""The timeline on the screen: where it stands, what its keys do, when it is drawn."""

from __future__ import annotations

import pytest

from tests.lab.watch.telling import ZERO
from tests.tui.staging import FakeRuns, Stage, begin_scenario, play, waiting
from tests.tui.stand_ins import FedSession
from tests.tui.timeline.tales import six
from tui.widgets.body import shares
from tui.widgets.timeline import Timeline


def test_from_120_columns_and_36_lines_it_stands_below_the_lists() -> None:
    async def script(stage: Stage) -> None:
        assert "Timeline" not in stage.text
        stage.session.tell(*waiting().facts)
        await stage.look(7)
        for words in ("Scheduled — 1", "Unacked — 1", "Duplicate executions", "Timeline — run CELERY"):
            assert words in stage.text
        assert "broker ●━" in stage.text and "now" in stage.text and "will run" in stage.text

    play(Stage(FedSession()), script, 120, 36)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (40, 10), (119, 36), (120, 35)])
def test_below_that_a_key_puts_it_in_the_place_of_the_lists(width: int, height: int) -> None:
    async def script(stage: Stage) -> None:
        await stage.look(7)
        assert "Timeline" not in stage.text and "Scheduled" in stage.text
        await stage.pilot.press("t")
        await stage.look(8)
        assert "Timeline" in stage.text and "broker ●━" in stage.text and "Scheduled" not in stage.text
        for key in ("escape", "t", "t"):
            await stage.pilot.press(key)
        await stage.look(9)
        assert "Timeline" not in stage.text and "Scheduled" in stage.text
        await stage.pilot.press("down")
        assert stage.app.focused is not None and stage.app.focused.id == "scheduled"

    play(Stage(FedSession(waiting().facts)), script, width, height)


@pytest.mark.parametrize("keys", ["]", ">"])
def test_keys_zoom_and_move_it(keys: str) -> None:
    zoom_in = {"]": "right_square_bracket", ">": "greater_than_sign"}[keys]

    async def script(stage: Stage) -> None:
        await stage.look(31)
        assert "█ runs again █" not in stage.text
        await stage.pilot.press(*[zoom_in] * 6)
        await stage.look(32)
        assert "█ runs again █" in stage.text and "30.004 s" in stage.text
        await stage.pilot.press("left")
        before = stage.text
        await stage.pilot.press("right", "right")
        assert stage.text != before
        await stage.pilot.press("0")
        await stage.look(33)
        assert "█ runs again █" not in stage.text and "10 s" in stage.text

    play(Stage(FedSession(six().facts)), script, 120, 36)


def test_it_is_drawn_only_when_there_is_something_to_see() -> None:
    async def script(stage: Stage) -> None:
        await stage.look(7)
        timeline = stage.app.query_one(Timeline)
        drawn = timeline.picture
        await stage.look(7.1)
        assert timeline.picture is drawn
        await stage.look(7.3)
        assert timeline.picture is not drawn

    play(Stage(FedSession(waiting().facts)), script, 120, 36)


def test_an_end_that_comes_right_after_a_picture_is_drawn_all_the_same() -> None:
    facts = six().facts
    session = FedSession([fact for fact in facts if fact.at < ZERO + 30])

    async def script(stage: Stage) -> None:
        await stage.look(29.95)
        assert "will run again" in stage.text
        session.tell(*(fact for fact in facts if fact.at >= ZERO + 30))
        await stage.look(30.06)
        await stage.look(30.5)
        assert "will run" not in stage.text and "ran again" in stage.text

    play(Stage(session), script, 120, 36)


def test_what_is_over_is_never_drawn_again() -> None:
    async def script(stage: Stage) -> None:
        await stage.look(40)
        await stage.look(41)
        timeline = stage.app.query_one(Timeline)
        drawn = timeline.picture
        await stage.look(50)
        assert drawn is not None and timeline.picture is drawn

    play(Stage(FedSession(six().facts)), script, 120, 36)


def test_escape_leaves_the_timeline_first_and_the_scenario_then() -> None:
    fakes = FakeRuns()

    async def script(stage: Stage) -> None:
        await begin_scenario(stage)
        await stage.pilot.press("t")
        await stage.look()
        assert "The picture of a message stands here" in stage.text
        await stage.pilot.press("escape")
        await stage.look()
        assert "stands here" not in stage.text and stage.app.shown.phase == "scenario"
        await stage.pilot.press("escape")
        await stage.look()
        assert stage.app.shown.phase == "watched"

    play(fakes.stage(), script, 80, 24)


def test_another_message_is_shown_whole_again() -> None:
    async def script(stage: Stage) -> None:
        await stage.look(7)
        timeline = stage.app.query_one(Timeline)
        await stage.pilot.press("right_square_bracket")
        await stage.look(8)
        assert timeline.picture is not None and timeline.picture.stretch != timeline.picture.whole
        stage.session.tell(*waiting("task-2", eta=99).facts)
        stage.app.shown.watched.want(("task-2", 0, 1))
        await stage.look(9)
        assert timeline.picture.attempt.id == "task-2"
        assert timeline.picture.stretch == timeline.picture.whole

    play(Stage(FedSession(waiting().facts)), script, 120, 36)


def test_short_lists_leave_their_room_to_the_timeline_and_long_ones_share_theirs() -> None:
    assert shares([1, 1, 0], 8, 29) == [5, 5, 5]
    assert shares([1, 0, 6], 8, 29) == [5, 5, 9]
    assert shares([100, 3, 0], 8, 29) == [9, 6, 5]
    assert sum(shares([100, 100, 100], 20, 29)) == 20
