"""The help."""

from __future__ import annotations

import re

import pytest

from tests.tui.staging import SIZES, Stage, play
from tests.tui.stand_ins import FedSession
from tui.actions.keymap import KEYS


def test_help_says_what_the_signs_of_an_outcome_mean() -> None:
    async def script(stage: Stage) -> None:
        await stage.pilot.press("question_mark")
        await stage.until(lambda: "Keys and words" in stage.text)
        for words in ("failed, or time limit · lost", "† poison", "stopped", "duplicate?", "→ ·2 r1"):
            assert words in stage.text

    play(Stage(FedSession()), script, 120, 44)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_help_lists_every_key(width: int, height: int) -> None:
    async def script(stage: Stage) -> None:
        await stage.pilot.press("question_mark")
        await stage.until(lambda: "Keys and words" in stage.text)
        for words in ("SIGKILL", "Retire"):
            assert words in stage.text
        for key in KEYS:
            assert re.search(rf"│ +(\S+ )*{re.escape(key.shown_as)} ", stage.text), key
        await stage.pilot.press("end")
        for words in ("overdue", "recovery", "assumed or inferred"):
            await stage.until(lambda words=words: words in stage.text, words)
        await stage.pilot.press("question_mark")
        await stage.until(lambda: "Keys and words" not in stage.text)

    play(Stage(FedSession()), script, width, height)
