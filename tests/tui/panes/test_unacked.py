"""The list of what stands in `unacked`."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from lab.watch import facts
from lab.watch.model.track_record import TrackRecord
from tests.lab.watch.telling import ZERO
from tests.tui.staging import Stage, play, waiting
from tests.tui.stand_ins import FedSession


def test_an_overdue_entry_is_marked() -> None:
    async def script(stage: Stage) -> None:
        await stage.look(9)
        assert "1 overdue" in stage.text and "▓ overdue" in stage.text

    play(Stage(FedSession(waiting().facts)), script)


def test_more_on_the_broker_than_is_listed_is_said() -> None:
    totals = facts.Totals(at=ZERO, unacked=10_000, index=10_000, unread=500, queued=7)

    async def script(stage: Stage) -> None:
        assert "1 of 10,000 shown · 500 came too fast to be read" in stage.text
        assert "7 messages waiting in queues" in stage.text

    play(Stage(FedSession([*waiting().facts, totals])), script)


def test_a_mutex_that_is_held_for_long_is_said() -> None:
    async def script(stage: Stage) -> None:
        stage.session.tell(facts.Totals(at=ZERO, mutex=True))
        await stage.look(2)
        assert "a sweep is running" in stage.text
        stage.session.tell(facts.Totals(at=ZERO + 12, mutex=True))
        await stage.look(12)
        told = "the mutex is held for 12 s: nothing is redelivered (it expires after 300 s)"
        assert told in stage.text and "a sweep is running" not in stage.text
        stage.session.tell(facts.Totals(at=ZERO + 13))
        await stage.look(13)
        assert "mutex" not in stage.text

    play(Stage(FedSession()), script)


def test_how_often_the_forecast_was_right_stands_beside_it() -> None:
    session = FedSession(waiting().facts)
    told = SimpleNamespace(judged=20, right=11, unreliable=True, look=ignored, redelivered=ignored)
    session.model.track_record = cast("TrackRecord", told)

    async def script(stage: Stage) -> None:
        await stage.look(2)
        assert "forecast right 11 of 20 times" in stage.text
        assert "the forecast is not to be relied on here" in stage.text

    play(Stage(session), script)


def ignored(*_: object) -> None:
    """What the model tells its track record."""
