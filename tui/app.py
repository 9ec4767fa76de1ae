"""The App: composes the screen, drains the session ten times a second, routes the keys."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from tui.actions.controls import Controls
from tui.actions.footer import footer_keys
from tui.actions.keymap import KEYS, works
from tui.actions.producer_thread import FireRequest, FireResult, Firing
from tui.actions.runs import ScenarioRuns
from tui.actions.sending import Sending, result_words
from tui.fault import recorded
from tui.panes.subject import Shown
from tui.screens.catalogue import Catalogue, Choice
from tui.screens.fire import Fire
from tui.screens.help import Help
from tui.signals import heed_signals
from tui.state.protocols import Live
from tui.themes import PLAIN_THEME, THEME, plain
from tui.widgets.footer_line import KeyLine
from tui.widgets.lines import Lines
from tui.widgets.lists import Lists
from tui.widgets.rows import Rows
from tui.widgets.run_view import RunView
from tui.widgets.status_line import StatusLine
from tui.widgets.story_line import StoryLine
from tui.words.header import header
from tui.words.notices import notices

TICK = 0.1
"""Seconds between two looks at the session."""


class UnackedApp(App[None]):
    """The screen over one session, and over one scenario at a time in its place.

    `eta` is the wait of what `e` sends, in seconds. Who runs the app closes `runs` after it.
    """

    TITLE = "unacked"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 (so declared in App)
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012 (so declared in App)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key.name, key.action, key.label, priority=key.priority) for key in KEYS
    ]

    def __init__(
        self,
        session: Live,
        eta: int,
        firing: Firing,
        clock: Callable[[], float] = time.time,
        runs: ScenarioRuns | None = None,
        greeting: str = "",
    ) -> None:
        super().__init__(ansi_color=True if plain() else None)
        self.session, self.clock = session, clock
        self.request = FireRequest(eta)
        """What `e` sends."""
        self.shown = Shown(session, eta, runs or ScenarioRuns(), clock)
        self.sending = Sending(firing)
        self.greeting = greeting
        """What the status says first."""
        self.controls = Controls(session.rig, eta)
        self.ready = False
        """Whether there is something to draw on."""
        self.fault = ""
        """What went wrong in the program itself, in one line."""
        self._last_choice: Choice | None = None
        self.register_theme(THEME)
        self.theme = PLAIN_THEME if plain() else THEME.name

    def compose(self) -> ComposeResult:
        self._header, self._story = Lines(id="header"), StoryLine(id="story")
        self._lists, self._run_view = Lists(self.shown.view, id="lists"), RunView(id="run")
        self._status, self._keys = StatusLine(id="status"), KeyLine(id="keys")
        yield from (self._header, self._story)
        with Container(id="body"):
            yield from (self._lists, self._run_view)
        yield from (self._status, self._keys)

    def _fatal_error(self) -> None:
        """Textual would print a traceback over the user's terminal; here it goes to a file."""
        if self._exception and not self.fault:
            self.fault = recorded(self._exception)
        self._close_messages_no_wait()

    def on_mount(self) -> None:
        heed_signals(self)

    def on_ready(self) -> None:
        """The first frame stands, and the styles are there."""
        self.ready = True
        if self.greeting:
            self.say(self.greeting)
        if self.shown.way_in == "lab" and self.session.rig is None:
            self.say("This lab belongs to another program, and stays when this screen is left")
        self.look()
        self.set_interval(TICK, self.look)

    def look(self) -> None:
        """Take in what happened since the last look, and show it."""
        if not self.ready or not self.is_running:
            # At the end the timer may come once more, when the widgets have no styles any longer.
            return
        reports = self.shown.look()
        if self.session.lost:
            self.exit(return_code=1)
            return
        for result in self.sending.look(self.session, self.clock()):
            self._sent(result)
        if fault := self.session.recorder and self.session.recorder.fault:
            self._status.stand(fault, self.clock())
        for words in notices(reports):
            self.say(words, bad=True)
        view = self.shown.view
        if view.pick():
            self._lists.choose(view.chosen)
        if view.rings(self.shown.now):
            self.bell()
        self._show()

    def say(self, words: str, *, bad: bool = False) -> None:
        """Put one line into the status."""
        self._status.say(words, self.clock(), bad=bad)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return works(action, self.shown.situation(self.controls.has))

    def on_rows_moved(self, message: Rows.Moved) -> None:
        if self.shown.view.choose(message.key):
            self._lists.choose(self.shown.view.chosen)

    def action_fire(self) -> None:
        self._send(self.request)

    def action_ask(self) -> None:
        self.push_screen(Fire(self.request), self._send)

    def action_timeout(self) -> None:
        self.say(self.controls.change_timeout())

    def action_add(self) -> None:
        self.say(self.controls.add(self.shown.deployment))

    def action_retire(self) -> None:
        self.say(self.controls.retire())

    def action_kill(self) -> None:
        self.say(self.controls.kill(self.shown.view.attempt, self.shown.deployment))

    def action_catalogue(self) -> None:
        self.push_screen(Catalogue(self._last_choice), self.start_scenario)

    def start_scenario(self, choice: Choice | None) -> None:
        """Run what was chosen in the catalogue, if anything was."""
        if choice:
            self._last_choice = choice
            self.say(self.shown.start(choice.scenario, choice.cure))
            self._turn()

    def action_leave(self) -> None:
        if words := self.shown.leave():
            self.say(words)
        self._turn()

    def action_help(self) -> None:
        self.push_screen(Help(self.shown.way_in))

    def _send(self, request: FireRequest | None) -> None:
        if request and (words := self.sending.send(request)):
            self.say(words)

    def _sent(self, result: FireResult) -> None:
        """Say what became of a request; what was sent is chosen as soon as it is seen."""
        self.say(result_words(result), bad=bool(result.error))
        if not result.error:
            self.shown.watched.want((result.ids[-1], 0, 1))

    def _turn(self) -> None:
        """Something else is shown now."""
        self._lists.swap(self.shown.view)
        self.screen_stack[0].set_class(self.shown.phase != "watched", "-scenario")
        if self._run_view.has_focus_within:
            self._lists.focus_first()
        self.look()

    def _show(self) -> None:
        view, deployment, now = self.shown.view, self.shown.deployment, self.shown.now
        self._header.put([header(deployment, view.model.sweeps, now, self._header.size.width)])
        self._story.look(view.attempt, view.model.forecast, deployment, now)
        self._lists.look(view, deployment, now)
        if run := self.shown.runs.shown:
            self._run_view.look(run)
        self._status.look(self.clock())
        situation = self.shown.situation(self.controls.has)
        self._keys.show_keys(footer_keys(situation, self.controls, view.attempt, deployment))
