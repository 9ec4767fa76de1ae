"""`python -m lab watch`: how a watch ends."""

from __future__ import annotations

import json
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
from lab.settings import Settings
from lab.watch.recording import Recorder
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


def test_a_damaged_recording_is_a_failure_even_for_a_time(tmp_path: Path) -> None:
    path = tmp_path / "incident.jsonl"
    recorder = Recorder(path)
    for fact in redelivered("w1 w2").facts:
        recorder.take(fact)
    recorder.close()
    assert watch("--replay", str(path), "--speed", "1e6").exit_code == 0
    with path.open("a") as file:
        file.write("nonsense\n")
    result = watch("--replay", str(path), "--speed", "1e6", "--for", "60")
    assert result.exit_code == 3 and "no fact" in result.stderr and "1 duplicate" in result.stdout


def test_a_broker_that_is_not_there_cannot_be_watched() -> None:
    result = watch("redis://127.0.0.1:1/0", "--for", "5")
    assert result.exit_code == 2 and "away: nothing listens there" in result.stderr


def told(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def as_reader(rig: Rig, *rights: str) -> str:
    """The URL of somebody with few rights on the rig's server."""
    url = rig.state.url or ""
    with redis.Redis.from_url(url) as client:
        allowed = ("-@all", "+@read", "+@connection", "+info", "+time", "+client|list", "allchannels")
        client.execute_command("ACL", "SETUSER", "few", "reset", "on", ">pw", "~*", *allowed, *rights)
    return url.replace("://", "://few:pw@")


def test_events_that_are_refused_make_the_counts_incomplete_in_lines_summary_and_exit_code(rig: Rig) -> None:
    result = watch("--json", as_reader(rig), "--for", "2")
    assert result.exit_code == 3 and "The counts are incomplete: events: refused: NOPERM" in result.stderr
    *_, summary = told(result)
    assert any("refused: NOPERM" in doubt and "psubscribe" in doubt for doubt in summary["incomplete"])
    doubts = [line["doubt"] for line in told(result) if line["kind"] == "doubt"]
    assert any("psubscribe" in doubt for doubt in doubts)


def test_rights_that_suffice_make_them_complete(rig: Rig) -> None:
    # The queue is there from the first message on.
    Producer(rig.state.url or "", "").fire(0, "WATCH")
    result = watch("--json", as_reader(rig, "+psubscribe"), "--for", "2")
    assert result.exit_code == 0 and told(result)[-1]["incomplete"] == []
