"""A rig comes up and goes down as one, and its workers do what the program orders."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import psutil
import pytest

from lab.app.celery_app import make_app
from lab.rig import registry, reports
from lab.rig.broker import erase, free_port
from lab.rig.rig import Rig, RigError
from lab.rig.state import RigState
from lab.rig.workers import Backoff, WorkerSpec
from lab.settings import Settings
from lab.watch.broker.connection import Address, connect
from tests.waiting import living, wait_until

R = TypeVar("R", bound=reports.Report)


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """One rig with a worker for the tests that do not end it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNACKED_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        made = Rig.start(Settings(workers=1, concurrency=1), backoff=Backoff(first=0.05, longest=0.1))
    with made:
        made.wait_ready(20)
        wait_until(lambda: running(made, "w1@lab"))
        yield made


def running(rig: Rig, name: str) -> int | None:
    worker = rig.state.worker(name)
    return worker.pid if worker is not None and worker.state == "running" else None


def groups(state: RigState) -> list[int | None]:
    return [state.keeper_pid, state.server_pid, *(worker.pid for worker in state.workers)]


def serving(state: RigState) -> int:
    """The pid of the server that answers at the rig's URL."""
    assert state.url is not None
    with connect(state.url) as client:
        return int(client.info("server")["process_id"])


class Heard:
    """Every report of a rig since now, by kind."""

    def __init__(self, rig: Rig) -> None:
        self._rig, self._all = rig, list[reports.Report]()
        rig.poll()

    def of(self, kind: type[R]) -> list[R]:
        self._all.extend(self._rig.poll())
        return [report for report in self._all if isinstance(report, kind)]


def ready(rig: Rig, name: str) -> bool:
    worker = rig.state.worker(name)
    return bool(worker and worker.log and f"{name} ready." in Path(worker.log).read_text())


def broken(name: str) -> WorkerSpec:
    """A worker whose interpreter does not even start, so that it ends fast."""
    return WorkerSpec(name, 1, 5, 1, 1, environment={"PYTHONHOME": "/nonexistent"})


def test_twenty_rigs_started_four_at_a_time_all_come_up() -> None:
    def start(_: int) -> Rig:
        made = Rig.start(Settings(workers=0))
        made.wait_ready(30)
        return made

    with ThreadPoolExecutor(4) as four:
        rigs = list(four.map(start, range(20)))
        states = [rig.state for rig in rigs]
        assert [serving(state) for state in states] == [state.server_pid for state in states]
        assert len({state.url for state in states}) == 20
        assert sorted(record.id for record in registry.alive()) == sorted(state.id for state in states)
        list(four.map(Rig.close, rigs))
    assert living(pid for state in states for pid in groups(state)) == []
    assert not any(Path(state.folder or "").exists() for state in states)
    assert registry.alive() == []


def test_what_comes_up_is_an_embedded_valkey_in_a_folder_of_its_own(rig: Rig) -> None:
    state = rig.state
    assert state.embedded and state.prefix == "" and (state.version or "").startswith("Valkey 9")
    folder = Path(state.folder or "")
    assert folder.name.startswith("unacked-") and folder.stat().st_mode & 0o777 == 0o700


def test_no_persistence(rig: Rig) -> None:
    with connect(rig.state.url or "") as client:
        assert client.config_get("save") == {"save": ""}
        assert client.config_get("appendonly") == {"appendonly": "no"}


def test_the_server_is_behind_a_socket_of_its_users_own_and_nowhere_else(rig: Rig) -> None:
    door = Path(Address.from_url(rig.state.url or "").path)
    assert door.parent == Path(rig.state.folder or "") and door.stat().st_mode & 0o077 == 0
    server = psutil.Process(rig.state.server_pid)
    assert server.net_connections("inet") == []
    assert not any("redis" in word or "secret" in word for word in server.cmdline())


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user")
def test_another_user_of_the_machine_is_refused(rig: Rig) -> None:
    path = Address.from_url(rig.state.url or "").path
    child = os.fork()
    if not child:
        status = 1
        try:
            os.setgroups([])
            os.setgid(65_534)
            os.setuid(65_534)
            with socket.socket(socket.AF_UNIX) as door:
                door.connect(path)
        except PermissionError:
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_whatever_the_umask_nobody_else_may_read_what_a_rig_writes(runtime_folder: Path) -> None:
    before = os.umask(0)
    try:
        made = Rig.start(Settings(workers=1, concurrency=1))
    finally:
        os.umask(before)
    with made:
        wait_until(lambda: ready(made, "w1@lab"), 20)
        app = make_app({"BROKER_URL": made.state.url or ""})
        app.send_task("lab.run", ("any",))
        wait_until(lambda: Path(made.state.truth_log or "").exists(), 20, "a run is noted")
        written = [*Path(made.state.folder or "").rglob("*"), *runtime_folder.rglob("*")]
        open_to_others = [str(path) for path in written if path.lstat().st_mode & 0o077]
        assert open_to_others == [] and len(written) > 5


