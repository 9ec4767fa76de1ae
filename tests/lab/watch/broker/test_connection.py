"""Addresses as Celery writes them, read as kombu reads them, and the servers behind them."""

from __future__ import annotations

import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis
from kombu import Connection

from lab.rig.broker import free_port, server_binary
from lab.watch import facts
from lab.watch.broker.connection import Address, AddressError, connect
from lab.watch.sources.events import Events
from tests.lab.watch.sources.reader import Reader, answers, port_of, put, serving
from tests.waiting import wait_until


def as_kombu_reads(url: str) -> dict[str, Any]:
    """kombu's own parameters for redis-py; it connects to nothing."""
    transport = Connection(url).transport
    channel = transport.Channel.__new__(transport.Channel)
    channel.connection = transport
    params: dict[str, Any] = channel._connparams()
    return params


@pytest.mark.parametrize(
    "url",
    [
        "redis://",
        "redis://host",
        "redis://host:1234/5",
        "redis://host/",
        "redis://:pw@host/3",
        "redis://user:p%40%23%2F@host",
        "redis://:se@cret@host",
        "redis://user@host",
        "redis://[::1]:7000/1",
        "rediss://host:6380/0",
        "rediss://host?ssl_cert_reqs=CERT_NONE",
        "rediss://host?ssl_cert_reqs=CERT_OPTIONAL",
        "rediss://host?ssl_cert_reqs=required&ssl_ca_certs=/c&ssl_certfile=/d&ssl_keyfile=/e",
        "rediss://host?ssl_cert_reqs=none&ssl_check_hostname=false",
        "redis://host?ssl_cert_reqs=CERT_REQUIRED",
        "redis+socket:///run/redis.sock",
        "redis+socket:///run/redis.sock?virtual_host=2",
        "redis+socket://user:pw@/run/redis.sock?virtual_host=2",
    ],
)
def test_a_url_means_what_it_means_to_kombu(url: str) -> None:
    kombu, mine = as_kombu_reads(url), Address.from_url(url)
    assert (mine.user, mine.password, mine.db) == (kombu["username"], kombu["password"], kombu["db"])
    if "path" in kombu:
        assert mine.path == kombu["path"]
    else:
        assert (mine.host, mine.port) == (kombu["host"], kombu["port"])
        theirs = {key: value for key, value in kombu.items() if key.startswith("ssl_")}
        if theirs:
            theirs["ssl_cert_reqs"] = theirs["ssl_cert_reqs"].name.removeprefix("CERT_").lower()
        assert (mine.tls or {}) == theirs


def test_sentinels_are_several_and_the_first_tells_the_rest() -> None:
    address = Address.from_url("sentinel://u:pw@a/2;sentinel://b:7000;sentinel://[::1]", master="mymaster")
    assert address.sentinels == (("a", 26379), ("b", 7000), ("::1", 26379))
    assert (address.user, address.password, address.db, address.master) == ("u", "pw", 2, "mymaster")
    assert Address.from_url("sentinel://a?master_name=mymaster").master == "mymaster"
    assert (
        address.masked
        == "sentinel://u:***@a:26379/2;sentinel://b:7000;sentinel://[::1]:26379 (master mymaster)"
    )


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("amqp://user:s3cret@host", "amqp"),
        ("s3cret@host", "none of Redis"),
        ("redis://host:s3cret", "cannot be read"),
        ("redis://user:12#s3cret@host", "cut apart"),
        ("redis://user:12/s3cret@host", "cut apart"),
        ("redis://:s3cret@host/db", "no number"),
        ("redis://:s3cret@host/1?virtual_host=2", "two of them"),
        ("redis://:s3cret@host/-1", "no number"),
        ("rediss://:s3cret@host?ssl_cert_reqs=s3cret", "CERT_NONE"),
        ("rediss://:s3cret@host?ssl_cert_req=none", "option"),
        ("redis://host?s3cret=1", "option"),
        ("redis://host?credential_provider=a.B", "option"),
        ("redis://:s3cret@a;redis://b", "several"),
        ("sentinel://:s3cret@a", "master"),
        ("unix://run/redis.sock", "three slashes"),
        ("redis://[::1", "cannot be read"),
    ],
)
def test_what_is_no_address_is_one_line_without_a_secret(url: str, says: str) -> None:
    with pytest.raises(AddressError, match=says) as caught:
        Address.from_url(url)
    assert "s3cret" not in str(caught.value) and "\n" not in str(caught.value)


