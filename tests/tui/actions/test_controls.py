"""The keys that order the rig, each answered with one line."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from lab.rig.rig import Rig
from lab.watch import facts
from tests.lab.watch.telling import ZERO
from tests.tui.staging import Stage, play, waiting
from tests.tui.stand_ins import FakeRig, FedSession


def test_the_keys_order_the_rig() -> None:
    rig = FakeRig()

    async def script(stage: Stage) -> None:
        stage.session.tell(
            facts.Online(at=ZERO, worker="w1", pid=101), facts.Heartbeat(at=ZERO + 1, worker="w1", pid=101)
        )
        await stage.look(2)
        assert "kill w1" in stage.text and "timeout 60 s" in stage.text
        await stage.pilot.press("v", "v", "plus", "minus", "k")
        assert rig.orders == [("restart", 60), ("restart", 5), ("add",), ("retire",), ("kill", "w1")]

    play(Stage(FedSession(waiting().facts, rig=cast("Rig", rig))), script)


def test_a_long_eta_gets_a_timeout_that_outlasts_it() -> None:
    async def script(stage: Stage) -> None:
        assert "timeout 150 s" in stage.text

    play(Stage(FedSession(rig=cast("Rig", FakeRig())), eta=120), script)


@pytest.mark.parametrize("key", ["v", "plus", "minus", "k"])
def test_another_programs_rig_is_left_alone(key: str) -> None:
    async def script(stage: Stage) -> None:
        await stage.pilot.press(key)
        await stage.look()
        assert "belongs to another program" in stage.text and " kill" not in stage.text

    play(Stage(FedSession()), script)


def test_after_the_last_worker_was_retired_the_answer_is_that_none_is_left() -> None:
    rig = FakeRig()

    async def script(stage: Stage) -> None:
        await stage.pilot.press("minus", "minus")
        assert len(rig.orders) == 2 and not rig.state.workers
        for key in ("minus", "k", "v"):
            await stage.pilot.press(key)
            await stage.look()
            assert "No worker of this lab is left: + starts one" in stage.text
            stage.app.say("something else")
        assert "+ add" in stage.text and " kill" not in stage.text

    play(Stage(FedSession(rig=cast("Rig", rig))), script)


def test_where_no_worker_is_up_yet_there_is_none_to_kill() -> None:
    rig = FakeRig()

    async def script(stage: Stage) -> None:
        rig.state = replace(
            rig.state, workers=tuple(replace(worker, pid=None) for worker in rig.state.workers)
        )
        await stage.look(2)
        await stage.pilot.press("k")
        await stage.look()
        assert "No worker of this lab is up" in stage.text
        assert [order[0] for order in rig.orders] == []

    play(Stage(FedSession(rig=cast("Rig", rig))), script)