def test_a_folder_for_temporary_files_with_a_long_name_is_no_hindrance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / ("long and strange?" * 8)
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    with Rig.start(Settings(workers=0)) as made:
        made.wait_ready(20)
        folder = Path(made.state.folder or "")
        assert folder.stat().st_mode & 0o777 == 0o700 and serving(made.state) == made.state.server_pid
    assert not folder.exists()


def test_a_worker_killed_from_outside_is_replaced(rig: Rig) -> None:
    heard, before = Heard(rig), running(rig, "w1@lab")
    assert before
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: heard.of(reports.WorkerStarted))
    (ended,) = heard.of(reports.WorkerExited)
    assert (ended.pid, ended.status, ended.why) == (before, -signal.SIGKILL, "killed")
    wait_until(lambda: running(rig, "w1@lab") not in (None, before))
    wait_until(lambda: living([before]) == [], what="its children gone too")


def test_killing_a_worker_as_often_as_you_like_never_makes_it_give_up(rig: Rig) -> None:
    for _ in range(5):
        heard, before = Heard(rig), running(rig, "w1@lab")
        rig.kill_worker("w1@lab")
        wait_until(lambda heard=heard: heard.of(reports.WorkerStarted))
        wait_until(lambda before=before: running(rig, "w1@lab") not in (None, before))
    assert heard.of(reports.WorkerGaveUp) == []


def test_a_frozen_worker_stands_still_until_it_is_thawed(rig: Rig) -> None:
    pid = running(rig, "w1@lab")
    wait_until(lambda: len(living([pid])) == 2, 20, "it has its pool child")

    def stopped() -> list[bool]:
        return [line.split()[1] == psutil.STATUS_STOPPED for line in living([pid])]

    rig.freeze_worker("w1@lab")
    wait_until(lambda: all(stopped()) and len(stopped()) > 1)
    wait_until(lambda: (worker := rig.state.worker("w1@lab")) and worker.frozen)
    rig.thaw_worker("w1@lab")
    wait_until(lambda: not any(stopped()))
    wait_until(lambda: (worker := rig.state.worker("w1@lab")) and not worker.frozen)


def test_a_killed_server_comes_back_in_the_same_place(rig: Rig) -> None:
    heard, url, before = Heard(rig), rig.state.url, rig.state.server_pid
    rig.kill_server()
    wait_until(lambda: heard.of(reports.BrokerReady))
    assert [report.pid for report in heard.of(reports.BrokerDied)] == [before]
    assert rig.state.url == url
    assert rig.state.server_pid == serving(rig.state) != before


def test_the_newest_worker_retires_warmly_and_is_not_replaced(rig: Rig) -> None:
    heard = Heard(rig)
    assert rig.add_worker() == "w2@lab"
    wait_until(lambda: ready(rig, "w2@lab"), 20)
    assert rig.retire_worker() == "w2@lab"
    retiring = rig.state.worker("w2@lab")
    assert retiring and retiring.state == "retiring"
    wait_until(lambda: rig.state.worker("w2@lab") is None, 20)
    (ended,) = [report for report in heard.of(reports.WorkerExited) if report.name == "w2@lab"]
    assert (ended.why, ended.status, ended.restart_in) == ("retired", 0, None)
    assert [worker.name for worker in rig.state.workers] == ["w1@lab"]


def test_a_restart_brings_another_visibility_timeout(rig: Rig) -> None:
    heard, before = Heard(rig), running(rig, "w1@lab")
    rig.restart_workers(visibility_timeout=17)
    wait_until(lambda: heard.of(reports.WorkerStarted), 20)
    assert [report.visibility_timeout for report in heard.of(reports.WorkerStarted)] == [17]
    assert [(report.pid, report.why) for report in heard.of(reports.WorkerExited)] == [(before, "restarting")]
    assert rig.state.visibility_timeout == 17
    wait_until(lambda: (worker := rig.state.worker("w1@lab")) and worker.visibility_timeout == 17)


