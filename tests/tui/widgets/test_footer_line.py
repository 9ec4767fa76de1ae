"""The footer."""

from __future__ import annotations

from typing import cast

from lab.rig.rig import Rig
from lab.watch import facts
from tests.lab.watch.telling import ZERO
from tests.tui.staging import Stage, play, waiting
from tests.tui.stand_ins import FakeRig, FedSession


def test_the_footer_has_room_for_every_key_at_eighty_columns() -> None:
    rig = FakeRig()

    async def script(stage: Stage) -> None:
        stage.session.tell(facts.Online(at=ZERO, worker="w1", pid=101))
        await stage.look(2)
        keys = stage.text.splitlines()[-1].split()
        assert {"e", "s", "v", "+", "-", "k", "?", "q"} <= set(keys)

    play(Stage(FedSession(waiting().facts, rig=cast("Rig", rig))), script, 80, 24)
