"""The cause of a fault: each kind has its own word, so that whoever reads it knows where to look."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from lab.watch.broker import address, connection
from lab.watch.broker.cause import trouble
from lab.watch.broker.connection import Address, connect
from tests.lab.watch.sources.reader import port_of, serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with serving(tmp_path_factory.mktemp("server")) as client:
        client.execute_command("ACL", "SETUSER", "few", "reset", "on", ">pw", "~*", "+ping")
        yield client


def told(url: str, *command: str) -> str:
    """What is said of a command that fails."""
    of = Address.from_url(url)
    client = connect(of)
    try:
        client.execute_command(*(command or ("PING",)))
    except (redis.RedisError, OSError) as error:
        return trouble(error, of)
    finally:
        client.close()
    return "nothing"


def test_nobody_is_there() -> None:
    assert told("redis://127.0.0.1:1/0").startswith("away: nothing listens there: ")
    assert told("redis+socket:///nowhere/at.sock").startswith("away: there is no such socket: ")
    assert told("redis://no-such-host.invalid/0").startswith("away: its name does not resolve: ")


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """Somebody who takes calls, and has said nothing yet."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def url_of(listening: socket.socket) -> str:
    return f"redis://127.0.0.1:{listening.getsockname()[1]}/0"


def test_who_says_nothing_is_half_open(listening: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "ANSWER_SECONDS", 0.2)
    assert told(url_of(listening)).startswith("half-open: ")


def test_either_limit_leaves_room_for_it_to_be_said_within_three_seconds() -> None:
    assert max(address.CONNECT_SECONDS, address.ANSWER_SECONDS) < 3


def test_refusals_name_what_is_refused(server: Any) -> None:
    url = f"redis://127.0.0.1:{port_of(server)}/0"
    few = url.replace("://", "://few:pw@")
    assert "refused: NOPERM: " in told(few, "PSUBSCRIBE", "x") and "psubscribe" in told(
        few, "PSUBSCRIBE", "x"
    )
    assert told(url.replace("://", "://few:wrong@")).startswith("refused: WRONGPASS: ")
    assert told(url.replace("/0", "/999")).startswith("refused: DB index")


def test_a_password_that_is_asked_for(tmp_path: Path) -> None:
    with serving(tmp_path, "--requirepass", "secret") as client:
        assert told(f"redis://127.0.0.1:{port_of(client)}/0").startswith("refused: NOAUTH: ")


def test_no_room_for_another_connection(tmp_path: Path) -> None:
    with serving(tmp_path) as client:
        client.config_set("maxclients", 1)
        assert told(f"redis://127.0.0.1:{port_of(client)}/0").startswith("refused: no room for another")


def test_a_key_of_another_kind(server: Any) -> None:
    server.set("unacked", "x")
    assert told(f"redis://127.0.0.1:{port_of(server)}/0", "HLEN", "unacked").startswith("wrong type: ")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (redis.ConnectionError("Connection closed by server."), "cut off: Connection closed by server"),
        (ConnectionResetError(104, "reset by peer"), "cut off: [Errno 104] reset by peer"),
        (redis.exceptions.InvalidResponse("Protocol Error: b'HTTP'"), "no Redis: Protocol Error: b'HTTP'"),
        (
            redis.ConnectionError("Connection not ready"),
            "no Redis: answers came that nobody asked for: Connection not ready",
        ),
        (redis.exceptions.BusyLoadingError("is loading"), "away: LOADING: is loading"),
        (redis.ResponseError("BUSY Valkey is busy"), "busy: BUSY Valkey is busy"),
        (redis.ResponseError("ERR unknown command"), "ERR unknown command"),
    ],
)
def test_what_a_server_or_the_library_says_keeps_its_own_words(error: Exception, said: str) -> None:
    assert trouble(error, Address()) == said
