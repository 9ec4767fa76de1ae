"""What kombu's names tell, with names as real workers made them (kombu 5.4.2, 5.6.2, 5.7.0)."""

from __future__ import annotations

import pytest

from lab.watch.broker.layout import SEP
from lab.watch.sources.discovery.bindings import (
    Channel,
    bound,
    event_channel,
    holds_messages,
    name,
    separator,
    table,
)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("/0.celeryev/worker.heartbeat", Channel("", 0, "/0.", "celeryev")),
        ("acme:/3.celeryev/worker.heartbeat", Channel("acme:", 3, "/3.", "celeryev")),
        ("a/1.b:/12.events/worker.heartbeat", Channel("a/1.b:", 12, "/12.", "events")),
        # fanout_patterns off, fanout_prefix of one's own, and off.
        ("/0.celeryev", Channel("", 0, "/0.", "celeryev")),
        ("acme:/shop.celeryev/worker.heartbeat", Channel("acme:", None, "/shop.", "celeryev")),
        ("acme:celeryev/worker.heartbeat", Channel("acme:", None, "", "celeryev")),
        ("acme:other/worker.heartbeat", None),
        ("", None),
        ("x" * 300 + "/0.celeryev", None),
    ],
)
def test_the_name_of_a_channel_tells_prefix_db_and_exchange(text: str, parts: Channel | None) -> None:
    assert event_channel(text) == parts


def test_the_key_of_a_table_tells_prefix_and_exchange() -> None:
    assert table("acme:_kombu.binding.celery.pidbox") == ("acme:", "celery.pidbox")
    assert table("_kombu.binding.celery") == ("", "celery")
    assert table("_kombu.binding_deadlines") is None and table("_kombu.binding.") is None


@pytest.mark.parametrize(
    ("members", "sep"),
    [
        ([f"celery{SEP}{SEP}celery", f"worker.#{SEP}^worker\\..*?$.*?{SEP}celeryev.2e5f"], SEP),
        (["::w56@x.celery.pidbox"], ":"),
        (["celery::celery", "high::high"], ":"),
        (["aabb--aabb"], "-"),
        (["|sep||sep|w1@lab.celery.pidbox"], "|sep|"),
        (["celery"], None),
        ([], None),
    ],
)
def test_members_of_tables_tell_what_stands_between_their_parts(members: list[str], sep: str | None) -> None:
    assert separator(members) == sep


def test_queues_are_the_last_part_and_members_of_another_shape_are_left_out() -> None:
    members = [f"a{SEP}{SEP}low", f"b{SEP}{SEP}low", "broken", f"c{SEP}{SEP}", f"c{SEP}{SEP}{'x' * 300}"]
    assert bound(members, SEP) == ["low"]


@pytest.mark.parametrize(
    ("exchange", "queue", "tasks"),
    [
        ("celery", "celery", True),
        ("", "high", True),
        ("celery.pidbox", "w1@lab.celery.pidbox", False),
        ("reply.celery.pidbox", "5c2.reply.celery.pidbox", False),
        ("celeryev", "celeryev.2e5f", False),
    ],
)
def test_queues_of_tasks_are_told_from_the_others(exchange: str, queue: str, tasks: bool) -> None:
    assert holds_messages(exchange, queue) is tasks


def test_what_is_no_text_or_too_long_is_no_name() -> None:
    assert (name(b"\xff"), name(b"x" * 201), name(b"celery")) == ("", "", "celery")
