"""What makes a script of a connection a sweep, look by look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from lab.watch.facts import ConnectionClosed, ConnectionSwept
from lab.watch.sources.clients import sightings
from lab.watch.sources.clients.client_list import Connection, Look, parse
from lab.watch.sources.clients.sightings import Sightings
from lab.watch.sources.command_counts import Counts, may_prune

BEGIN = 1_000_000.0
"""When our own connection was opened, with the server's second."""

OWN = 1


class Server:
    """Looks at a server whose connections ran scripts at given seconds since `BEGIN`."""

    def __init__(self, pruned: bool = True, counted: bool = False) -> None:
        self.sightings = Sightings(0, pruned)
        self.scripts: dict[int, float] = {}
        self.commands: dict[int, int] | None = {} if counted else None
        self.counts = 0
        self.ran = 0
        self.opened: dict[int, float] = {}
        self.db: dict[int, int] = {}
        self.worker = False
        """Whether a worker waits for messages, on a connection opened 100 s before our own."""

    def sweep(self, connection: int, at: float) -> None:
        self.counts += 1
        self.script(connection, at, 3)

    def script(self, connection: int, at: float, commands: int = 1) -> None:
        self.scripts[connection] = at
        self.ran += 1
        if self.commands is not None:
            self.commands[connection] = self.commands.get(connection, 0) + commands

    def look(self, at: float) -> list[Any]:
        found = {OWN: Connection(OWN, 0, "client|list", 0, int(at))}
        for each, ran in self.scripts.items():
            commands = None if self.commands is None else self.commands[each]
            idle, age = int(at) - int(ran), int(at) - int(self.opened.get(each, -100))
            found[each] = Connection(
                each, self.db.get(each, 0), "evalsha", idle, age, "10.0.0.1:9", "", commands
            )
        if self.worker:
            found[5] = Connection(5, 0, "brpop", 0, int(at) + 100, "10.0.0.1:8")
        counts = Counts(self.counts, self.counts, self.counts, self.ran)
        look = Look(BEGIN + at - 0.001, BEGIN + at + 0.001, int(at), counts, counts, found)
        return list(self.sightings.take(look, list(self.sightings.seen), whole=True))


def swept(facts: Sequence[Any]) -> list[int]:
    return [fact.connection for fact in facts if isinstance(fact, ConnectionSwept)]


def test_a_script_with_a_sweep_counted_is_a_sweep_dated_by_looks_and_idle_time() -> None:
    server = Server()
    server.script(7, -40.0)
    assert not server.look(0.5)
    assert not server.look(1.0)
    server.sweep(7, 1.3)
    facts = server.look(1.5)
    # The one before it, which nobody counted, is believed along with it.
    assert swept(facts) == [7, 7]
    old, new = facts
    assert old.since <= BEGIN - 40.0 <= old.at and old.at - old.since < 2
    assert BEGIN + 0.99 <= new.since <= BEGIN + 1.3 <= new.at <= BEGIN + 1.51
    assert new.connected == pytest.approx(BEGIN - 100, abs=2)


def test_a_script_without_a_sweep_is_none_for_good() -> None:
    server = Server()
    server.look(0.5)
    server.script(7, 0.7)
    assert not server.look(1.0)
    # Pruning its bindings in the moment in which somebody else swept.
    server.scripts[7] = 61.2
    server.counts += 1
    assert not server.look(61.5)


def test_more_scripts_than_sweeps_are_no_evidence_for_any_that_was_not_seen_to_sweep() -> None:
    server = Server()
    server.look(0.5)
    server.sweep(7, 0.7)
    assert swept(server.look(1.0)) == [7]
    server.sweep(7, 3.2)
    server.script(8, 3.3)
    assert swept(server.look(3.5)) == [7]
    server.script(8, 4.1)
    server.counts += 1
    server.script(9, 4.2)
    assert not swept(server.look(4.5))


def test_a_sweep_beside_somebodys_first_script_is_told_as_soon_as_its_connection_sweeps_again() -> None:
    server = Server(counted=True)
    server.look(0.5)
    server.sweep(7, 0.7)
    server.script(8, 0.8)
    assert not swept(server.look(1.0))
    server.sweep(7, 3.7)
    facts = server.look(4.0)
    assert swept(facts) == [7, 7]
    assert facts[0].since <= BEGIN + 0.7 <= facts[0].at <= BEGIN + 1.2
    assert not swept(server.look(70.0))


def test_the_scripts_with_which_connections_begin_are_no_sweeps_of_theirs_where_a_worker_sweeps_twice() -> (
    None
):
    server = Server()
    server.look(0.5)
    server.sweep(7, 0.7)
    server.sweep(7, 1.7)
    server.script(8, 0.8)
    assert not server.look(1.9)
    server.sweep(7, 2.7)
    assert set(swept(server.look(2.9))) == {7}


