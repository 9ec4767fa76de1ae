"""Somebody else's broker: all that happens is seen, nothing is written, and nothing is assumed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
import redis

from lab.app.producer import Producer
from lab.attachment import Attachment
from lab.rig.rig import Rig
from lab.said import user_says
from lab.session import NoProducerError
from lab.settings import Settings
from lab.target import from_url
from lab.watch.broker.connection import connect
from lab.watch.sources.inspection import inspection
from tests.lab.watch.sources.monitoring import Monitor, by_tcp
from tests.lab.watch.sources.reader import put
from tests.waiting import wait_until

SOURCES = {"keys", "events", "clients"}

RIGHTS = ["resetchannels", "&/0.celeryev/*", "-@all", "+@read", "+@connection", "+psubscribe"]
RIGHTS += ["+info", "+time", "+client|list"]
"""What suffices for everything but `ask`."""

HALF_A_DAY = 43_200


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """A deployment that is not the attachment's: one worker."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNACKED_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        made = Rig.start(Settings(workers=1, visibility_timeout=HALF_A_DAY))
    with made:
        made.wait_ready(20)
        yield made


def test_what_happens_is_seen_and_no_setting_is_assumed(rig: Rig) -> None:
    attached = Attachment(from_url(rig.state.url or ""))
    try:
        ledger = attached.model.ledger
        wait_until(lambda: attached.look() and list(ledger.lives.present(time.time())), 30, "the worker")
        Producer(rig.state.url or "", attached.prefix).fire(0, "GUEST")
        wait_until(lambda: attached.look() and ledger.counts.executions, 20, "the run")
        hidden = attached.model.forecast.hidden(time.time())
        assert (hidden.timeout.ground, hidden.said, hidden.workers) == ("assumed", 0, 1)
        assert (attached.way, attached.live, attached.rig, attached.embedded) == (
            "attached",
            True,
            None,
            False,
        )
    finally:
        attached.close()


def test_what_the_user_says_is_all_that_is_known(rig: Rig) -> None:
    said = user_says({"visibility_timeout": 60.0})
    attached = Attachment(replace(from_url(rig.state.url or ""), said=(said,)))
    try:
        attached.look()
        options = attached.model.settings.of("anybody")
        assert (options.timeout.value, options.timeout.ground) == (60, "known")
        assert (options.period, options.ground) == (100, "assumed")
    finally:
        attached.close()


def test_nothing_can_be_sent(rig: Rig) -> None:
    attached = Attachment(from_url(rig.state.url or ""))
    try:
        with pytest.raises(NoProducerError, match="only watched"):
            attached.producer()
    finally:
        attached.close()


def test_without_ask_nothing_is_written(rig: Rig) -> None:
    asked, writing = sent_by_the_tool(rig, ask=False)
    assert len(asked) > 10
    assert writing == set() and "PUBLISH" not in asked


def test_ask_writes_its_own_reply_key_and_publishes_a_request(rig: Rig) -> None:
    asked, writing = sent_by_the_tool(rig, ask=True)
    assert writing == {"DEL", "RPUSH", "EXPIRE"}
    keys = {words[1] for name in writing for words in asked[name]}
    assert len(keys) == 1 and all(key.startswith("unacked.reply.") for key in keys)
    assert {words[1] for words in asked["PUBLISH"]} == {"/0.celery.pidbox"}
    with connect(rig.state.url or "") as client:
        assert not any(client.exists(key) for key in keys), "what was written is gone"


def sent_by_the_tool(rig: Rig, *, ask: bool) -> tuple[dict[str, list[tuple[str, ...]]], set[str]]:
    """Every command of one watch to its words, and the names of those that the server says write."""
    url = by_tcp(rig.state.url or "")
    with Monitor(url) as monitor:
        attached = Attachment(from_url(url), ask=ask)
        try:
            health = attached.model.ledger.health
            wanted = SOURCES | {"inspection"} if ask else SOURCES
            wait_until(lambda: attached.look() and {name for name in health if health[name].up} == wanted)
            wait_until(lambda: attached.look() and attached.model.ledger.server, what="the keys were read")
            Producer(url, "").fire(0, "GUEST")
            wait_until(lambda: attached.look() and attached.model.ledger.counts.executions, 20, "a run")
            if ask:
                known = lambda: attached.model.settings.of("w1@lab").timeout.ground == "known"  # noqa: E731
                wait_until(lambda: attached.look() and known(), 20, "the worker's answer")
        finally:
            attached.close()
        with redis.Redis.from_url(url) as client:
            client.echo("the end")
            wait_until(lambda: any(command.words[0] == "ECHO" for command in monitor.commands))
            flags = {
                name.upper(): list(map(as_text, each["flags"])) for name, each in client.command().items()
            }
    # Every connection of the tool says who it is before it does anything.
    named = {each.sender for each in monitor.commands if each.words[1:] == ("SETNAME", "unacked")}
    asked: dict[str, list[tuple[str, ...]]] = {}
    for command in monitor.commands:
        if command.sender in named:
            asked.setdefault(command.words[0].upper(), []).append(command.words)
    return asked, {name for name in asked if "write" in flags[name]}


