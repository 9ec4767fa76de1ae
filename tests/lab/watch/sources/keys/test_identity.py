"""Which server answers, and to which time it goes back when it is killed: on the real one."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from lab.watch import facts
from lab.watch.sources.keys import identity
from tests.lab.watch.sources.reader import Reader, port_of, serving
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "EVERY", 0.2)


def test_a_server_that_was_killed_comes_back_as_another_process_as_it_was_when_it_saved(
    tmp_path: Path,
) -> None:
    saves = ("--save", "3600 1")
    with serving(tmp_path, *saves) as client:
        port = port_of(client)
        reader = Reader(f"redis://127.0.0.1:{port}")
        wait_until(lambda: reader.of(facts.Server))
        begun = reader.of(facts.Server)[0]
        client.set("before", 1)
        # The server counts whole seconds.
        wait_until(lambda: time.time() > begun.saved + 2)
        client.save()
        wait_until(lambda: reader.of(facts.Server)[-1].saved > begun.saved)
        killed = reader.of(facts.Server)[-1]
        client.set("after", 1)
    wait_until(lambda: reader.of(facts.Disconnected) and time.time() > killed.saved + 1)
    with reader, serving(tmp_path, *saves, port=port) as client:
        wait_until(
            lambda: reader.of(facts.Server)[-1].run_id != begun.run_id, what="the other process is told"
        )
        assert client.keys() == [b"before"], "it is as it was at the time that it saved"
        back = reader.of(facts.Server)[-1]
    assert killed.run_id == begun.run_id
    assert back.saved > killed.saved, "of what it loaded it says nothing: it names its start"
    told = [type(fact) for fact in reader.facts]
    again = told.index(facts.Connected, told.index(facts.Disconnected))
    assert told[again : again + 3] == [facts.Connected, facts.Gap, facts.Server], "before anything it holds"


def test_a_server_that_appends_every_write_goes_back_to_no_time(tmp_path: Path) -> None:
    with (
        serving(tmp_path, "--appendonly", "yes") as client,
        Reader(f"redis://127.0.0.1:{port_of(client)}") as reader,
    ):
        assert reader.of(facts.Server)[0].saved is None


def test_a_replica_that_becomes_the_master_is_told_soon(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with serving(tmp_path / "one") as master, serving(tmp_path / "two") as replica:
        replica.replicaof("127.0.0.1", port_of(master))
        with Reader(f"redis://127.0.0.1:{port_of(replica)}") as reader:
            wait_until(lambda: reader.of(facts.Server)[-1].role == "slave")
            replica.replicaof("NO", "ONE")
            wait_until(lambda: reader.of(facts.Server)[-1].role == "master")