def test_who_watches_before_anybody_swept_must_expect_pruning() -> None:
    sweep = {"calls": 1}
    assert may_prune({"cmdstat_info": sweep})
    assert may_prune({"cmdstat_zrange": sweep, "cmdstat_zrevrangebyscore": sweep})
    assert not may_prune({"cmdstat_zrevrangebyscore": sweep})


def test_two_sweeps_in_one_look_are_both_told_and_one_of_another_db_is_not() -> None:
    server = Server()
    server.db[9] = 1
    server.look(0.5)
    for each in (7, 8, 9):
        server.sweep(each, 0.7)
    assert swept(server.look(1.0)) == [7, 8]


def test_where_the_server_counts_commands_a_lone_script_is_no_sweep_whatever_else_happens() -> None:
    server = Server(counted=True)
    server.sweep(7, -1.0)
    server.script(8, -1.0)
    server.look(0.5)
    server.sweep(7, 3.2)
    server.script(8, 3.2)
    server.counts += 5
    assert swept(server.look(3.5)) == [7, 7]


@pytest.mark.parametrize(("pruned", "at_once"), [(False, True), (True, False)])
def test_at_the_first_look_only_what_can_be_nothing_else_is_a_sweep(pruned: bool, at_once: bool) -> None:
    server = Server(pruned)
    server.script(7, -10.0)
    server.script(8, -10.0)
    server.opened = {7: -100, 8: -50}
    server.worker = True
    # The one of an app's own lock was not opened along with a worker's.
    assert swept(server.look(0.5)) == ([7] if at_once else [])
    assert not server.look(51.0)
    assert swept(server.look(53.5)) == ([] if at_once else [7])


def test_a_connection_that_swept_and_is_gone_is_told_and_another_is_not() -> None:
    server = Server()
    server.look(0.5)
    server.sweep(7, 0.7)
    server.look(1.0)
    server.script(8, 1.2)
    server.look(1.5)
    server.scripts.clear()
    assert server.look(2.0) == [ConnectionClosed(at=BEGIN + 2.001, seen=BEGIN + 2.001, connection=7)]
    assert not server.sightings.seen


def test_statistics_that_are_reset_are_no_evidence_against() -> None:
    server = Server()
    server.counts = 100
    server.look(0.5)
    server.script(7, 0.7)
    server.counts = 1
    assert not server.look(1.0)
    server.sweep(7, 3.2)
    assert swept(server.look(3.5)) == [7, 7]


def test_no_more_connections_are_followed_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sightings, "MOST", 2)
    server = Server()
    for each in (7, 8, 9):
        server.script(each, 0.1)
    server.look(0.5)
    assert len(server.sightings.seen) == 2 and server.sightings.full


REDIS_5 = (
    b"id=6 addr=127.0.0.1:37354 fd=9 name= age=128 idle=37 flags=N db=2 sub=0 psub=0 multi=-1 qbuf=0"
    b" qbuf-free=0 obl=0 oll=0 omem=0 events=r cmd=evalsha\n"
)
VALKEY_9 = (
    b"id=16 addr=127.0.0.1:41528 laddr=127.0.0.1:7901 fd=11 name=w age=127 idle=0 flags=b db=0 sub=0 psub=0"
    b" ssub=0 multi=-1 watch=0 qbuf=0 qbuf-free=0 argv-mem=16 multi-mem=0 rbs=1024 rbp=0 obl=0 oll=0 omem=0"
    b" tot-mem=1928 events=r cmd=brpop user=default redir=-1 resp=3 lib-name=redis-py lib-ver=8.1.0"
    b" tot-net-in=8932 tot-net-out=710 tot-cmds=132\n"
)


def test_lines_of_old_and_new_servers_are_read() -> None:
    assert list(parse(REDIS_5 + VALKEY_9, ())) == [
        Connection(6, 2, "evalsha", 37, 128, "127.0.0.1:37354", "", None),
        Connection(16, 0, "brpop", 0, 127, "127.0.0.1:41528", "w", 132),
    ]


def test_a_unix_socket_is_no_address_of_a_client() -> None:
    for path in (b"[/run/r.sock:0]:0", b"/run/r.sock:0"):
        (found,) = parse(VALKEY_9.replace(b"127.0.0.1:41528", path), ())
        assert (found.address, found.name) == ("", "w")


def test_only_what_matters_is_read_and_what_does_not_fit_is_left_out() -> None:
    other = REDIS_5.replace(b"cmd=evalsha", b"cmd=get")
    named = other.replace(b"name= ", b"name=cmd=evalsha ")
    broken = [
        REDIS_5.replace(b"db=2", b"db=x"),
        b"\xff cmd=evalsha",
        b"id=6 cmd=evalsha",
        REDIS_5[:-1] + b"x" * 5_000,
    ]
    assert not list(parse(b"\n".join([other, named, *broken]), ()))
    assert [each.command for each in parse(other, [6])] == ["get"]
