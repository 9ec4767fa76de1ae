"""The header, at any width."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from lab.watch.model.model import Model
from lab.watch.model.sweeping.settings import TransportSettings
from tests.lab.watch.telling import ZERO, Telling, modelled
from tests.tui.staging import a_deployment
from tui.state.deployment import Deployment
from tui.state.workers import Worker
from tui.words.header import header


def shown(deployment: Deployment, width: int = 120, model: Model | None = None, now: float = 1) -> str:
    pieces = header(deployment, (model or Model()).sweeps, ZERO + now, width)
    return "".join(text for text, _ in pieces)


@pytest.mark.parametrize("width", [20, 46, 60, 80, 100, 120, 200])
@pytest.mark.parametrize("trouble", ["", "connection refused"])
def test_it_fills_the_width_and_cuts_nothing_without_a_sign(width: int, trouble: str) -> None:
    workers = tuple(Worker(f"w{n}@lab", "up" if n else "restarting") for n in range(3))
    line = shown(a_deployment(workers=workers, connected=not trouble, trouble=trouble, events=trouble), width)
    assert cell_len(line) == width or "…" in line
    assert cell_len(line) <= width


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_that_it_is_somebody_elses_is_said_at_any_width(width: int) -> None:
    line = shown(a_deployment(attached=True, url="redis://cache-1.internal:6379/0"), width)
    assert line.startswith(" attached") and cell_len(line) == width


def test_a_frequent_sweep_is_not_counted_down_to_and_a_rare_one_is() -> None:
    model = modelled(
        Telling().settings(5, 10, 10).totals(-2).online(0, "w1").swept(100.0, 100.2).totals(101).facts
    )
    assert "next in 80 s" in shown(a_deployment(period=100.0), model=model, now=120)
    assert "next in" not in shown(a_deployment(period=1.0), model=model, now=120)


def test_workers_have_a_glyph_and_a_word() -> None:
    workers = (Worker("w1@lab", "up"), Worker("w2@lab", "frozen"), Worker("w3@lab", "starting"))
    assert "● w1  ‖ w2 frozen  ◐ w3 starting" in shown(a_deployment(workers=workers), 160)


def test_a_worker_that_is_silent_is_not_up_and_a_name_that_two_have_is_marked() -> None:
    workers = (Worker("w1@lab", "silent"), Worker("w2@lab", "up", processes=2))
    line = shown(a_deployment(workers=workers), 160)
    assert "◐ w1 silent" in line and "w2 ×2 under one name" in line


def test_missing_events_are_said_with_why() -> None:
    assert "✖ no events: it was refused" in shown(a_deployment(events="it was refused"), 160)


@pytest.mark.parametrize("connected", [True, False])
@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_what_the_server_says_of_itself_is_only_text(connected: bool, width: int) -> None:
    evil = "Redis\x1b[2J\x07\u202e9"
    line = shown(a_deployment(url=f"redis://{evil}", broker=evil, connected=connected), width)
    assert all(char.isprintable() for char in line)


def test_of_a_scenario_that_is_over_nothing_is_said_to_be_up() -> None:
    line = shown(a_deployment(scenario="D1", over=True, connected=False, trouble="refused"))
    assert "the rig of D1 has ended" in line and "refused" not in line and "w1" not in line


@pytest.mark.parametrize("width", [40, 80, 100, 120, 160, 200])
def test_an_attached_deployment_says_so_at_every_width(width: int) -> None:
    hidden = TransportSettings().hidden(["a", "b"])
    told = shown(a_deployment(attached=True, hidden=hidden, unseen=2), width)
    assert "attached" in told and ("60 min?" in told or width < 80)
