"""What is attached, from a URL, the environment or an app: what was said, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from kombu import Queue

from lab.said import app_says, user_says
from lab.target import TargetError, chosen, environment_url, from_app, from_url, meant, with_found
from lab.watch.broker.layout import Layout
from lab.watch.sources.discovery.deployment import Found

NOWHERE = Path("/nonexistent/.env")


def app(broker: str = "redis://:hunter2@host:1/2", **conf: Any) -> Celery:
    made = Celery("shop", broker=broker, set_as_current=False)
    made.conf.update(conf)
    return made


@pytest.mark.parametrize(
    ("url", "db", "said"),
    [
        ("redis://host", 0, False),
        ("redis://host/", 0, False),
        ("redis://host/0", 0, True),
        ("redis://host?db=3", 3, True),
        ("redis+socket:///run/redis.sock", 0, False),
        ("redis+socket:///run/redis.sock?virtual_host=4", 4, True),
    ],
)
def test_a_db_is_meant_only_where_the_url_names_one(url: str, db: int, said: bool) -> None:
    target = from_url(url)
    assert (target.address.db, target.db_said, target.layout_said) == (db, said, False)
    assert target.said == (), "nothing is known of its workers"


def test_a_url_that_cannot_be_used_is_one_line_without_its_secret() -> None:
    for url in ("amqp://:hunter2@host//", "redis://:hunter2@host/0?foo=1", "sentinel://:hunter2@host/0"):
        with pytest.raises(TargetError) as caught:
            from_url(url)
        assert "hunter2" not in str(caught.value) and "\n" not in str(caught.value)


def test_the_environment_wins_over_the_file_and_celerys_name_comes_first(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("CELERY_BROKER_URL=redis://file\nBROKER_URL=redis://other-file\n")
    assert (
        environment_url({"CELERY_BROKER_URL": "redis://a", "BROKER_URL": "redis://b"}, dotenv) == "redis://a"
    )
    assert environment_url({"BROKER_URL": "redis://b"}, NOWHERE) == "redis://b"
    assert environment_url({}, dotenv) == "redis://file"
    with pytest.raises(TargetError, match="CELERY_BROKER_URL"):
        environment_url({}, NOWHERE)
    dotenv.write_bytes(b"\xff\xfe")
    with pytest.raises(TargetError, match="cannot be read"):
        environment_url({}, dotenv)


def test_an_app_says_broker_names_queues_and_settings() -> None:
    options = {
        "global_keyprefix": "shop:",
        "visibility_timeout": 43_200,
        "unacked_restore_interval": 5,
        "unacked_key": "held",
        "priority_steps": [0, 5],
        "sep": ":",
    }
    target = from_app(
        app(
            broker_transport_options=options,
            task_queues=[Queue("mails"), Queue("bills")],
            event_exchange="heard",
        )
    )
    assert target.address.masked == "redis://:***@host:1/2" and target.app == "shop"
    layout = target.layout
    assert (layout.unacked, layout.index) == ("shop:held", "shop:unacked_index")
    assert layout.queue_lists("mails") == ["shop:mails", "shop:mails:5"]
    assert (layout.event_exchange, layout.queues) == ("heard", ("bills", "mails"))
    (said,) = target.said
    assert (said.visibility_timeout, said.interval, said.throttle) == (43_200, 5, 10)
    assert (said.by, said.worker) == ("app", "")


def test_an_app_says_what_kombu_makes_of_it() -> None:
    """`Channel.global_keyprefix` of None is none; an interval and a throttle of 0 are 10 s and every call."""
    options = {"global_keyprefix": None, "unacked_restore_interval": 0, "unacked_restore_throttle": 0}
    target = from_app(app(broker_transport_options=options))
    (said,) = target.said
    assert (target.layout.prefix, said.interval, said.throttle) == ("", 10, 1)
    before = app_says({"unacked_restore_interval": 1, "unacked_restore_throttle": 1}, (5, 6))
    assert (before.interval, before.throttle) == (10, 10), "kombu reads neither before 5.7"


def test_an_app_says_how_sentinels_are_asked() -> None:
    options = {"master_name": "m", "sentinel_kwargs": {"username": "me", "password": "hunter2"}}
    address = from_app(app("sentinel://host", broker_transport_options=options)).address
    assert (address.sentinel_user, address.sentinel_password) == ("me", "hunter2")


def test_an_app_that_sets_nothing_runs_with_kombus_defaults() -> None:
    (said,) = from_app(app()).said
    assert (said.visibility_timeout, said.interval, said.throttle) == (3600, 10, 10)


def test_of_two_brokers_of_an_app_the_one_that_is_read_from_is_meant() -> None:
    target = from_app(app(broker_read_url="redis://reader/1", broker_write_url="redis://writer/1"))
    assert target.address.host == "reader"


@pytest.mark.parametrize(
    "conf",
    [
        {"broker_url": "amqp://:hunter2@host//"},
        {"broker_transport_options": {"visibility_timeout": "long"}},
        {"broker_transport_options": {"priority_steps": "ab"}},
        {"broker_transport_options": 5},
        {"broker_transport_options": {"visibility_timeout": float("inf")}},
        {"broker_transport_options": {"visibility_timeout": -1}},
        {"broker_use_ssl": {"keyfile": "/k"}},
    ],
)
def test_an_app_that_cannot_be_attached_is_one_line_that_names_it(conf: dict[str, Any]) -> None:
    with pytest.raises(TargetError) as caught:
        from_app(app(**conf))
    line = str(caught.value)
    assert "The app shop" in line and "\n" not in line and "hunter2" not in line


def test_settings_that_raise_when_they_are_first_read_are_one_line() -> None:
    lazy = Celery("lazy", set_as_current=False)
    lazy.config_from_object("no_such_module_of_settings")
    with pytest.raises(TargetError, match=r"The app lazy .*no_such_module_of_settings") as caught:
        from_app(lazy)
    assert "\n" not in str(caught.value)


def test_what_the_user_does_not_say_is_not_said() -> None:
    said = user_says({"visibility_timeout": 60.0})
    assert (said.visibility_timeout, said.interval, said.throttle, said.by) == (60, None, None, "user")


def test_a_deployment_that_was_found_gives_its_names() -> None:
    found = Found(
        db=3,
        prefix="acme:",
        fanout="/{events}.",
        unacked="acme:held",
        queues={"mails": ["mails", "mails|7"]},
        sep="|",
    )
    target = with_found(from_url("redis://host"), found)
    layout = target.layout
    assert target.address.db == 3
    assert (layout.unacked, layout.sep, layout.priority_steps) == ("acme:held", "|", (0, 3, 6, 7, 9))
    assert "mails" in layout.queues
    assert layout.channel("celeryev", 3) == "acme:/{events}.celeryev"


def test_flags_win_over_what_was_found() -> None:
    target = replace(from_url("redis://host"), overrides={"unacked_key": "mine", "sep": "/"})
    layout = with_found(target, Found(db=0, prefix="acme:", unacked="acme:held", sep="|")).layout
    assert (layout.prefix, layout.unacked_key, layout.sep) == ("acme:", "mine", "/")
    assert Layout().sep == "\x06\x16"


def test_only_what_was_said_or_chosen_can_be_meant() -> None:
    one = Found(db=0, prefix="one:", workers={"w1"})
    big = Found(db=0, prefix="big:", workers={"w1", "w2"})
    far = Found(db=3, prefix="one:", workers={"w1"})
    target = from_url("redis://host")
    assert meant(target, [big, one, far]) == [big, one, far]
    assert meant(from_url("redis://host/3"), [big, one, far]) == [far]
    assert meant(replace(target, overrides={"prefix": "acme:"}), [big, one, far]) == []
    picked = chosen(target, one)
    assert picked.found and meant(picked, [big, one, far]) == [one]
    assert not with_found(target, Found(db=0, prefix="one:")).found, "nobody was heard"
