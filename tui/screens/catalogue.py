"""The catalogue of `s`: every failure mode, by what it does to a task; one is run, with or without a cure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui.cells import text
from tui.cells.table import Column, Piece, Row
from tui.widgets.lines import Lines
from tui.widgets.rows import Rows

if TYPE_CHECKING:
    from lab.experiments.cure import Cure
    from lab.experiments.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be run."""

    scenario: Scenario
    cure: Cure | None = None


class ScenarioRows:
    """The scenarios as a list, grouped by their effect."""

    def __init__(self, scenarios: Sequence[Scenario]) -> None:
        self.hint = ""
        self.scenarios = scenarios

    def look(self, now: float) -> None:
        pass

    def __len__(self) -> int:
        return len(self.scenarios)

    def key(self, index: int) -> Hashable:
        return self.scenarios[index].id

    def find(self, key: Hashable) -> int | None:
        return next((n for n, each in enumerate(self.scenarios) if each.id == key), None)

    def columns(self, width: int) -> Sequence[Column]:
        return Column("effect", 9), Column("id", 3), Column("what happens", 0), Column("about", 6, right=True)

    def row(self, index: int, columns: Sequence[Column]) -> Row:
        each = self.scenarios[index]
        first = index == 0 or self.scenarios[index - 1].effect != each.effect
        needs = f" (needs {each.needs})" if each.needs else ""
        return (
            ((each.effect, "held" if first else "line"),),
            ((each.id, "head"),),
            ((text.clean(each.name), "text"), (needs, "warn")),
            ((f"{each.seconds} s", "dim"),),
        )

    def heading(self) -> Sequence[Piece]:
        return ()

    def remark(self) -> str:
        return ""


class Catalogue(ModalScreen[Choice | None]):
    """The list, and below it what is seen of the chosen one, and why. Opens where it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,s,q", "dismiss(None)", "leave"),
        Binding("enter", "run", "run"),
        Binding("c", "cure", "cure"),
    ]

    def __init__(self, last: Choice | None = None) -> None:
        super().__init__()
        # Not needed before `s` is pressed, and the first frame should not wait for them.
        from lab.experiments.catalogue.index import SCENARIOS
        from lab.experiments.cures.index import CURES
        from lab.experiments.scenario import EFFECTS

        self._cures = list(CURES.values())
        scenarios = sorted(SCENARIOS.values(), key=lambda each: EFFECTS.index(each.effect))
        self._scenario_rows = ScenarioRows(scenarios)
        self._choice = last or Choice(scenarios[0])

    def compose(self) -> ComposeResult:
        self._rows, self._detail = Rows(self._scenario_rows, id="scenarios"), Lines(id="detail")
        # Before it gets the focus, at which it would choose its first row.
        self._rows.chosen = self._choice.scenario.id
        with Vertical() as box:
            box.border_title = "Ways in which a task runs twice, is lost or stalls"
            box.border_subtitle = "enter runs it on a rig of its own · c cure · escape leaves"
            yield self._rows
            yield self._detail

    def on_mount(self) -> None:
        self._rows.focus()
        self.call_after_refresh(self._begin)

    def on_resize(self) -> None:
        self.call_after_refresh(self._look)

    def on_rows_moved(self, message: Rows.Moved) -> None:
        message.stop()
        index = self._scenario_rows.find(message.key)
        if index is not None and self._scenario_rows.scenarios[index] is not self._choice.scenario:
            self._choice = Choice(self._scenario_rows.scenarios[index])
        self._look()

    def action_run(self) -> None:
        self.dismiss(self._choice)

    def action_cure(self) -> None:
        """The next of the cures that claim this one; after the last, none."""
        cures = [None, *self._claiming]
        chosen = cures[(cures.index(self._choice.cure) + 1) % len(cures)]
        self._choice = Choice(self._choice.scenario, chosen)
        self._look()

    @property
    def _claiming(self) -> list[Cure]:
        return [cure for cure in self._cures if self._choice.scenario.id in cure.claims]

    def _begin(self) -> None:
        self._look()
        # Brings the row into sight.
        self._rows.action_move(0)

    def _look(self) -> None:
        self._rows.look(0.0)
        self._detail.put(self._lines(self._detail.size.width, self._detail.size.height))

    def _lines(self, width: int, height: int) -> list[list[Piece]]:
        """What is seen of the chosen one, and why; the cure at the bottom."""
        scenario, cure, claiming = self._choice.scenario, self._choice.cure, self._claiming
        if cure:
            with_cure = f"With {cure.id}: {cure.guarantees}. It costs: {cure.costs}."
        elif claiming:
            with_cure = f"c adds a cure: {', '.join(each.id for each in claiming)}."
        else:
            with_cure = f"There is no cure to add. {scenario.helps}"
        lines: list[list[Piece]] = [[(text.cut(f"{scenario.id} {scenario.name}", width), "head")]]
        below = text.wrap(text.clean(with_cure), width, 2)
        why = text.wrap(text.clean(scenario.why), width, 3)
        expect = text.wrap(text.clean(scenario.expect), width, max(1, height - 1 - len(why) - len(below)))
        lines += [[(line, "text")] for line in expect]
        lines += [[(line, "dim")] for line in why]
        return lines + [[(line, "good" if cure else "held")] for line in below]
