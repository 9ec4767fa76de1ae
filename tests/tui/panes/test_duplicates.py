"""The list of duplicate executions."""

from __future__ import annotations

import pytest

from tests.lab.watch.telling import Telling, redelivered
from tests.tui.staging import Stage, play
from tests.tui.stand_ins import FedSession


def test_a_burst_of_duplicates_rings_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[int] = []

    async def script(stage: Stage) -> None:
        monkeypatch.setattr(stage.app, "bell", lambda: rung.append(1))
        stage.session.tell(*redelivered("w1 w2 w1").facts)
        await stage.look(29)
        assert stage.app.query_one("#duplicates").has_class("lit")
        stage.session.tell(*Telling().started(28.1, "w2").facts)
        await stage.look(29.2)
        assert rung == [1]
        stage.session.tell(*Telling().started(40, "w2").facts)
        await stage.look(40)
        assert rung == [1, 1]
        await stage.look(45)
        assert not stage.app.query_one("#duplicates").has_class("lit")

    play(Stage(FedSession()), script)


def test_runs_of_which_too_little_was_seen_are_counted_in_the_title() -> None:
    async def script(stage: Stage) -> None:
        stage.session.model.ledger.counts.executions = 5
        stage.session.model.ledger.counts.unclear = 2
        await stage.look(2)
        assert "Duplicate executions — 0 of 5 runs · 2 unclear" in stage.text

    play(Stage(FedSession()), script)
