"""The steps: the small vocabulary that scenarios are written in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import redis

from lab.experiments.step import Check, StepFailed, in_background
from lab.experiments.steps import sending
from lab.experiments.steps.conditions import Condition
from lab.experiments.testbed import SentTask, Testbed


@dataclass(frozen=True, slots=True)
class Send:
    """Send `count` tasks, due in `countdown` seconds, each of which works for `seconds`."""

    count: int = 1
    countdown: float = 0.0
    seconds: float = 0.0
    task: str = "lab.run"
    priority: int | None = None
    quietly: bool = False
    """Without an event for each, where they are many."""
    name: str = "CELERY"
    words: str = ""

    @property
    def says(self) -> str:
        if self.words:
            return self.words
        what = f"{self.count:,} tasks" if self.count > 1 else "a task"
        if self.seconds:
            what += f" that {'work' if self.count > 1 else 'works'} for {self.seconds:g} s"
        if self.priority is not None:
            what += f" with priority {self.priority}"
        if self.countdown:
            what += f", due in {self.countdown:g} s"
        return f"send {what}"

    def begin(self, testbed: Testbed) -> Check:
        spec = sending.SendSpec(
            task=self.task,
            args=[self.name, self.seconds] if self.seconds else [self.name],
            countdown=self.countdown,
            count=self.count,
            priority=self.priority,
            quietly=self.quietly,
        )
        url, prefix, folder = testbed.url, testbed.session.prefix, testbed.folder

        def note(sent: list[SentTask]) -> None:
            testbed.sent += sent

        return in_background(testbed, lambda: sending.send(spec, testbed.setup, url, prefix, folder), note)


@dataclass(frozen=True, slots=True)
class Until:
    """Wait for a condition; without it within `at_most` seconds there is nothing to be said: it failed."""

    what: str
    condition: Condition
    at_most: float = 30.0

    @property
    def says(self) -> str:
        return f"wait until {self.what}"

    def begin(self, testbed: Testbed) -> Check:
        until = testbed.now + self.at_most

        def over() -> bool:
            if self.condition(testbed):
                return True
            if testbed.now > until:
                raise StepFailed(f"within {self.at_most:g} s it did not come about that {self.what}")
            return False

        return over


@dataclass(frozen=True, slots=True)
class Allow:
    """Give something time to happen, and go on when it did or when `seconds` are over: either is telling."""

    what: str
    seconds: float
    condition: Condition

    @property
    def says(self) -> str:
        return f"give it {self.seconds:g} s: {self.what}"

    def begin(self, testbed: Testbed) -> Check:
        until = testbed.now + self.seconds

        def over() -> bool:
            if self.condition(testbed):
                return True
            if testbed.now > until:
                testbed.tell("waited", f"{self.seconds:g} s went by without it: {self.what}")
                return True
            return False

        return over


@dataclass(frozen=True, slots=True)
class CrashServer:
    """SIGKILL the server; it is started again at once behind the same socket and from the same folder."""

    says: str = "kill the server, which is started again"

    def begin(self, testbed: Testbed) -> Check:
        before = testbed.rig.state.server_pid
        testbed.rig.kill_server()
        return lambda: testbed.rig.state.server_pid not in (None, before)


@dataclass(frozen=True, slots=True)
class Command:
    """Do something on the server."""

    says: str
    do: Callable[[redis.Redis], object]

    def begin(self, testbed: Testbed) -> Check:
        def work() -> None:
            with testbed.client() as client:
                self.do(client)

        return in_background(testbed, work)
