"""The status line."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.tui.staging import Stage, play
from tests.tui.stand_ins import FedSession


def test_that_a_recording_ended_early_stands_there_from_the_next_look_on() -> None:
    fault = "the recording r.jsonl ended early: No space left on device"
    recorder: Any = SimpleNamespace(fault=None)

    async def script(stage: Stage) -> None:
        assert fault not in stage.text
        recorder.fault = fault
        await stage.look(2)
        assert fault in stage.text
        stage.app.say("something newer")
        await stage.look(3)
        assert fault not in stage.text and "something newer" in stage.text
        await stage.look(60)
        assert fault in stage.text, "it is still so"

    play(Stage(FedSession(recorder=recorder)), script)
