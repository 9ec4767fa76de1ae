"""The lists: what is drawn, and which row is chosen."""

from __future__ import annotations

import pytest

from lab.watch import facts
from tests.lab.watch.telling import ZERO, Telling, redelivered
from tests.tui.staging import Stage, play, waiting
from tests.tui.stand_ins import FedSession
from tui.panes.scheduled import Scheduled


def test_only_rows_in_sight_are_built(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [fact for n in range(10_000) for fact in waiting(f"{n:05}", 28 + n, n / 1e5).facts]
    built: list[int] = []
    row = Scheduled.row

    def counted(self: Scheduled, index: int, columns: object) -> object:
        built.append(index)
        return row(self, index, columns)  # type: ignore[arg-type]

    async def script(stage: Stage) -> None:
        await stage.look(3)
        assert "Scheduled — 10,000 waiting" in stage.text
        monkeypatch.setattr(Scheduled, "row", counted)
        await stage.look(4)
        height = stage.app.query_one("#scheduled").size.height
        assert built and set(built) <= set(range(height))
        built.clear()
        await stage.pilot.press("end")
        await stage.look(5)
        assert "09999" in stage.text
        # Where it was, if the terminal was not drawn to the end before, and where it is now.
        assert set(built) <= {*range(height), *range(10_000 - 2 * height, 10_000)}

    play(Stage(FedSession(many)), script)


def test_nothing_is_drawn_again_while_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    told = redelivered("w1 w2")

    async def script(stage: Stage) -> None:
        stage.session.tell(*told.left(28.2).facts)
        await stage.look(60)
        await stage.look(60)
        drawn: list[object] = []
        for widget in stage.app.query("Rows, Lines"):
            monkeypatch.setattr(widget, "refresh", lambda *_, **__: drawn.append(1))
        stage.app.look()
        assert not drawn

    play(Stage(FedSession()), script)


def test_the_choice_stays_with_the_message_when_rows_move() -> None:
    async def script(stage: Stage) -> None:
        stage.session.tell(*waiting("b", 20).facts, *waiting("c", 30).facts)
        await stage.look(1)
        await stage.pilot.press("down")
        assert stage.chosen == ("c", 0, 1)
        stage.session.tell(*waiting("a", 10).facts)
        await stage.look(2)
        assert stage.chosen == ("c", 0, 1)
        assert next(line for line in stage.text.splitlines() if "▸" in line).find("c  ") > 0
        stage.session.tell(*Telling(id="c", tag="tag-c").started(5, "w1").succeeded(5.1, "w1", 0.1).facts)
        stage.session.tell(facts.Left(at=ZERO + 5.2, tag="tag-c"))
        await stage.look(6)
        assert stage.chosen == ("c", 0, 1)
        await stage.pilot.press("tab", "up")
        assert stage.chosen in (("a", 0, 1), ("b", 0, 1))

    play(Stage(FedSession()), script)
