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

from lab.watch.account import Attempt
from tui import text
from tui.controls import Controls
from tui.fault import recorded
from tui.firing import Firing, Outcome, Shot
from tui.header import header
from tui.hints import hints
from tui.lines import KeyLine, Lines, StatusLine, StoryLine
from tui.offers import offers
from tui.opening import opening
from tui.order import Key, Order, finished
from tui.panes.duplicates import Bell, Duplicates
from tui.panes.scheduled import Scheduled
from tui.panes.unacked import Unacked
from tui.rows import Rows
from tui.scene import Watched, notice, scene
from tui.screens.fire import Fire
from tui.screens.help import Help
from tui.story import tell
from tui.themes import THEME

TICK = 0.1
"""Seconds between two looks at the session."""

FLASH = 1.0
"""Seconds that the frame of the duplicates stays lit after a burst."""

PATIENCE = 1.0
"""Seconds that a message to be sent waits for the events to be listened to."""

NAME = "CELERY"
"""The argument of what `e` sends, by which the message is told from others."""


class UnackedApp(App[None]):
    """The screen over one session. `eta` is the wait of what `e` sends, in seconds."""

    TITLE = "unacked"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012 (so declared in App)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "fire", "fire", tooltip="Send one message with the set ETA"),
        Binding("E", "ask", "fire…", tooltip="Send messages with an ETA of your own"),
        Binding("v", "timeout", "timeout", tooltip="Restart the workers with another visibility timeout"),
        Binding("plus", "add", "add", key_display="+", tooltip="Add a worker"),
        Binding("minus", "retire", "retire", key_display="-", tooltip="Retire the newest worker, warmly"),
        Binding("k", "kill", "kill", tooltip="SIGKILL the holder of the chosen message"),
        Binding("question_mark", "help", "help", key_display="?", tooltip="Show the keys and the words"),
        Binding("q", "quit", "quit", tooltip="End the lab and leave; ctrl+c as well"),
        Binding("ctrl+c", "quit", "quit", show=False, priority=True),
    ]

    def __init__(
        self, session: Watched, eta: int, firing: Firing, clock: Callable[[], float] = time.time
    ) -> None:
        plain = "NO_COLOR" in os.environ
        super().__init__(ansi_color=True if plain else None)
        self.session, self.eta, self.firing, self.clock = session, eta, firing, clock
        self.controls = Controls(session.rig, eta)
        self.order = Order()
        self.scheduled = Scheduled(session.model, self.order)
        self.unacked = Unacked(session.model)
        self.duplicates = Duplicates(session.model)
        self.scene = scene(session, eta, clock())
        self.ready = False
        """Whether there is something to draw on."""
        self.fault = ""
        """What went wrong in the program itself, in one line."""
        self.chosen: Key | None = None
        """The message whose story is told."""
        self._found = 0.0
        self._picked = False
        self._wanted: Key | None = None
        self._bell, self._lit_until = Bell(), 0.0
        self.register_theme(THEME)
        self.theme = "ansi-dark" if plain else THEME.name

    def compose(self) -> ComposeResult:
        self._header, self._story = Lines(id="header"), StoryLine(id="story")
        self._status, self._keys = StatusLine(id="status"), KeyLine(id="keys")
        self._lists = (
            Rows(self.scheduled, id="scheduled"),
            Rows(self.unacked, id="unacked"),
            Rows(self.duplicates, id="duplicates"),
        )
        yield from (self._header, self._story, *self._lists, self._status, self._keys)

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
        ledger = self.session.model.ledger
        self.order.take(news.accounts, ledger.accounts)
        if self.session.url and self.session.live:
            self._found = self._found or now
            # An event that tells of the sending is lost unless somebody listens already.
            if ((events := ledger.feeds.get("events")) and events.up) or now - self._found > PATIENCE:
                self.firing.open()
        for outcome in self.firing.outcomes():
            self._sent(outcome)
        for report in news.reports:
            if words := notice(report):
                self.say(words, bad=True)
        self.scene = scene(self.session, self.eta, now)
        self._pick()
        if self._bell.rings(ledger.counts.duplicates, now):
            self.bell()
            self._lit_until = now + FLASH
        self._show(now)

    def say(self, words: str, *, bad: bool = False) -> None:
        """Put one line into the status."""
        self._status.say(words, self.clock(), bad=bad)

    @property
    def attempt(self) -> Attempt | None:
        """The chosen attempt."""
        return self.scheduled.attempt(self.chosen) if self.chosen else None

    def on_rows_moved(self, message: Rows.Moved) -> None:
        key = message.key
        if isinstance(key, tuple) and self.order.find(key[:2]) is not None:
            self._picked = True
            self._choose(key[:2])

    def action_fire(self) -> None:
        self.shoot(Shot(self.eta, NAME))

    def action_ask(self) -> None:
        self.push_screen(Fire(self.eta, NAME), self.shoot)

    def shoot(self, shot: Shot | None) -> None:
        """Send, now or as soon as there is a broker; nothing is awaited."""
        if shot is None:
            return
        if not self.session.live:
            self.say("This is a recording: there is no broker to send to")
            return
        if self.firing.waiting:
            self.say("The broker is starting: it is sent as soon as there is one")
        self.firing.fire(shot)

    def action_timeout(self) -> None:
        self.say(self.controls.change_timeout())

    def action_add(self) -> None:
        self.say(self.controls.add())

    def action_retire(self) -> None:
        self.say(self.controls.retire())

    def action_kill(self) -> None:
        self.say(self.controls.kill(self.attempt, self.scene))

    def action_help(self) -> None:
        self.push_screen(Help(self.BINDINGS))

    def _sent(self, outcome: Outcome) -> None:
        if outcome.error:
            self.say(outcome.error, bad=True)
            return
        shot = outcome.shot
        what = f"{shot.name} was" if shot.count == 1 else f"{shot.count:,} × {shot.name} were"
        self.say(f"{what} sent, to run in {text.duration(shot.seconds)}")
        self._picked = False
        self._wanted = (outcome.ids[-1], 0)

    def _choose(self, key: Key | None) -> None:
        self.chosen = key
        for rows in self._lists[:2]:
            rows.choose(key)

    def _pick(self) -> None:
        """Choose what was just sent; without a choice of the user's, the next message that is due."""
        if self._wanted and self.order.find(self._wanted) is not None:
            self._choose(self._wanted)
            self._wanted = None
        chosen = self.attempt
        if chosen is None:
            self._choose(self.order.key(0) if len(self.order) else None)
        elif not self._picked and finished(chosen) and self.order.waiting:
            self._choose(self.order.key(0))

    def _show(self, now: float) -> None:
        for rows, hint in zip(self._lists, hints(self.scene), strict=True):
            rows.source.hint = hint
            rows.look(now)
        self._lists[2].set_class(now < self._lit_until, "lit")
        model, attempt = self.session.model, self.attempt
        self._header.put([header(self.scene, model.schedule, now, self._header.size.width)])
        # Without a broker what is shown may be old, and that matters more than any message.
        if attempt and self.scene.connected:
            name = text.title(attempt.task, attempt.args)
            if self.size.width >= 100:
                name += f" {text.short(attempt.id)}"
            self._story.tell(tell(attempt, model.forecast, now), name)
        else:
            self._story.tell(opening(self.scene))
        self._status.look(now)
        self._keys.offer(offers(self.BINDINGS, self.controls, attempt, self.scene))
