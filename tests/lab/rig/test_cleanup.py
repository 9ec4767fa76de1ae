"""What a killed keeper left is ended and removed, and nothing else: a pid alone proves nothing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest
from click.testing import CliRunner

from lab.commands.cli import cli
from lab.rig import cleanup, processes, registry, reports
from lab.rig.record import Leader, RigRecord
from lab.rig.rig import Rig
from lab.settings import Settings
from lab.watch.broker.connection import connect
from tests.lab.rig.test_keeper import groups, program
from tests.waiting import living, wait_until


@contextmanager
def sleeper(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that leads a group, with another one in it, as a worker and its pool child."""
    code = "import os, signal; os.fork(); signal.pause()"
    with subprocess.Popen([sys.executable, "-c", code], cwd=folder, process_group=0) as process:
        try:
            wait_until(lambda: len(living([process.pid])) == 2)
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def left_behind(runtime: Path, folder: Path, *leaders: Leader, **more: Any) -> RigRecord:
    """The record of a rig whose keeper is gone."""
    plain: dict[str, Any] = {
        "id": "aaaaaaaa",
        "url": "redis+socket:///nowhere",
        "prefix": "",
        "keeper_pid": 1 << 22,
        "server_pid": None,
        "worker_pids": {},
        "folder": str(folder),
        "logs": str(folder / "logs"),
        "truth_log": str(folder / "truth.jsonl"),
        "visibility_timeout": 5,
        "restore_interval": 1,
        "restore_throttle": 1,
        "started": 1.0,
        "leaders": list(leaders),
    }
    record = RigRecord(**{**plain, **more})
    runtime.mkdir(mode=0o700, exist_ok=True)
    (runtime / f"{record.id}.json").write_bytes(msgspec.json.encode(record))
    return record


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder as a rig makes it."""
    made = Path(tempfile.mkdtemp(prefix="unacked-"))
    yield made
    if made.exists():
        made.rmdir()


def test_a_process_is_ended_that_was_started_by_the_rig_and_all_of_its_group(
    runtime_folder: Path, folder: Path
) -> None:
    with sleeper(folder) as process:
        record = left_behind(runtime_folder, folder, Leader("w1", process.pid, processes.born(process.pid)))
        assert len(cleanup.remains(record).processes) == 2
        cleared = cleanup.clear(record)
        assert living([process.pid]) == []
        assert cleared.words == f"ended 2 processes, removed {folder}"
        assert not folder.exists() and list(runtime_folder.iterdir()) == []
        process.wait()


def test_whoever_has_the_pid_by_now_is_let_be(runtime_folder: Path, tmp_path: Path) -> None:
    with sleeper(tmp_path) as process:
        for born in ("long ago", ""):
            record = left_behind(runtime_folder, tmp_path, Leader("w1", process.pid, born))
            assert cleanup.clear(record).processes == ()
        assert len(living([process.pid])) == 2
    assert list(runtime_folder.iterdir()) == []


def test_a_process_that_is_another_one_by_now_is_not_ended(tmp_path: Path) -> None:
    with sleeper(tmp_path) as process:
        (found,) = (each for each in processes.running() if each.pid == process.pid)
        assert found.group == process.pid and Path(found.folder) == tmp_path
        another = processes.Process(found.pid, found.group, 0, "at another time", "", "")
        assert not processes.end(another)
        assert len(living([process.pid])) == 2
        assert processes.end(found)
        process.wait()


@pytest.mark.skipif(shutil.which("ps") is None, reason="there is no ps")
def test_where_there_is_no_proc_ps_tells_the_same(
    runtime_folder: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_by_proc", lambda: False)
    with sleeper(folder) as process:
        born = processes.born(process.pid)
        assert born and processes.born(1 << 22) == ""
        record = left_behind(runtime_folder, folder, Leader("w1", process.pid, born))
        assert len(cleanup.clear(record).processes) == 2
        process.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="only /proc tells session and folder")
def test_of_a_leader_that_is_gone_the_children_are_known_by_session_and_folder(
    runtime_folder: Path, folder: Path
) -> None:
    with sleeper(folder) as process:
        leader = Leader("w1", process.pid, processes.born(process.pid))
        process.kill()
        process.wait()
        assert len(living([process.pid])) == 1
        record = left_behind(runtime_folder, folder, leader, keeper_pid=os.getsid(0))
        strange = msgspec.structs.replace(record, folder="/nowhere/unacked-aaaaaaaa")
        assert cleanup.remains(strange).processes == ()
        assert len(cleanup.clear(record).processes) == 1
        wait_until(lambda: living([process.pid]) == [])


def test_a_folder_that_no_rig_made_stays(runtime_folder: Path, tmp_path: Path) -> None:
    mine = tmp_path / "documents"
    mine.mkdir()
    link = tmp_path / "unacked-aaaaaaaa"
    link.symlink_to(mine)
    for named in (mine, link):
        cleanup.clear(left_behind(runtime_folder, named))
        assert mine.exists()


def test_what_cannot_be_done_is_told_and_the_record_stays_until_it_is_forgotten(runtime_folder: Path) -> None:
    nowhere = "redis://:hunter2@127.0.0.1:1/0"
    left_behind(runtime_folder, Path("/none"), url=nowhere, prefix="unacked-lab:aaaaaaaa:", erase=True)
    result = CliRunner().invoke(cli, ["clean"])
    assert result.exit_code == 1 and "keys unacked-lab:aaaaaaaa:* are left" in result.output
    assert "hunter2" not in result.output and registry.look().left
    assert CliRunner().invoke(cli, ["clean", "--forget"]).exit_code == 0
    assert registry.look().left == []


def test_of_program_and_keeper_killed_at_once_nothing_runs_on_and_the_next_start_removes_the_rest(
    runtime_folder: Path,
) -> None:
    with program(workers=2, concurrency=2) as (killed, state):
        worker = state["workers"][0]["pid"]
        wait_until(lambda: len(living([worker])) == 3, 20, "the worker has its pool")
        os.kill(state["keeper_pid"], signal.SIGKILL)
        killed.kill()
        if sys.platform == "linux":
            wait_until(lambda: living(groups(state)) == [], 5, "the system ends them")
        assert [record.id for record in registry.look().left] == [state["id"]]
        listed = CliRunner().invoke(cli, ["ls"]).output
        assert f"lab {state['id']}  was killed" in listed and state["folder"] in listed
        with Rig.start(Settings(workers=0)) as rig:
            told: list[Any] = []
            wait_until(lambda: told.extend(rig.poll()) or [r for r in told if type(r) is reports.LeftCleared])
            (cleared,) = (each for each in told if type(each) is reports.LeftCleared)
            assert cleared.lab == state["id"] and f"removed {state['folder']}" in cleared.what
            assert living(groups(state)) == [] and not Path(state["folder"]).exists()
    assert list(runtime_folder.iterdir()) == []


def test_keys_of_a_named_broker_go_with_the_cleanup() -> None:
    with Rig.start(Settings(workers=0)) as owner:
        owner.wait_ready(20)
        url = owner.state.url or ""
        with connect(url) as client, program(broker_url=url, workers=0) as (killed, state):
            client.mset({"other": "1", f"{state['prefix']}celery": "1"})
            os.kill(state["keeper_pid"], signal.SIGKILL)
            killed.kill()
            wait_until(lambda: registry.look().left)
            result = CliRunner().invoke(cli, ["clean"])
            assert f"lab {state['id']}: removed {state['folder']}, deleted 1 key" in result.output
            assert client.keys() == [b"other"]
        assert [record.id for record in registry.alive()] == [owner.state.id]


def test_a_worker_that_is_spawned_is_named_before_anything_else_can_happen(runtime_folder: Path) -> None:
    with Rig.start(Settings(workers=1, concurrency=1)) as rig:
        rig.wait_ready(20)
        wait_until(lambda: rig.state.workers[0].pid)
        (record,) = registry.look().running
        named = {leader.what: leader.pid for leader in record.leaders}
        assert named == {"server": rig.state.server_pid, "w1": rig.state.workers[0].pid}
        for leader in record.leaders:
            assert leader.born == processes.born(leader.pid)
        assert psutil.Process(record.program_pid).pid == os.getpid()


def test_what_runs_is_listed_and_a_cleanup_lets_it_be() -> None:
    with Rig.start(Settings(workers=0)) as rig:
        rig.wait_ready(20)
        listed = CliRunner().invoke(cli, ["ls"]).output
        assert f"lab {rig.state.id}  runs" in listed and str(rig.state.server_pid) in listed
        assert CliRunner().invoke(cli, ["clean"]).output == "Nothing was left behind\n"
        assert living([rig.state.server_pid])
    assert "No lab is running" in CliRunner().invoke(cli, ["ls"]).output
