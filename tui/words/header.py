"""The header: broker, visibility timeout, sweep, workers and events, in one line of any width."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len

from lab.watch.model.sweeping.sweeps import Sweeps
from tui.cells import names, text
from tui.cells.durations import duration, span
from tui.cells.table import Piece
from tui.state.deployment import Deployment
from tui.state.workers import Worker
from tui.words.redelivery import INSTANT
from tui.words.told import hidden_ground, hidden_value

STEADY = 2.0
"""Seconds: a sweep that comes more often than this is not counted down to."""

GLYPHS = {"up": ("●", "good"), "frozen": ("‖", "warn"), "gave up": ("✖", "bad")}


def header(deployment: Deployment, sweeps: Sweeps, now: float, width: int) -> list[Piece]:
    """The header in exactly `width` cells: the longest wording that fits."""
    for level in range(4):
        left = _gapped(
            [
                _broker(deployment, level),
                _full(deployment, level),
                _hidden(deployment, level),
                _sweep(deployment, sweeps, now, level),
            ]
        )
        right: list[Piece] = []
        if not deployment.over:
            right = _gapped(
                [_unknown(deployment, level), _workers(deployment.workers, level), _events(deployment, level)]
            )
        room = width - _length(left) - _length(right) - 2
        if room >= 2 or level == 3:
            break
    if room < 2:
        # Not even the shortest fits: cut it at the right, with a sign.
        return _cut([(" ", "text"), *left, ("  ", "text"), *right], width)
    return [(" ", "text"), *left, (" " * room, "text"), *right, (" ", "text")]


def _broker(deployment: Deployment, level: int) -> list[Piece]:
    if deployment.over:
        return [("○ ", "dim"), (f"the rig of {deployment.scenario} has ended", "dim")]
    if not deployment.url:
        return [("◐ ", "warn"), ("broker starting", "text")]
    if not deployment.connected:
        what = "no connection to " if level < 2 else "no broker "
        return [("✖ ", "bad"), (what, "bad"), (text.clean(deployment.url), "text")]
    name = text.clean(deployment.broker) or "broker"
    if deployment.attached:
        # Said at any width: whose broker it is decides what may be done to it.
        url = text.clean(deployment.url)
        if deployment.prefix and level < 2:
            url += f" prefix {text.clean(deployment.prefix)}"
        if level == 0:
            return [("attached, read only: ", "held"), (name, "text"), (f" {url}", "dim")]
        # Of a Unix socket the path is enough.
        url = url.removeprefix("redis+socket://")
        return [("attached: ", "held"), (url if level < 3 else text.cut(url, 14), "text")]
    if level >= 2:
        name = name.removeprefix("embedded ")
    if level == 0:
        return [(name, "text"), (f" {text.clean(deployment.url)}", "dim")]
    shown = name if deployment.broker.startswith("embedded") else text.clean(deployment.url)
    return [(shown if level < 3 else text.cut(shown, 14), "text")]


def _full(deployment: Deployment, level: int) -> list[Piece]:
    """That the broker refuses commands: said first, and at any width."""
    if not deployment.full or not deployment.connected:
        return []
    return [("✖ full: it refuses commands" if level < 2 else "✖ full", "bad")]


def _hidden(deployment: Deployment, level: int) -> list[Piece]:
    sure = deployment.hidden.timeout.ground == "known"
    ground = hidden_ground(deployment.hidden) if level < 1 else ""
    pieces = [("hidden for " if level < 3 else "hidden ", "dim")]
    pieces.append((hidden_value(deployment.hidden), "held" if sure else "warn"))
    return [*pieces, (f" ({ground})", "dim")] if ground else pieces


def _sweep(deployment: Deployment, sweeps: Sweeps, now: float, level: int) -> list[Piece]:
    period = duration(deployment.period) + ("?" if deployment.period_ground == "assumed" else "")
    pieces = [("sweep every " if level < 3 else "sweep ", "dim"), (period, "held")]
    coming = sweeps.next_sweep(now)
    if level > 2 or deployment.over:
        return pieces
    if coming is None:
        return [*pieces, (", none seen" if deployment.workers else "", "dim")]
    if deployment.unseen:
        # The next one of those that are known is not the next one of all.
        known = len(sweeps.sweeping(now))
        return [*pieces, (f", {known} of {known + deployment.unseen} seen", "warn")]
    if deployment.period <= STEADY:
        return pieces
    window = coming[1]
    if window.error <= INSTANT:
        # Whole seconds: tenths would only flicker up here.
        return [*pieces, (f", next in {max(0, round(window.middle - now))} s", "text")]
    return [*pieces, (f", next in {span(window.earliest - now, window.latest - now)}", "text")]


def _workers(workers: Iterable[Worker], level: int) -> list[Piece]:
    found = list(workers)
    if not found:
        return [("○ no worker", "warn")]
    if len(found) > 6 or level >= 3:
        up = len([worker for worker in found if worker.condition == "up"])
        glyph, role = "◐", "warn"
        if up == len(found):
            glyph, role = "●", "good"
        elif not up:
            glyph, role = "○", "bad"
        return [(f"{glyph} ", role), (f"{up} of {len(found)} up", "text")]
    pieces: list[Piece] = []
    for n, worker in enumerate(found):
        glyph, role = GLYPHS.get(worker.condition, ("◐", "warn"))
        name = text.cut(names.worker(worker.name), 14)
        word = "" if worker.condition == "up" else f" {worker.condition}"
        if worker.processes > 1:
            word, role = f"{word} ×{worker.processes} under one name", "warn"
        pieces += [("  " if n else "", "text"), (f"{glyph} ", role), (name, "text"), (word, role)]
    return pieces


def _unknown(deployment: Deployment, level: int) -> list[Piece]:
    """What may not be looked at; the first of it by name where there is room."""
    if not deployment.unknown:
        return []
    count = len(deployment.unknown)
    if level > 0:
        return [(f"▲ {count} unknown", "warn")]
    first = text.cut(text.clean(deployment.unknown[0].partition(":")[0]), 30)
    more = f" and {count - 1} more" if count > 1 else ""
    return [(f"▲ unknown: {first}{more}", "warn")]


def _events(deployment: Deployment, level: int) -> list[Piece]:
    if not deployment.events:
        return [("◉ events", "good")]
    if not deployment.url or deployment.events == "connecting":
        return [("◐ events", "warn")]
    if not deployment.connected:
        # Said by the broker's own words already.
        return []
    if level > 1:
        return [("✖ no events", "bad")]
    return [(f"✖ no events: {text.cut(text.clean(deployment.events), 40)}", "bad")]


def _gapped(groups: list[list[Piece]]) -> list[Piece]:
    pieces: list[Piece] = []
    for group in groups:
        if group and pieces:
            pieces.append((" · ", "line"))
        pieces += group
    return pieces


def _length(pieces: Iterable[Piece]) -> int:
    return sum(cell_len(piece) for piece, _ in pieces)


def _cut(pieces: Iterable[Piece], width: int) -> list[Piece]:
    kept: list[Piece] = []
    for piece, role in pieces:
        shown = text.cut(piece, width - _length(kept))
        kept.append((shown, role))
        if shown != piece:
            break
    return kept