def test_a_worker_that_keeps_crashing_is_given_up(rig: Rig) -> None:
    heard = Heard(rig)
    rig.add_worker(broken("bad@lab"))
    wait_until(lambda: heard.of(reports.WorkerGaveUp))
    assert {report.why for report in heard.of(reports.WorkerExited)} == {"crashed"}
    assert Path(heard.of(reports.WorkerGaveUp)[0].log).name == "bad.log"
    given_up = rig.state.worker("bad@lab")
    assert given_up and given_up.state == "gave up" and given_up.pid is None
    assert rig.retire_worker() == "bad@lab"
    wait_until(lambda: rig.state.worker("bad@lab") is None)


def test_a_worker_that_is_named_retires_though_another_one_is_newer() -> None:
    with Rig.start(Settings(workers=0), workers=[broken("old@lab"), broken("new@lab")]) as made:
        assert made.retire_worker("old@lab") == "old@lab"
        wait_until(lambda: [worker.name for worker in made.state.workers] == ["new@lab"])
        assert made.retire_worker("old@lab") is None


def test_what_workers_leave_in_the_temporary_folder_goes_with_the_rig(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    with Rig.start(Settings(workers=1, concurrency=1)) as made:
        wait_until(lambda: ready(made, "w1@lab"), 20)
        # Of the rig's own folder: what Celery leaves is in there, and nothing is beside it.
        assert [str(folder) for folder in temporary.iterdir()] == [made.state.folder]
        assert list(Path(made.state.folder or "").rglob("pymp-*")), "a worker makes one"
    assert list(temporary.iterdir()) == []


def test_a_rig_on_a_named_broker_leaves_everything_else_as_it_was(rig: Rig) -> None:
    url = rig.state.url or ""
    with connect(url) as client:
        client.set("unacked-lab:ffffffff:mine", "1")
        client.hset("unacked", "tag", "somebody's")
        client.lpush("queue*", "somebody's")
        client.delete("gone")

        def others() -> dict[bytes, bytes]:
            # The workers of the rig that owns this server are gone, so only the guest writes.
            return {key: client.dump(key) for key in client.scan_iter() if not key.startswith(guest.encode())}

        rig.retire_worker()
        wait_until(lambda: rig.state.workers == (), 20)
        guest = "unacked-lab:none yet"
        before = others()
        with Rig.start(Settings(broker_url=url, workers=1, concurrency=1)) as named:
            named.wait_ready(10)
            guest = named.state.prefix
            assert not named.state.embedded and guest.startswith("unacked-lab:")
            wait_until(lambda: ready(named, "w1@lab"), 20)
            app = make_app({"BROKER_URL": url, "LAB_PREFIX": guest})
            app.send_task("lab.run", ("guest",), countdown=60)
            wait_until(lambda: client.hlen(f"{guest}unacked") == 1)
            assert others() == before
        assert client.keys(f"{guest}*") == []
        assert others() == before


def test_a_prefix_that_the_user_set_is_kept_globs_and_all(rig: Rig) -> None:
    url = rig.state.url or ""
    with connect(url) as client:
        with Rig.start(Settings(broker_url=url, lab_prefix="mine*[a]:", workers=0)) as named:
            named.wait_ready(10)
            client.set("mine*[a]:key", "1")
        assert client.get("mine*[a]:key") == b"1"


def test_erasing_a_prefix_with_glob_characters_touches_nothing_else(rig: Rig) -> None:
    url = rig.state.url or ""
    with connect(url) as client:
        client.mset({"l[ab]*?\\:1": "", "l[ab]*?\\:2": "", "la?:1": "", "lab:1": ""})
        assert erase(url, "l[ab]*?\\:") == 2
        assert sorted(client.keys("l*")) == [b"la?:1", b"lab:1"]


def test_a_named_broker_that_is_not_there_is_told_in_one_line() -> None:
    settings = Settings(broker_url=f"redis://:secret@127.0.0.1:{free_port()}/0", workers=0)
    with Rig.start(settings) as named, pytest.raises(RigError, match="does not answer") as caught:
        named.wait_ready(1.0)
    assert "secret" not in str(caught.value) and "\n" not in str(caught.value)


def test_a_server_that_cannot_start_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    monkeypatch.setenv("UNACKED_RUNTIME_DIR", str(shared))
    with Rig.start(Settings(workers=0)) as unsafe, pytest.raises(RigError, match="can be written by others"):
        unsafe.wait_ready(10)


def test_closing_twice_and_ordering_after_it_do_nothing() -> None:
    closed = Rig.start(Settings(workers=0))
    closed.close()
    closed.close()
    closed.kill_server()
    closed.restart_workers(3)
    assert closed.retire_worker() is None
    assert not any(isinstance(report, reports.KeeperLost) for report in closed.poll())
