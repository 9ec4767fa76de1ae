"""What is sent, and what is said of it."""

from __future__ import annotations

from lab.app.producer import FireError
from tests.tui.staging import Stage, play, waiting
from tests.tui.stand_ins import FakeSender, FedSession


def test_e_fires_at_once_and_chooses_what_was_sent() -> None:
    async def script(stage: Stage) -> None:
        stage.session.tell(*waiting("other", 10).facts)
        await stage.look(1)
        await stage.pilot.press("e")
        await stage.until(lambda: stage.sender.sent)
        assert stage.sender.sent == [(30, "CELERY", 1)]
        stage.session.tell(*waiting("task-1", 30).facts)
        await stage.until(lambda: stage.chosen == ("task-1", 0, 1))
        assert "CELERY was sent, to run in 30 s" in stage.text

    play(Stage(FedSession()), script)


def test_what_is_fired_before_there_is_a_broker_waits_for_it() -> None:
    async def script(stage: Stage) -> None:
        assert "broker is starting" in stage.text
        await stage.pilot.press("e")
        await stage.look()
        assert "it is sent as soon as there is one" in stage.text and not stage.sender.sent
        stage.session.url = "redis://127.0.0.1/0"
        await stage.until(lambda: stage.sender.sent)

    play(Stage(FedSession(url=None)), script)


def test_a_refused_broker_is_one_line() -> None:
    async def script(stage: Stage) -> None:
        await stage.pilot.press("e")
        await stage.until(lambda: "✖ not sent: refused [/x]" in stage.text)

    play(Stage(FedSession(), FakeSender(FireError("not sent: refused [/x]"))), script)
