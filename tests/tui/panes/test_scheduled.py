"""The list of messages."""

from __future__ import annotations

from tests.lab.watch.telling import ZERO
from tests.tui.staging import Stage, play, waiting
from tests.tui.stand_ins import FedSession


def test_what_runs_is_not_gone() -> None:
    async def script(stage: Stage) -> None:
        told = waiting(eta=5).started(5, "w1")
        stage.session.tell(*told.facts)
        await stage.look(6)
        assert "1 running w1" in stage.text and "holder gone" not in stage.text

    play(Stage(FedSession()), script)


def test_what_is_due_in_the_year_9999_is_shown_like_any_other() -> None:
    async def script(stage: Stage) -> None:
        far = 253_402_300_799.0
        stage.session.tell(*waiting(eta=far - ZERO).facts)
        await stage.look(6)
        assert ">100 y" in stage.text

    play(Stage(FedSession()), script)
