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
from lab.session import NoProducerError
from lab.settings import Settings
from lab.target import from_url, user_says
from tests.waiting import wait_until

SOURCES = {"keys", "events", "clients"}


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """A deployment that is not the attachment's: one worker."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNACKED_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        made = Rig.start(Settings(workers=1, visibility_timeout=60))
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


def test_nothing_can_be_sent_and_nothing_is_written() -> None:
    # Without workers every command is the attachment's.
    with Rig.start(Settings(workers=0)) as empty:
        empty.wait_ready(20)
        url = empty.state.url or ""
        with redis.Redis.from_url(url) as client, client.monitor() as monitor:
            attached = Attachment(from_url(url))
            with pytest.raises(NoProducerError, match="only watched"):
                attached.producer()
            health = attached.model.ledger.health
            wait_until(lambda: attached.look() and {name for name in health if health[name].up} == SOURCES)
            wait_until(lambda: attached.look() and attached.model.ledger.server, what="the keys were read")
            attached.close()
            client.echo("the end")
            asked = set()
            while not (command := monitor.next_command()["command"]).startswith("ECHO"):
                asked.add(command.split()[0].upper())
            known = client.command()
    assert len(asked) > 3
    writing = {name for name in asked if "write" in map(as_text, known[name.lower()]["flags"])}
    assert not writing and "PUBLISH" not in asked


def as_text(word: str | bytes) -> str:
    return word.decode() if isinstance(word, bytes) else word
