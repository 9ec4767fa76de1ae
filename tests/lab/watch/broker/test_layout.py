"""The names of a deployment: those that kombu itself makes."""

from __future__ import annotations

import fnmatch
from typing import Any

import pytest
from kombu import Connection

from lab.watch.broker.layout import BEFORE_5_4, Layout


def channel(db: int = 0, **options: Any) -> Any:
    """kombu's own, for its names; it connects to nothing."""
    transport = Connection("redis://").transport
    made = transport.Channel.__new__(transport.Channel)
    for name, value in options.items():
        setattr(made, name, value)
    # As `Channel.__init__` and `_get_pool` do.
    prefix = options.get("fanout_prefix", True)
    made.keyprefix_fanout = prefix if isinstance(prefix, str) else "/{db}." if prefix else ""
    made.keyprefix_fanout = made.keyprefix_fanout.format(db=db)
    return made


def test_every_list_of_a_queue_is_one_that_kombu_uses_for_a_priority() -> None:
    for options in ({}, {"sep": ":", "priority_steps": (0, 5)}, {"priority_steps": (2, 4)}):
        used = {channel(**options)._q_for_pri("mail", priority) for priority in range(10)}
        assert set(Layout(**options).queue_lists("mail")) == used  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"fanout_prefix": False},
        {"fanout_prefix": "acme.{db}/"},
        {"fanout_prefix": BEFORE_5_4},
        {"fanout_patterns": False},
    ],
)
def test_the_event_pattern_matches_kombus_channels_alone(options: dict[str, Any]) -> None:
    mine = channel(2, **options)._get_publish_topic("celeryev", "worker.heartbeat")
    pattern = Layout(**options).event_pattern(2)
    assert fnmatch.fnmatchcase(mine, pattern)
    other = channel(2, **options)._get_publish_topic("celery.pidbox", "worker.heartbeat")
    assert not fnmatch.fnmatchcase(other, pattern)


def test_before_5_4_the_db_stood_there_in_braces() -> None:
    assert Layout(fanout_prefix=BEFORE_5_4).event_pattern(3) == "/{db}.celeryev/*"


def test_a_prefix_and_an_exchange_of_ones_own_match_only_themselves() -> None:
    layout = Layout(prefix="a*:", event_exchange="events[1]")
    assert layout.event_pattern(3) == r"a\*:/3.events\[1\]/*"


@pytest.mark.parametrize(
    "wrong", [{"fanout_prefix": "/{queue}."}, {"fanout_prefix": "{"}, {"priority_steps": ()}]
)
def test_what_kombu_could_not_work_with_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"prefix|step"):
        Layout(**wrong)
