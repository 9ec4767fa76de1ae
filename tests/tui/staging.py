"""A stage for the App: it is shown without a terminal, over stand-ins, with a clock of the test's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast

from textual.pilot import Pilot

from lab.experiments.runs.run import ScenarioRun
from lab.watch.model.sweeping.settings import Hidden, Timeout
from tests.lab.watch.telling import ZERO, Telling
from tests.tui.stand_ins import FakeRun, FakeSender, FedSession
from tui.actions.producer_thread import Firing
from tui.actions.runs import ScenarioRuns
from tui.app import UnackedApp
from tui.panes.order import MessageKey
from tui.state.deployment import Deployment
from tui.state.workers import Worker

SIZES = [(120, 36), (80, 24)]


class Stage:
    """An app under test, with a clock that stands still until it is moved."""

    def __init__(
        self,
        session: FedSession,
        sender: FakeSender | None = None,
        eta: int = 30,
        runs: ScenarioRuns | None = None,
    ) -> None:
        self.session, self.now = session, ZERO + 1
        self.sender = sender or FakeSender()
        self.firing = Firing(lambda: self.sender)
        self.runs = runs or ScenarioRuns()
        self.app = UnackedApp(session, eta, self.firing, clock=lambda: self.now, runs=self.runs)
        self.pilot: Pilot[None] = cast("Pilot[None]", None)

    @property
    def chosen(self) -> MessageKey | None:
        return self.app.shown.view.chosen

    @asynccontextmanager
    async def shown(self, width: int = 120, height: int = 36) -> AsyncIterator[Stage]:
        try:
            async with self.app.run_test(size=(width, height)) as self.pilot:
                await self.until(lambda: self.app.ready)
                await self.look()
                yield self
        finally:
            self.firing.close()
            self.runs.close()

    async def look(self, now: float | None = None) -> None:
        """Move the clock to seconds from the telling's zero, and show what is then."""
        if now is not None:
            self.now = ZERO + now
        await self.pilot.pause()
        self.app.look()
        await self.pilot.pause()

    async def until(self, true: Callable[[], object], what: str = "") -> None:
        """Wait for a condition, at most about ten seconds."""
        for _ in range(500):
            if true():
                return
            await self.pilot.pause(0.02)
        raise AssertionError(f"never came: {what or true}\n{self.text}")

    @property
    def text(self) -> str:
        """What stands on the screen, line by line."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text for strip in strips)


def play(
    stage: Stage, script: Callable[[Stage], Awaitable[None]], width: int = 120, height: int = 36
) -> None:
    """Play a script on the stage."""

    async def run() -> None:
        async with stage.shown(width, height):
            await script(stage)

    asyncio.run(run())


def waiting(id: str = "task-1", eta: float = 28.0, at: float = 0.0) -> Telling:
    told = Telling(id=id, tag=f"tag-{id}", eta=eta).sent(at).payload(at + 0.004)
    return told.popped(at + 0.004).received(at + 0.006, "w1")


def hidden_for(seconds: float) -> Hidden:
    """As the lab sets it."""
    return Hidden(Timeout(seconds, seconds, "known"), 1, 1, "lab")


def a_deployment(**changes: object) -> Deployment:
    known: dict[str, object] = {
        "url": "redis://h/0",
        "broker": "Valkey",
        "connected": True,
        "trouble": "",
        "events": "",
        "hidden": hidden_for(5.0),
        "period": 1.0,
        "period_ground": "known",
        "unseen": 0,
        "workers": (Worker("w1@lab", "up"),),
        "eta": 30,
        "own": True,
    }
    return Deployment(**(known | changes))  # type: ignore[arg-type]


class FakeRuns:
    """Starts runs that are acted, and keeps them."""

    def __init__(self) -> None:
        self.runs: list[FakeRun] = []

    def stage(self, session: FedSession | None = None) -> Stage:
        return Stage(session or FedSession(), runs=ScenarioRuns(cast("type[ScenarioRun]", self.start)))

    def start(self, *choice: object) -> FakeRun:
        self.runs.append(FakeRun(*choice))  # type: ignore[arg-type]
        return self.runs[-1]

    @property
    def run(self) -> FakeRun:
        return self.runs[-1]


async def open_catalogue(stage: Stage) -> None:
    await stage.pilot.press("s")
    await stage.until(lambda: "enter runs it" in stage.text and "D1 " in stage.text)


async def begin_scenario(stage: Stage) -> None:
    await open_catalogue(stage)
    await stage.pilot.press("enter")
    await stage.until(lambda: stage.runs.shown is not None and len(stage.app.screen_stack) == 1)
    await stage.until(lambda: "the workers are up" in stage.text)
