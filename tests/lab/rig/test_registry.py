"""The registry: a rig is found while its keeper holds the lock, and never after."""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from lab.rig.record import RegistryEntry, RegistryError, RigRecord, runtime_folder
from lab.rig.registry import alive, find, look


@contextmanager
def running(lab_id: str, started: float = 1.0) -> Iterator[RegistryEntry]:
    record = RigRecord(
        id=lab_id,
        url="redis://:secret@host/0",
        prefix="",
        keeper_pid=1,
        server_pid=None,
        worker_pids={},
        folder="/f",
        logs="/f/logs",
        truth_log="/f/truth.jsonl",
        visibility_timeout=5,
        restore_interval=1,
        restore_throttle=1,
        started=started,
    )
    entry = RegistryEntry(record)
    yield entry
    entry.remove()


def test_none_says_how_to_start_one() -> None:
    with pytest.raises(RegistryError, match=r"python -m lab up.*python -m tui"):
        find(None)


def test_the_only_one_is_found_and_kept_up_to_date(runtime_folder: Path) -> None:
    with running("aaaaaaaa") as entry:
        assert find(None) == find("aaaa") == entry.record
        entry.update(worker_pids={"w1@lab": 7, "w2@lab": 8})
        assert find(None).worker_pids == {"w1@lab": 7, "w2@lab": 8}
        entry.update(worker_pids={})
        assert find(None).worker_pids == {}
        file = runtime_folder / "aaaaaaaa.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(runtime_folder.stat().st_mode) == 0o700
    assert list(runtime_folder.iterdir()) == []


def test_several_are_listed_without_their_passwords() -> None:
    with running("aaaaaaaa", 1.0), running("bbbbbbbb", 2.0):
        assert [record.id for record in alive()] == ["aaaaaaaa", "bbbbbbbb"]
        with pytest.raises(RegistryError, match=r"--lab ID: aaaaaaaa .*, bbbbbbbb") as caught:
            find(None)
        assert "secret" not in str(caught.value) and "\n" not in str(caught.value)
        assert find("bbbbbbbb").id == "bbbbbbbb"
        with pytest.raises(RegistryError, match="No lab cccc is running: there is aaaaaaaa"):
            find("cccc")


def test_what_nobody_locks_was_left_and_no_reader_removes_it(runtime_folder: Path) -> None:
    with running("aaaaaaaa") as entry:
        left = runtime_folder / "bbbbbbbb.json"
        left.write_bytes(msgspec.json.encode(msgspec.structs.replace(entry.record, id="bbbbbbbb")))
        assert [record.id for record in alive()] == ["aaaaaaaa"]
        assert [record.id for record in look().left] == ["bbbbbbbb"]
    with pytest.raises(RegistryError, match=r"No lab is running.*python -m lab ls"):
        find(None)
    assert left.exists()


def test_a_rig_without_a_broker_yet_or_that_ends_is_not_joined() -> None:
    with running("aaaaaaaa") as entry:
        entry.update(url="")
        assert alive() == [] and [record.id for record in look().running] == ["aaaaaaaa"]
        entry.update(url="redis://host/0", ending=True)
        assert alive() == [] and [record.id for record in look().running] == ["aaaaaaaa"]


def test_a_record_of_an_older_version_is_read(runtime_folder: Path) -> None:
    with running("aaaaaaaa") as entry:
        older = msgspec.to_builtins(entry.record)
    for added in ("leaders", "keeper_born", "program_pid", "erase", "ending"):
        del older[added]
    (runtime_folder / "aaaaaaaa.json").write_bytes(msgspec.json.encode(older))
    assert [record.leaders for record in look().left] == [[]]


def test_what_is_no_file_of_a_rig_is_passed_over(runtime_folder: Path, tmp_path: Path) -> None:
    with running("aaaaaaaa") as entry:
        (runtime_folder / "folder.json").mkdir()
        os.mkfifo(runtime_folder / "fifo.json")
        (tmp_path / "elsewhere").write_bytes((runtime_folder / "aaaaaaaa.json").read_bytes())
        (runtime_folder / "link.json").symlink_to(tmp_path / "elsewhere")
        (runtime_folder / "loop.json").symlink_to(runtime_folder / "loop.json")
        with (runtime_folder / "huge.json").open("wb") as huge:
            huge.truncate(1 << 40)
        (runtime_folder / "locked.json").write_text("")
        (runtime_folder / "locked.json").chmod(0)
        (runtime_folder / "bbbbbbbb.json").write_bytes((runtime_folder / "aaaaaaaa.json").read_bytes())
        assert alive() == [entry.record] and look().left == []


def test_what_says_nothing_is_named_once_its_keeper_would_have_locked_it(runtime_folder: Path) -> None:
    runtime_folder.mkdir(mode=0o700)
    for name in ("garbage.json", ".half.new", "fresh.json"):
        (runtime_folder / name).write_bytes(b"\xff\x00{")
        if name != "fresh.json":
            os.utime(runtime_folder / name, (1.0, 1.0))
    found = look()
    assert [path.name for path in found.unreadable] == [".half.new", "garbage.json"]
    assert found.running == found.left == []


def test_files_that_cannot_be_read_cost_little_however_many(runtime_folder: Path) -> None:
    with running("aaaaaaaa") as entry:
        other_versions = []
        for n in range(60):
            file = (runtime_folder / f"{n}.json").open("w")
            file.write('{"id": "of another version"}')
            file.flush()
            fcntl.flock(file, fcntl.LOCK_EX)
            other_versions.append(file)
        begun = time.monotonic()
        assert alive() == [entry.record]
        assert time.monotonic() - begun < 2
        for file in other_versions:
            file.close()
        assert alive() == [entry.record] and look().unreadable == []


def test_a_folder_that_others_can_write_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    monkeypatch.setenv("UNACKED_RUNTIME_DIR", str(shared))
    with pytest.raises(RegistryError, match="set UNACKED_RUNTIME_DIR"):
        runtime_folder()
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    monkeypatch.setenv("UNACKED_RUNTIME_DIR", str(link))
    with pytest.raises(RegistryError):
        runtime_folder()
