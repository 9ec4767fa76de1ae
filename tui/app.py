"""The App: composes the screen, drains the session ten times a second, routes the keys."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical

from lab.watch.model.accounts.account import Attempt
from tui.actions.controls import Controls
from tui.actions.firing import FireRequest, FireResult, Firing
from tui.actions.footer import footer_keys
from tui.actions.runs import ScenarioRuns
from tui.cells import text
from tui.fault import recorded
from tui.panes.order import MessageKey
from tui.panes.view import View
from tui.screens.catalogue import Catalogue, Choice
from tui.screens.fire import Fire
from tui.screens.help import Help
from tui.state.deployment import Deployment, Live, deployment_of, notice
from tui.themes import THEME
from tui.widgets.lines import KeyLine, Lines, StatusLine, StoryLine
from tui.widgets.rows import Rows
from tui.widgets.run_view import RunView
from tui.words.header import header
from tui.words.hints import hints
from tui.words.idle import idle_story
from tui.words.story import tell

TICK = 0.1
"""Seconds between two looks at the session."""

PATIENCE = 1.0
"""Seconds that a message to be sent waits for the events to be listened to."""

NAME = "CELERY"
"""The argument of what `e` sends, by which the message is told from others."""


LAB_ACTIONS = frozenset({"fire", "ask", "timeout", "add", "retire", "kill"})
"""What is done to the lab, and not to the rig of a scenario."""


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
        Binding("e", "fire", "fire", tooltip="Send one message with the set ETA"),
        Binding("E", "ask", "fire…", show=False, tooltip="Send messages with an ETA of your own"),
        Binding("s", "catalogue", "scenarios", tooltip="Run a failure mode on a rig of its own"),
        Binding("escape", "leave", "back", key_display="esc", tooltip="Stop the scenario: back to the lab"),
        Binding("v", "timeout", "timeout", tooltip="Restart the workers with another visibility timeout"),
        Binding("plus", "add", "add", key_display="+", tooltip="Add a worker"),
        Binding("minus", "retire", "retire", key_display="-", tooltip="Retire the newest worker, warmly"),
        Binding("k", "kill", "kill", tooltip="SIGKILL the holder of the chosen message"),
        Binding("question_mark", "help", "help", key_display="?", tooltip="Show the keys and the words"),
        Binding("q", "quit", "quit", tooltip="End the lab and leave"),
        Binding("ctrl+c", "quit", "quit", show=False, priority=True),
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
        self.runs = runs or ScenarioRuns()
        plain = "NO_COLOR" in os.environ
        super().__init__(ansi_color=True if plain else None)
        self.session, self.eta, self.firing, self.clock = session, eta, firing, clock
        self.greeting = greeting
        """What the status says first."""
        self.controls = Controls(session.rig, eta)
        self.lab = View(session.model)
        self.view = self.lab
        """What the panes show: the lab, or the scenario that runs."""
        self.deployment = self._scene(clock())
        self.ready = False
        """Whether there is something to draw on."""
        self.fault = ""
        """What went wrong in the program itself, in one line."""
        self._found = 0.0
        self._last: Choice | None = None
        self.register_theme(THEME)
        self.theme = "ansi-dark" if plain else THEME.name

    def compose(self) -> ComposeResult:
        self._header, self._story = Lines(id="header"), StoryLine(id="story")
        self._status, self._keys = StatusLine(id="status"), KeyLine(id="keys")
        ids = ("scheduled", "unacked", "duplicates")
        self._lists = [Rows(source, id=id) for source, id in zip(self.view.sources, ids, strict=True)]
        self._run_view = RunView(id="play")
        yield from (self._header, self._story)
        with Container(id="body"):
            yield Vertical(*self._lists, id="lists")
            yield self._run_view
        yield from (self._status, self._keys)

    def _fatal_error(self) -> None:
        """Textual would print a traceback over the user's terminal; here it goes to a file."""
        if self._exception and not self.fault:
            self.fault = recorded(self._exception)
        self._close_messages_no_wait()

    def on_mount(self) -> None:
        if not self.is_headless:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(number, self.exit, None, 128 + number)

    def on_ready(self) -> None:
        """The first frame stands, and the styles are there."""
        self.ready = True
        if self.greeting:
            self.say(self.greeting)
        if self.session.rig is None:
            self.say("This lab belongs to another program, and stays when this screen is left")
        self.look()
        self.set_interval(TICK, self.look)

    def look(self) -> None:
        """Take in what happened since the last look, and show it."""
        if not self.ready or not self.is_running:
            # At the end the timer may come once more, when the widgets have no styles any longer.
            return
        now = self.clock()
        news = self.session.look()
        if self.session.lost:
            self.exit(return_code=1)
            return
        self.lab.take(news.accounts)
        ledger = self.session.model.ledger
        if self.session.url and self.session.live:
            self._found = self._found or now
            # An event that tells of the sending is lost unless somebody listens already.
            if ((events := ledger.health.get("events")) and events.up) or now - self._found > PATIENCE:
                self.firing.open()
        for result in self.firing.results():
            self._sent(result)
        for report in news.reports:
            if words := notice(report):
                self.say(words, bad=True)
        played = self.runs.look()
        if run := self.runs.shown:
            self.view.take(played.accounts)
            # After its end nothing comes any more: the time stands still.
            now = run.began + run.verdict.seconds if run.verdict else run.clock()
        self.deployment = self._scene(now)
        if (key := self.view.pick()) != self.chosen:
            self._choose(key)
        if self.view.rings(now):
            self.bell()
        self._show(now)

    def say(self, words: str, *, bad: bool = False) -> None:
        """Put one line into the status."""
        self._status.say(words, self.clock(), bad=bad)

    @property
    def attempt(self) -> Attempt | None:
        """The chosen attempt."""
        return self.view.attempt

    @property
    def chosen(self) -> MessageKey | None:
        """The message whose story is told."""
        return self.view.chosen

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a scenario runs the lab's keys are off; without one there is nothing to come back from."""
        run = self.runs.shown
        if action == "leave":
            return run is not None
        if action == "catalogue":
            return run is None or run.done
        return run is None or action not in LAB_ACTIONS

    def on_rows_moved(self, message: Rows.Moved) -> None:
        key = message.key
        if isinstance(key, tuple) and self.view.order.find(key[:2]) is not None:
            self.view.picked = True
            self._choose(key[:2])

    def action_fire(self) -> None:
        self.shoot(FireRequest(self.eta, NAME))

    def action_ask(self) -> None:
        self.push_screen(Fire(self.eta, NAME), self.shoot)

    def shoot(self, request: FireRequest | None) -> None:
        """Send, now or as soon as there is a broker; nothing is awaited."""
        if request is None:
            return
        if not self.session.live:
            self.say("This is a recording: there is no broker to send to")
            return
        if self.firing.waiting:
            self.say("The broker is starting: it is sent as soon as there is one")
        self.firing.fire(request)

    def action_timeout(self) -> None:
        self.say(self.controls.change_timeout())

    def action_add(self) -> None:
        self.say(self.controls.add(self.deployment))

    def action_retire(self) -> None:
        self.say(self.controls.retire())

    def action_kill(self) -> None:
        self.say(self.controls.kill(self.attempt, self.deployment))

    def action_catalogue(self) -> None:
        self.push_screen(Catalogue(self._last), self.play)

    def play(self, choice: Choice | None) -> None:
        """Run a scenario in the panes."""
        if choice is None:
            return
        self._last = choice
        run = self.runs.start(choice.scenario, choice.cure)
        self.say(f"{choice.scenario.id} runs on a rig of its own, about {choice.scenario.seconds} s")
        self._turn(View(run.model))

    def action_leave(self) -> None:
        run = self.runs.shown
        self.runs.leave()
        if run:
            what = "is over" if run.verdict and run.verdict.word != "stopped" else "was stopped"
            self.say(f"{run.scenario.id} {what}: this is the lab again, which went on meanwhile")
        self._turn(self.lab)

    def action_help(self) -> None:
        self.push_screen(Help(self.BINDINGS))

    def _sent(self, result: FireResult) -> None:
        if result.error:
            self.say(result.error, bad=True)
            return
        request = result.request
        what = f"{request.name} was" if request.count == 1 else f"{request.count:,} × {request.name} were"
        self.say(f"{what} sent, to run in {text.duration(request.seconds)}")
        self.lab.picked = False
        self.lab.wanted = (result.ids[-1], 0)

    def _choose(self, key: MessageKey | None) -> None:
        self.view.chosen = key
        for rows in self._lists[:2]:
            rows.choose(key)

    def _turn(self, view: View) -> None:
        """Show this in the panes."""
        self.view = view
        for rows, source in zip(self._lists, view.sources, strict=True):
            rows.swap(source)
        self._choose(view.chosen)
        self.screen_stack[0].set_class(self.runs.shown is not None, "playing")
        if self._run_view.has_focus_within:
            self._lists[0].focus()
        self.look()

    def _scene(self, now: float) -> Deployment:
        """The lab, or what the scenario runs on."""
        run = self.runs.shown
        if run is None:
            return deployment_of(self.session, self.eta, now, live=self.session.live)
        return deployment_of(run, self.eta, now, scenario=run.scenario.id, over=run.done)

    def _show(self, now: float) -> None:
        for rows, hint in zip(self._lists, hints(self.deployment), strict=True):
            rows.source.hint = hint
            rows.look(now)
        self._lists[2].set_class(self.view.lit(now), "lit")
        if self.runs.shown:
            self._run_view.look(self.runs.shown)
        model, attempt = self.view.model, self.attempt
        self._header.put([header(self.deployment, model.sweeps, now, self._header.size.width)])
        # Without a broker what is shown may be old, and that matters more than any message.
        if attempt and (self.deployment.connected or self.deployment.over):
            name = text.title(attempt.task, attempt.args)
            if self.size.width >= 100:
                name += f" {text.short(attempt.id)}"
            self._story.tell(tell(attempt, model.forecast, now), name)
        else:
            self._story.tell(idle_story(self.deployment))
        self._status.look(self.clock())
        self._keys.offer(footer_keys(self.BINDINGS, self.controls, attempt, self.deployment))
