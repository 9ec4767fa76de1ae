"""Makes the pictures from real runs: `python docs/picture.py [FILE]`.

Starts the lab, presses `e` in the real app without a terminal, and saves the screen as SVG: once while the
copies wait, as `…-waiting.svg`, and once when all of them ran. Then the scenario D12, as `…-observer.svg`.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lab.experiments.catalogue.index import SCENARIOS
from lab.lab_session import LabSession
from lab.settings import load
from tui.actions.producer_thread import Firing
from tui.actions.runs import ScenarioRuns
from tui.app import UnackedApp
from tui.screens.catalogue import Choice

SIZE = (120, 36)
"""With room for the timeline."""
TALL = (120, 44)
"""With room for the story of a scenario."""

PATIENCE = 60.0
"""Seconds to wait for the workers, and again for the runs."""


async def main(picture: Path) -> None:
    """Run the lab once, and the scenario, and save the pictures."""
    settings = load({}, {}, dotenv=Path("/nonexistent"))
    session = LabSession.start(settings)
    firing = Firing(session.producer)
    runs = ScenarioRuns()
    app = UnackedApp(session, settings.eta_seconds, firing, runs=runs)
    try:
        async with app.run_test(size=SIZE) as pilot:
            await until(lambda: len(app.shown.deployment.up) == settings.workers)
            await pilot.press("e")
            await until(lambda: (attempt := app.shown.view.attempt) is not None and len(attempt.held) >= 3)
            await asyncio.sleep(2)
            save(app, picture.with_stem(f"{picture.stem}-waiting"))
            await until(lambda: (attempt := app.shown.view.attempt) is not None and attempt.settled)
            # The frame stays lit for a second.
            await asyncio.sleep(2)
            save(app, picture)
            await pilot.resize_terminal(*TALL)
            app.start_scenario(Choice(SCENARIOS["D12"]))
            await until(lambda: (run := runs.shown) is not None and run.done)
            await asyncio.sleep(2)
            save(app, picture.with_stem(f"{picture.stem}-observer"))
    finally:
        runs.close()
        firing.close()
        session.close()


def save(app: UnackedApp, picture: Path) -> None:
    """Write the screen as it is, without the fonts that it would fetch from elsewhere."""
    picture.write_text(re.sub(r"@font-face \{.*?\}\s*", "", app.export_screenshot(), flags=re.DOTALL))


async def until(true: Callable[[], bool]) -> None:
    """Wait for a condition."""
    end = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > end:
            raise SystemExit("The lab did not get that far")
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/picture.svg")))
