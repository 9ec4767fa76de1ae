"""The dialog of `E`."""

from __future__ import annotations

from textual.widgets import Input

from tests.tui.staging import Stage, play
from tests.tui.stand_ins import FedSession


def test_the_dialog_checks_what_it_is_given() -> None:
    async def script(stage: Stage) -> None:
        await stage.pilot.press("E")
        await stage.until(lambda: len(stage.app.screen_stack) == 2)
        stage.app.screen.query_one("#seconds", Input).value = "[/x]"
        await stage.pilot.press("enter")
        await stage.until(lambda: "a number of seconds from 0 to" in stage.text)
        stage.app.screen.query_one("#seconds", Input).value = "12"
        stage.app.screen.query_one("#name", Input).value = "quiet"
        stage.app.screen.query_one("#count", Input).value = "3"
        await stage.pilot.press("enter")
        await stage.until(lambda: stage.sender.sent)
        assert stage.sender.sent == [(12.0, "quiet", 3)]

    play(Stage(FedSession()), script)
