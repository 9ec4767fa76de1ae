"""Which deployment is meant: the only one, the one that was said, or a choice of several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import click
import pytest

from lab.commands import choosing
from lab.commands.choosing import found_out
from lab.target import Target, from_url
from tests.lab.watch.sources.reader import port_of, serving

RIGHTS = [
    "&/0.celeryev/*",
    "-@all",
    "+@read",
    "+@connection",
    "+psubscribe",
    "+info",
    "+time",
    "+client|list",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with serving(tmp_path_factory.mktemp("server")) as client:
        yield client


@pytest.fixture
def url(server: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """A server with two deployments and a worker each, and one that nobody works on any longer."""
    monkeypatch.setattr(choosing, "FIND_WITHIN", 0.3)
    server.flushall()
    for prefix, worker in (("acme:", "a@x"), ("b c:", "b@x"), ("old:", "")):
        server.sadd(f"{prefix}_kombu.binding.celery", f"mails\x06\x16\x06\x16{prefix[0]}-mails")
        if worker:
            server.sadd(f"{prefix}_kombu.binding.celery.pidbox", f"\x06\x16\x06\x16{worker}.celery.pidbox")
    return f"redis://127.0.0.1:{port_of(server)}"


def said(url: str, **overrides: Any) -> Target:
    plain = from_url(url)
    return replace(plain, layout=replace(plain.layout, **overrides), overrides=overrides)


def test_without_a_terminal_several_are_named_and_nothing_is_chosen(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        found_out(from_url(url))
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert "There are 2 deployments" in told and "db 0, --prefix acme:, 1 worker: a@x" in told
    assert "--prefix 'b c:'" in told, "as a shell takes it"
    assert "old:" not in told


def test_on_a_terminal_one_is_chosen(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr(click, "prompt", lambda *_, **__: 2)
    assert found_out(from_url(url)).layout.prefix == "b c:"


def test_a_prefix_that_was_said_chooses_and_the_rest_is_still_found_out(url: str) -> None:
    layout = found_out(said(url, prefix="acme:", unacked_key="held")).layout
    assert (layout.prefix, layout.unacked_key) == ("acme:", "held")
    assert "a-mails" in layout.queues
    assert "o-mails" in found_out(said(url, prefix="old:")).layout.queues, "also where nobody works now"


def test_a_prefix_that_nothing_is_found_under_is_taken_as_it_was_said(url: str) -> None:
    layout = found_out(said(url, prefix="new:", sep="|")).layout
    assert (layout.prefix, layout.sep) == ("new:", "|")


def test_the_db_of_the_url_counts_before_who_works_where(url: str, server: Any) -> None:
    server.execute_command("SELECT", 3)
    server.sadd("three:_kombu.binding.celery", "q\x06\x16\x06\x16q3")
    server.execute_command("SELECT", 0)
    target = found_out(from_url(f"{url}/3"))
    assert (target.address.db, target.layout.prefix) == (3, "three:")
    assert "q3" in target.layout.queues


def test_nothing_found_leaves_what_was_said(url: str, server: Any) -> None:
    server.flushall()
    target = from_url(url)
    assert found_out(target) == target


def test_a_reader_with_few_rights_finds_it_by_its_keys(url: str, server: Any) -> None:
    server.execute_command("ACL", "SETUSER", "few", "reset", "on", ">pw", "~*", "resetchannels", *RIGHTS)
    reader = said(url.replace("://", "://few:pw@"), prefix="acme:")
    assert "a-mails" in found_out(reader).layout.queues
    server.acl_deluser("few")
