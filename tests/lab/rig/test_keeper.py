"""Nothing survives: whoever is killed, program or keeper, the rest ends and is cleared away."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis

from lab.app.celery_app import make_app
from lab.rig import reports
from lab.rig.broker import free_port
from lab.rig.rig import Rig
from lab.rig.workers import Backoff
from lab.settings import Settings
from lab.watch.broker.connection import connect
from tests.waiting import living, wait_until

PROGRAM = """
import dataclasses, json, signal, sys, time, tty
from lab.rig.rig import Rig
from lab.settings import Settings

given = json.loads(sys.argv[1])
rig = Rig.start(Settings(**given["settings"]), terminal=given["terminal"])
if given["terminal"] is not None:
    tty.setraw(given["terminal"])
rig.wait_ready(20)
while not all(worker.pid for worker in rig.state.workers):
    time.sleep(0.01)
print(json.dumps(dataclasses.asdict(rig.state)), flush=True)
signal.pause()
"""


@contextmanager
def program(terminal: int | None = None, **settings: Any) -> Iterator[tuple[subprocess.Popen[str], Any]]:
    """A program with a rig, and the rig's state once its workers run."""
    given = json.dumps({"settings": settings, "terminal": terminal})
    started = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, given],
        stdout=subprocess.PIPE,
        text=True,
        # As a shell starts a job, which ctrl+z then stops.
        process_group=0,
        pass_fds=() if terminal is None else (terminal,),
    )
    assert started.stdout is not None
    with started:
        try:
            yield started, json.loads(started.stdout.readline())
        finally:
            started.kill()


def groups(state: Any) -> list[int | None]:
    return [state["keeper_pid"], state["server_pid"], *(worker["pid"] for worker in state["workers"])]


def serving(url: str) -> int | None:
    try:
        with connect(url) as client:
            return int(client.info("server")["process_id"])
    except redis.ConnectionError:
        return None


