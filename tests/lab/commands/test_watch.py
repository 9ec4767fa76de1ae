"""`python -m lab watch`: how a watch ends."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from click.testing import CliRunner, Result

from lab import lab_session
from lab.app.producer import Producer
from lab.commands.cli import cli
from lab.lab_session import JoinedLab
from lab.rig import registry
from lab.rig.rig import Rig
from lab.session import News
from lab.settings import Settings
from lab.watch.recording.recorder import Recorder
from tests.lab.watch.sources.reader import port_of, serving
from tests.lab.watch.telling import redelivered
from tests.waiting import wait_until


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[JoinedLab]:
    """The sessions that were closed."""
    sessions: list[JoinedLab] = []
    close = JoinedLab.close

    def noted(session: JoinedLab) -> None:
        close(session)
        sessions.append(session)

    monkeypatch.setattr(JoinedLab, "close", noted)
    return sessions


@pytest.fixture
def rig() -> Iterator[Rig]:
    with Rig.start(Settings(workers=0)) as rig:
        rig.wait_ready(20)
        wait_until(registry.alive, what="the rig is in the registry")
        yield rig


def watch(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["watch", *arguments])


def ending_with(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the lab end during the first look at it."""
    look = JoinedLab.look
    monkeypatch.setattr(lab_session, "RECORD_EVERY", 0.1)

    def ending(session: JoinedLab) -> Any:
        rig.close()
        return look(session)

    monkeypatch.setattr(JoinedLab, "look", ending)


@pytest.mark.parametrize("arguments", [(), ("--for", "60")])
def test_a_watch_ends_with_its_lab_and_is_not_complete(
    arguments: tuple[str, ...], rig: Rig, monkeypatch: pytest.MonkeyPatch, closed: list[JoinedLab]
) -> None:
    ending_with(rig, monkeypatch)
    result = watch("--json", *arguments)
    assert result.exit_code == 3, result.output
    assert json.loads(result.stdout.splitlines()[-1])["kind"] == "summary"
    assert result.stderr == f"The lab {rig.state.id} ended\n"
    assert len(closed) == 1


def test_a_watch_for_a_time_ends_well(rig: Rig, closed: list[JoinedLab]) -> None:
    result = watch("--for", "0.3")
    assert result.exit_code == 0 and "0 messages" in result.stdout and result.stderr == ""
    assert len(closed) == 1


def test_a_recording_that_cannot_be_written_ends_the_session_all_the_same(
    rig: Rig, tmp_path: Path, closed: list[JoinedLab]
) -> None:
    (tmp_path / "there").write_text("")
    result = watch("--record", str(tmp_path / "there"))
    assert result.exit_code == 2 and "not overwritten" in result.stderr
    assert len(closed) == 1


def test_a_fault_of_the_programs_own_ends_the_session_all_the_same(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, closed: list[JoinedLab]
) -> None:
    def faulty(_: JoinedLab) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(JoinedLab, "look", faulty)
    assert isinstance(watch().exception, ZeroDivisionError)
    assert len(closed) == 1


def test_what_is_missing_in_a_recording_stands_beside_the_counts(tmp_path: Path) -> None:
    path = tmp_path / "incident.jsonl"
    recorder = Recorder(path)
    for fact in redelivered("w1 w2").facts:
        recorder.take(fact)
    recorder.close()
    assert _summary(path)["incomplete"] == []
    assert watch("--replay", str(path), "--speed", "1e6").exit_code == 0
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"Popped", b"Pop\xffed", 1))
    assert "recording: lines of it are damaged, 1 fact was lost" in _summary(path)["incomplete"]
    path.write_bytes(whole[:-30])
    assert watch("--replay", str(path), "--speed", "1e6").exit_code == 3
    summary = _summary(path)
    assert "ends without its end" in str(summary["incomplete"]) and summary["duplicates"] == 1


def test_a_recording_that_cannot_go_on_is_said_at_once_and_the_watch_goes_on(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "incident.jsonl"
    looks: list[str | None] = []

    def full(_: Recorder) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    look = JoinedLab.look

    def noted(session: JoinedLab) -> News:
        looks.append(session.recorder and session.recorder.fault)
        if len(looks) == 3:
            monkeypatch.setattr(Recorder, "_write", full)
        return look(session)

    monkeypatch.setattr(JoinedLab, "look", noted)
    result = watch("--for", "2", "--record", str(path))
    assert result.exit_code == 1
    assert result.stderr.count("ended early: No space left on device") == 2, "at once, and at the end"
    assert any(looks[:-1]), "looks went on behind it"


def _summary(path: Path) -> dict[str, Any]:
    result = watch("--replay", str(path), "--speed", "1e6", "--json")
    summary: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return summary


def test_a_broker_that_is_not_there_cannot_be_watched() -> None:
    result = watch("redis://127.0.0.1:1/0", "--for", "5")
    assert result.exit_code == 2 and "away: nothing listens there" in result.stderr


def told(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[redis.Redis]:
    with serving(tmp_path) as client:
        yield client


def as_reader(server: redis.Redis, *rights: str) -> str:
    """The URL of somebody with few rights on a server."""
    allowed = ("-@all", "+@read", "+@connection", "+info", "+time", "+client|list", "allchannels")
    server.execute_command("ACL", "SETUSER", "few", "reset", "on", ">pw", "~*", *allowed, *rights)
    return f"redis://few:pw@127.0.0.1:{port_of(server)}/0"


def test_refused_events_make_the_counts_incomplete_in_lines_summary_and_exit_code(
    server: redis.Redis,
) -> None:
    result = watch("--json", as_reader(server), "--for", "2")
    assert result.exit_code == 3 and "The counts are incomplete: events: refused: NOPERM" in result.stderr
    *_, summary = told(result)
    assert any("refused: NOPERM" in doubt and "psubscribe" in doubt for doubt in summary["incomplete"])
    doubts = [line["doubt"] for line in told(result) if line["kind"] == "doubt"]
    assert any("psubscribe" in doubt for doubt in doubts)


def test_rights_that_suffice_make_them_complete(server: redis.Redis) -> None:
    # The queue is there from the first message on.
    Producer(f"redis://127.0.0.1:{port_of(server)}/0", "").fire(0, "WATCH")
    result = watch("--json", as_reader(server, "+psubscribe"), "--for", "2")
    assert result.exit_code == 0 and told(result)[-1]["incomplete"] == []