def test_ask_moves_no_entry_that_is_older_than_an_hour(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an hour's age makes a client sweep that waits for replies, and does not know of the half day."""
    for name, seconds in (("AGAIN", 0.2), ("EVERY", 0.2), ("SPACING", 0.2), ("SETTLE", 0.2)):
        monkeypatch.setattr(inspection, name, seconds)
    url = rig.state.url or ""
    with connect(url) as client:
        for number in range(3):
            put(client, f"aged{number}", time.time() - 4_020)
        before = client.zrange("unacked_index", 0, -1, withscores=True), client.hgetall("unacked")
        attached = Attachment(from_url(url), ask=True)
        try:
            settings = attached.model.settings
            wait_until(lambda: attached.look() and settings.of("w1@lab").timeout.value == HALF_A_DAY, 20)
            published = lambda: client.info("commandstats")["cmdstat_publish"]["calls"]  # noqa: E731
            heard: list[str] = []
            attached.observer.listeners.append(lambda fact: heard.append(type(fact).__name__))
            wait_until(lambda: attached.look() and heard.count("Configured") >= 5, 20, "five more answers")
            assert published() >= 6
            assert len(attached.model.ledger.entries) == 3
        finally:
            attached.close()
        assert (client.zrange("unacked_index", 0, -1, withscores=True), client.hgetall("unacked")) == before
        assert client.llen("celery") == 0
        client.delete("unacked_index", "unacked")


class Few:
    """A user of the rig's server whose rights are those, and the target that reads with them."""

    def __init__(self, rig: Rig, *rights: str) -> None:
        url = rig.state.url or ""
        with connect(url) as client:
            client.execute_command("ACL", "SETUSER", "few", "reset", "on", ">pw", "~*", *rights)
        self.target = from_url(url.replace("://", "://few:pw@"))


def test_a_reader_with_few_rights_sees_everything_and_nothing_is_unknown(rig: Rig) -> None:
    attached = Attachment(Few(rig, *RIGHTS).target)
    try:
        ledger = attached.model.ledger
        wait_until(lambda: attached.look() and list(ledger.lives.present(time.time())), 30, "the worker")
        wait_until(lambda: {name for name in ledger.health if ledger.health[name].up} == SOURCES)
        Producer(rig.state.url or "", "").fire(0, "GUEST")
        wait_until(lambda: attached.look() and ledger.counts.executions and ledger.server, 20, "the run")
        assert ledger.unknown == {} and ledger.doubts == []
    finally:
        attached.close()


def test_what_a_reader_may_not_ask_is_named_and_the_rest_is_seen(rig: Rig) -> None:
    fewer = [right for right in RIGHTS if right not in ("+info", "+time", "+client|list")]
    attached = Attachment(Few(rig, *fewer, "-info", "-time", "-client|list").target)
    try:
        ledger = attached.model.ledger
        wait_until(lambda: attached.look() and list(ledger.lives.present(time.time())), 30, "the worker")
        Producer(rig.state.url or "", "").fire(0, "GUEST")
        wait_until(lambda: attached.look() and ledger.counts.executions, 20, "the run")
        wait_until(lambda: attached.look() and len(ledger.unknown) >= 4, what="what is unknown is named")
        named = ", ".join(ledger.unknown)
        assert all(part in named for part in ("which server process", "clock", "sweeps", "who sweeps")), named
        assert all("permission" in why for why in ledger.unknown.values())
    finally:
        attached.close()


def as_text(word: str | bytes) -> str:
    return word.decode() if isinstance(word, bytes) else word