def test_a_password_need_not_stand_in_the_url_and_is_shown_nowhere() -> None:
    bare = Address.from_url("redis://me@host/1")
    full = replace(bare, password="p@ss", sentinel_password="other")
    assert (full.user, full.password) == ("me", "p@ss")
    assert full.masked == "redis://me:***@host:6379/1"
    assert "p@ss" not in repr(full) and "other" not in repr(full)
    assert set(full.secrets) == {"p@ss", "p%40ss", "other"}


@pytest.mark.parametrize("scheme", ["redis+socket", "unix", "socket"])
def test_a_unix_socket(tmp_path: Path, scheme: str) -> None:
    path = tmp_path / "valkey.sock"
    with serving(tmp_path, "--unixsocket", str(path)) as client:
        client.select(2)
        put(client, "t1", time.time())
        told: list[facts.AnyFact] = []
        events = Events(f"{scheme}://{path}?virtual_host=2", "", told.append)
        events.start()
        with Reader(f"{scheme}://{path}?virtual_host=2") as reader:
            wait_until(lambda: reader.of(facts.Payload) and told)
        events.stop()
        events.join(5)
    assert events.patterns == ["/2.celeryev/*"]
    assert isinstance(told[1], facts.Connected)


def test_a_connection_says_who_it_is_and_one_that_may_not_works_all_the_same(tmp_path: Path) -> None:
    with serving(tmp_path) as client, connect(f"redis://127.0.0.1:{port_of(client)}/3") as mine:
        mine.ping()
        assert "unacked" in {each["name"] for each in client.client_list()}
        client.execute_command("ACL", "SETUSER", "r", "on", ">pw", "-@all", "+ping", "+select")
        with connect(f"redis://r:pw@127.0.0.1:{port_of(client)}/3") as other:
            assert other.ping()


def test_a_master_behind_sentinels_with_passwords_of_their_own(tmp_path: Path) -> None:
    with serving(tmp_path, "--requirepass", "s3cret") as bare:
        with redis.Redis(port=port_of(bare), password="s3cret") as client:
            put(client, "t1", time.time())
        port, file = free_port(), tmp_path / "sentinel.conf"
        file.write_text(
            f"port {port}\nbind 127.0.0.1\nrequirepass watcher\ndir {tmp_path}\n"
            f"sentinel monitor mymaster 127.0.0.1 {port_of(bare)} 1\nsentinel auth-pass mymaster s3cret\n"
        )
        command = [str(server_binary()), str(file), "--sentinel"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as sentinel:
            try:
                with redis.Redis(port=port) as asked:
                    wait_until(lambda: answers(asked), what="the Sentinel")
                url = f"sentinel://127.0.0.1:1;sentinel://127.0.0.1:{port}"
                secrets = {"password": "s3cret", "sentinel_password": "watcher"}
                address = replace(Address.from_url(url, master="mymaster"), **secrets)
                told: list[facts.AnyFact] = []
                events = Events(address, "", told.append)
                events.start()
                with Reader(address) as reader:
                    wait_until(lambda: reader.of(facts.Payload), what="a message of the master's")
                    wait_until(lambda: len(told) > 1)
                events.stop()
                events.join(5)
                assert isinstance(told[1], facts.Connected)
                assert events.patterns == ["/0.celeryev/*", "/{db}.celeryev/*"]
                wrong = Reader(replace(Address.from_url(url, master="other"), **secrets))
                wait_until(lambda: wrong.of(facts.Disconnected))
                wrong.__exit__()
                why = wrong.of(facts.Disconnected)[0].why
                assert "other" in why and "s3cret" not in why and "watcher" not in why
            finally:
                sentinel.kill()
