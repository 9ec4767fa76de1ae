"""The log of a run: its steps, what is told of it, and its verdict, as lines of pieces. Pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cells import names, text
from tui.cells.table import Piece

if TYPE_CHECKING:
    from lab.experiments.runs.log import LogLine
    from lab.experiments.runs.progress import Stage
    from lab.experiments.runs.run import ScenarioRun

PieceLine = list[Piece]

PLACES: dict[str, Piece] = {"done": ("✓ ", "good"), "current": ("▸ ", "held"), "waiting": ("· ", "dim")}
"""Where a step stands, as a mark."""

KINDS: dict[str, Piece] = {
    "sent": ("●", "text"),
    "delivery": ("▼", "held"),
    "redelivery": ("▼", "bad"),
    "execution": ("◆", "good"),
    "duplicate": ("✖", "bad"),
    "recovery": ("↻", "good"),
    "lost": ("†", "bad"),
    "failed": ("✖", "bad"),
    "verdict": ("■", "head"),
    "forecast": ("◷", "held"),
    "helps": ("+", "good"),
    "cure": ("+", "good"),
    "doubt": ("?", "warn"),
    "step": ("▸", "head"),
}
"""The sign and the role of a line by its kind; the word stands beside it."""

TIME = 7
"""Cells of the time since the start, in front of what is told."""

HEADED = frozenset({"verdict", "helps", "cure"})
"""Kinds that the head tells."""

LONG = 40
"""Lines that one text may take."""


def head(run: ScenarioRun, width: int, *, brief: bool = False) -> list[PieceLine]:
    """What runs, and its steps; at the end its verdict and what helps. `brief`: in as few lines as can be."""
    scenario, cure = run.scenario, run.cure
    name = f"{scenario.id} {scenario.name}" + (f", with {cure.id}" if cure else "")
    lines: list[PieceLine] = [
        [(line, "head")] for line in text.wrap(text.clean(name), width, 1 if brief else 2)
    ]
    if run.verdict:
        return lines + _verdict(run, width, brief=brief)
    stages = run.stages
    if brief:
        count = f"{min(run.step + 1, len(stages))} of {len(stages)}: "
        for stage in stages:
            if stage.place == "current":
                lines += _stage(stage, width, 1, count)
        return lines
    for stage in stages:
        lines += _stage(stage, width, 2)
    return lines


def log_line(line: LogLine, began: float, width: int) -> list[PieceLine]:
    """One line of the story, wrapped: when, of what kind, and what."""
    sign, role = KINDS.get(line.kind, ("·", "dim"))
    begin = f"{sign} {line.kind}"
    room = max(width - TIME, 8)
    words = text.clean(f"{begin.replace(' ', text.GLUE)} {line.text.replace(names.HOME, '')}")
    wrapped = _wrapped(words, room, LONG)
    at = text.fit(f"{line.at - began:.1f}"[: TIME - 1], TIME - 1, right=True) + " "
    lines: list[PieceLine] = [[(at, "dim"), (begin, role), (wrapped[0].removeprefix(begin), "text")]]
    return lines + [[(" " * TIME, "text"), (more, "text")] for more in wrapped[1:]]


def _wrapped(words: str, width: int, lines: int) -> list[str]:
    """Wrapped, with names that are longer than a line broken after an underscore."""
    fitting: list[str] = []
    for word in words.split():
        while len(word) > width and (end := word.rfind("_", 0, width)) > 0:
            fitting.append(word[: end + 1])
            word = word[end + 1 :]
        fitting.append(word)
    return text.wrap(" ".join(fitting), width, lines)


def _stage(stage: Stage, width: int, most: int, count: str = "") -> list[PieceLine]:
    mark, role = PLACES[stage.place]
    shown = "text" if stage.place == "current" else "dim"
    wrapped = text.wrap(text.clean(count + stage.says), width - 2, most)
    lines: list[PieceLine] = [[(mark, role), (wrapped[0], shown)]]
    return lines + [[("  ", "text"), (line, shown)] for line in wrapped[1:]]


def _verdict(run: ScenarioRun, width: int, *, brief: bool) -> list[PieceLine]:
    """The word, why, and what to do about it."""
    verdict, scenario = run.verdict, run.scenario
    assert verdict
    sign, role = {
        "reproduced": ("✖", "bad"),
        "not reproduced": ("◆", "good") if verdict.cure else ("?", "warn"),
        "failed": ("✖", "bad"),
    }.get(verdict.word, ("–", "warn"))
    begin = f"{sign} {verdict.says}"
    why = text.clean(f"{begin.replace(' ', text.GLUE)}: {verdict.why}")
    wrapped = text.wrap(why, width, 2 if brief else 5)
    lines: list[PieceLine] = [[(begin, role), (wrapped[0].removeprefix(begin), "text")]]
    lines += [[(more, "text")] for more in wrapped[1:]]
    if verdict.word in ("reproduced", "not reproduced") and not (verdict.cure and brief):
        helps = f"It costs: {run.cure.costs}." if run.cure else f"What helps: {scenario.helps}"
        lines += [[(line, "good")] for line in _wrapped(text.clean(helps), width, 2 if brief else 6)]
    return lines