def test_after_a_kill_of_the_program_nothing_is_left_and_the_terminal_is_restored(
    runtime_folder: Path,
) -> None:
    master, slave = os.openpty()
    with program(slave, workers=2, concurrency=2) as (killed, state):
        # Main process and two pool children in each worker.
        worker = state["workers"][0]["pid"]
        wait_until(lambda: len(living([worker])) == 3, 20)
        assert len(living(groups(state))) >= 4
        assert not termios.tcgetattr(slave)[tty.LFLAG] & (termios.ECHO | termios.ICANON)
        killed.kill()
        wait_until(lambda: living(groups(state)) == [], 5, "all processes gone")
        wait_until(lambda: not Path(state["folder"]).exists(), 5)
        # The registry names them until all of it is gone.
        wait_until(lambda: list(runtime_folder.iterdir()) == [], 5)
    lflag = termios.tcgetattr(slave)[tty.LFLAG]
    assert lflag & termios.ECHO and lflag & termios.ICANON
    assert select.select([master], [], [], 1)[0]
    written = os.read(master, 4096)
    for sequence in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?7h", b"\x1b[?1003l", b"\x1b[?2004l", b"\x1b[<u"):
        assert sequence in written
    os.close(slave)
    os.close(master)


def test_a_shell_that_already_took_the_terminal_keeps_its_modes() -> None:
    master, slave = os.openpty()
    with program(slave, workers=0) as (killed, state):
        modes = termios.tcgetattr(slave)
        # As a line editor sets them: raw but for the signals.
        modes[tty.LFLAG] |= termios.ISIG
        termios.tcsetattr(slave, termios.TCSANOW, modes)
        killed.kill()
        wait_until(lambda: living(groups(state)) == [], 5)
    assert not termios.tcgetattr(slave)[tty.LFLAG] & termios.ECHO
    assert b"\x1b[?1049l" in os.read(master, 4096)
    os.close(slave)
    os.close(master)


def test_a_program_that_ends_without_a_word_ends_its_rig() -> None:
    with program(workers=0) as (ended, state):
        ended.send_signal(signal.SIGTERM)
        wait_until(lambda: living(groups(state)) == [], 5)
        wait_until(lambda: not Path(state["folder"]).exists(), 5)


def test_the_keeper_does_not_hear_what_is_meant_for_the_program() -> None:
    with program(workers=0) as (_, state):
        for number in (signal.SIGINT, signal.SIGHUP):
            os.kill(state["keeper_pid"], number)
        os.kill(state["server_pid"], signal.SIGKILL)
        wait_until(lambda: serving(state["url"]) not in (None, state["server_pid"]), what="another server")
        assert os.getsid(state["keeper_pid"]) == state["keeper_pid"]


def test_while_the_program_is_suspended_the_rig_goes_on() -> None:
    with program(workers=1, concurrency=1) as (suspended, state):
        worker = state["workers"][0]["pid"]
        wait_until(lambda: len(living([worker])) == 2, 20)
        os.killpg(suspended.pid, signal.SIGTSTP)
        stopped = psutil.Process(suspended.pid)
        wait_until(lambda: stopped.status() == psutil.STATUS_STOPPED)
        # The keeper does its work, and so does not take the silence for the program's end.
        os.kill(state["server_pid"], signal.SIGKILL)
        wait_until(lambda: serving(state["url"]) not in (None, state["server_pid"]), what="another server")
        assert [line.split()[1] == psutil.STATUS_STOPPED for line in living([worker])] == [False, False]
        os.killpg(suspended.pid, signal.SIGCONT)
        wait_until(lambda: stopped.status() != psutil.STATUS_STOPPED)
        assert living([state["keeper_pid"]])
        suspended.send_signal(signal.SIGTERM)
        wait_until(lambda: living(groups(state)) == [], 5)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_lost_keeper_is_told_and_nothing_is_left(number: signal.Signals, runtime_folder: Path) -> None:
    with Rig.start(Settings(workers=1, concurrency=1)) as rig:
        rig.wait_ready(20)
        wait_until(lambda: rig.state.workers[0].pid)
        state = rig.state
        wait_until(lambda: len(living([state.workers[0].pid])) == 2, 20)
        assert state.keeper_pid
        os.kill(state.keeper_pid, number)
        wait_until(lambda: rig.state.lost, 5)
        lost = [report for report in rig.poll() if isinstance(report, reports.KeeperLost)]
        assert [report.why for report in lost] == [rig.state.lost]
        assert "\n" not in lost[0].why
        wait_until(lambda: living([state.keeper_pid, state.server_pid, state.workers[0].pid]) == [], 5)
        wait_until(lambda: not Path(state.folder or "").exists(), 5)
        wait_until(lambda: list(runtime_folder.iterdir()) == [], 5)
        rig.kill_worker("w1@lab")
        rig.add_worker()
        assert rig.state.workers == ()


def test_a_keeper_that_fails_takes_everything_with_it() -> None:
    with Rig.start(Settings(workers=0)) as rig:
        rig.wait_ready(20)
        state = rig.state
        os.write(rig._link._orders.fileno(), b"no order\n")
        wait_until(lambda: rig.state.lost, 5)
        assert any(isinstance(report, reports.RigFailed) for report in rig.poll())
        assert living([state.keeper_pid, state.server_pid]) == []
        wait_until(lambda: not Path(state.folder or "").exists(), 5)


def test_a_stopped_keeper_does_not_hold_up_the_end() -> None:
    rig = Rig.start(Settings(workers=0))
    rig.wait_ready(20)
    state = rig.state
    assert state.keeper_pid
    os.kill(state.keeper_pid, signal.SIGSTOP)
    for _ in range(10_000):
        rig.kill_worker("nobody@lab")
    rig.close(timeout=0.2)
    assert living([state.keeper_pid, state.server_pid]) == []
    assert not Path(state.folder or "").exists()


@pytest.mark.parametrize("who", ["program", "keeper"])
def test_keys_on_a_named_broker_are_deleted_after_a_kill(who: str) -> None:
    with Rig.start(Settings(workers=0)) as owner:
        owner.wait_ready(20)
        url = owner.state.url or ""
        with connect(url) as client, program(broker_url=url, workers=1) as (killed, state):
            client.set("other", "1")
            prefix = state["prefix"]
            app = make_app({"BROKER_URL": url, "LAB_PREFIX": prefix})
            app.send_task("lab.run", ("guest",), countdown=60)
            wait_until(lambda: client.hlen(f"{prefix}unacked") == 1, 20)
            if who == "program":
                killed.kill()
            else:
                os.kill(state["keeper_pid"], signal.SIGKILL)
            wait_until(lambda: client.keys() == [b"other"], 5, "only the other key")
            wait_until(lambda: living(groups(state)) == [], 5)


def test_no_password_shows_in_the_process_list() -> None:
    url = f"redis://:hunter2@127.0.0.1:{free_port()}/0"
    with Rig.start(Settings(broker_url=url, workers=1), backoff=Backoff(first=0.1)) as rig:
        wait_until(lambda: rig.state.workers[0].pid)
        listed = living([rig.state.keeper_pid, rig.state.workers[0].pid])
    assert len(listed) >= 2
    assert not any("hunter2" in line for line in listed)


def test_started_by_hand_it_says_who_starts_it() -> None:
    master, slave = os.openpty()
    by_hand = subprocess.run(
        [sys.executable, "-m", "lab.rig.keeper"], stdin=slave, capture_output=True, text=True
    )
    os.close(slave)
    os.close(master)
    assert by_hand.returncode != 0 and by_hand.stderr.count("\n") == 1
    assert "python -m lab up" in by_hand.stderr
