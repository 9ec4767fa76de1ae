"""`python -m tui` in a real terminal: the main job, every way out, and nothing left behind."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.rig import registry
from tests.e2e.terminal import Terminal
from tests.waiting import living, wait_until

COMMAND = [sys.executable, "-m", "tui", "--visibility-timeout", "2", "--eta", "9"]


class Remains:
    """What a rig consists of, remembered while it runs."""

    def __init__(self) -> None:
        (self.record,) = registry.alive()

    @property
    def groups(self) -> list[int | None]:
        return [self.record.keeper_pid, self.record.server_pid, *self.record.worker_pids.values()]

    @property
    def gone(self) -> bool:
        folder = Path(self.record.folder).exists() or Path(self.record.logs).exists()
        return not living(self.groups) and not folder and not registry.alive()


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    with Terminal(COMMAND) as terminal:
        wait_until(lambda: terminal.shows("● w1", "● w2"), 30, "both workers online on the screen")
        yield terminal


def test_the_main_job(terminal: Terminal) -> None:
    """Press `e`: one message stands in unacked, is redelivered, and runs as many times."""
    remains = Remains()
    terminal.press("e")
    wait_until(lambda: terminal.shows("1 held"), 5, "the message in unacked")
    foretold = re.compile(r"will run (?:(\d+)–)?(\d+)×")
    wait_until(lambda: foretold.search(terminal.text), 5, "a forecast")
    least, most = foretold.search(terminal.text).groups()  # type: ignore[union-attr]
    wait_until(lambda: terminal.shows("handed it out again"), 10, "the reason in plain words")
    summary = re.compile(r"1 sent · (\d+) deliveries · ran (\d+) times · (\d+) duplicates")
    wait_until(lambda: summary.search(terminal.text), 20, "the summary")
    deliveries, executions, duplicates = map(int, summary.search(terminal.text).groups())  # type: ignore[union-attr]
    assert deliveries == executions == duplicates + 1 >= 4
    assert int(least or most) <= executions <= int(most)
    # The line was read in the middle of a frame, perhaps: the rows follow it.
    wait_until(lambda: terminal.shows(f"×{executions}", "✖ duplicate"), 5, "every duplicate in its pane")
    truth = Path(remains.record.truth_log).read_text().splitlines()
    assert sum('"start"' in line for line in truth) == executions
    terminal.press("q")
    assert terminal.process.wait(10) == 0
    assert terminal.cooked
    wait_until(lambda: remains.gone, 5, "nothing left")


def test_what_the_readme_promises_is_foretold_and_happens() -> None:
    """With the defaults: of a message due in 30 s the row says `will run 6×`, in these words, and it does."""
    with Terminal([sys.executable, "-m", "tui"]) as terminal:
        wait_until(lambda: terminal.shows("● w1", "● w2"), 30, "both workers online on the screen")
        terminal.press("e")
        wait_until(lambda: terminal.shows("will run 6×  "), 5, "six runs, foretold")
        foretold: set[str] = set()

        def came_again() -> bool:
            foretold.update(re.findall(r"will run [^ ]*\d[^ ]*", terminal.text))
            return terminal.shows("handed it out again")

        wait_until(came_again, 10, "the first redelivery")
        # Where a sweep is due just as the first 5 s end, it may be in time for a seventh.
        assert foretold <= {"will run 6×", "will run 6–7×"}
        wait_until(lambda: terminal.shows("will run 6×  "), 2, "six runs, now that the first sweep is known")
        summary = "1 sent · 6 deliveries · ran 6 times · 5 duplicates"
        wait_until(lambda: terminal.shows(summary), 45, "six runs")


@pytest.mark.parametrize("way", ["ctrl+c", "SIGTERM", "SIGHUP", "SIGKILL", "keeper"])
def test_every_way_out_leaves_nothing_and_a_usable_terminal(terminal: Terminal, way: str) -> None:
    remains = Remains()
    assert not terminal.cooked
    if way == "ctrl+c":
        terminal.press("\x03")
    elif way == "keeper":
        import os

        os.kill(remains.record.keeper_pid, signal.SIGKILL)
    else:
        terminal.process.send_signal(getattr(signal, way))
    code = terminal.process.wait(10)
    assert code == {"ctrl+c": 0, "SIGKILL": -signal.SIGKILL, "keeper": 1}.get(way, code)
    wait_until(lambda: terminal.cooked, 5, "ECHO and ICANON")
    wait_until(lambda: remains.gone, 5, "nothing left")
    assert "Traceback" not in terminal.text
    if way == "keeper":
        assert terminal.shows("keeper")


def test_ctrl_z_gives_the_terminal_back_and_fg_the_whole_screen_while_the_lab_goes_on() -> None:
    shell = ["bash", "--norc", "--noprofile", "-i"]
    with Terminal(shell, environ={"PS1": "at the shell> "}) as terminal:
        wait_until(lambda: terminal.shows("at the shell>"), 5)
        terminal.press(" ".join(COMMAND) + "\n")
        wait_until(lambda: terminal.shows("● w1", "● w2"), 30, "both workers online on the screen")
        remains = Remains()
        terminal.press("e")
        wait_until(lambda: terminal.shows("1 held"), 5, "the message in unacked")
        terminal.press("\x1a")
        wait_until(lambda: terminal.shows("Stopped", "at the shell>"), 5, "the shell")
        truth = Path(remains.record.truth_log)

        def ran(times: int) -> bool:
            # Written from the first run on.
            return truth.exists() and truth.read_text().count('"start"') >= times

        wait_until(lambda: ran(4), 20, "its runs, while nobody watches")
        terminal.press("clear; echo still $((40 + 2)) here; stty -a\n")
        wait_until(lambda: terminal.shows("still 42 here", " icanon", " echo "), 5, "a shell that works")
        assert not terminal.shows("Scheduled")
        terminal.press("fg\n")
        whole = ("Scheduled", "Unacked", "Duplicate executions", "● w1", "✖ duplicate", "e fire", "q quit")
        wait_until(lambda: terminal.shows(*whole), 5, "every part of the screen")
        terminal.press("q")
        wait_until(lambda: terminal.shows("1 sent", "at the shell>"), 10, "the summary, and the shell")
        wait_until(lambda: remains.gone, 5, "nothing left")


def test_a_bad_setting_is_one_line_and_exit_code_2() -> None:
    with Terminal([sys.executable, "-m", "tui", "--workers", "many"]) as terminal:
        assert terminal.process.wait(20) == 2
        wait_until(lambda: terminal.shows("--workers is 'many': a whole number from 0 to 32 is allowed"))


def test_a_broker_that_refuses_is_one_status_line() -> None:
    with Terminal(
        [sys.executable, "-m", "tui", "--broker", "redis://127.0.0.1:1/0", "--workers", "0"]
    ) as terminal:
        wait_until(lambda: terminal.shows("e fire"), 20)
        terminal.press("e")
        wait_until(lambda: terminal.shows("refused"), 4)
        terminal.press("q")
        assert terminal.process.wait(10) == 0


def test_eighty_by_twenty_four_shows_every_pane() -> None:
    with Terminal(COMMAND, 80, 24) as terminal:
        wait_until(lambda: terminal.shows("● w1", "● w2"), 30)
        assert terminal.shows("Scheduled", "Unacked", "Duplicate executions", "e fire", "q quit")
        terminal.press("e")
        wait_until(lambda: terminal.shows("will run", "1 held"), 5)
