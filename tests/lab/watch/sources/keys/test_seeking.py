"""Messages looked for by their id, on the real server: what stands somewhere is never said to be nowhere."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.app.producer import Producer
from lab.watch import facts
from lab.watch.broker.connection import connect
from lab.watch.broker.layout import Layout
from lab.watch.model.model import Model
from lab.watch.observer import Observer
from lab.watch.sources.keys import look, seeking
from lab.watch.sources.keys.look import Look, TooMany
from tests.lab.watch.sources.monitoring import Monitor
from tests.lab.watch.sources.reader import Reader, port_of, put, serving
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with serving(tmp_path_factory.mktemp("server")) as client:
        yield client


@pytest.fixture
def client(server: Any) -> Any:
    server.flushall()
    return server


@pytest.fixture
def url(server: Any) -> str:
    return f"redis://127.0.0.1:{port_of(server)}/0"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeking, "APART", 0.2)
    monkeypatch.setattr(seeking, "AGAIN", 0.3)


def message(task_id: str, **more: Any) -> str:
    return json.dumps({"body": "W10=", "headers": {"id": task_id, "task": "lab.run"}, **more})


def nowhere(reader: Reader) -> list[str]:
    return [fact.id for fact in reader.of(facts.Nowhere)]


def test_a_real_message_that_is_popped_and_recorded_by_nobody_is_nowhere(url: str, client: Any) -> None:
    producer = Producer(url, "")
    fired = producer.fire(0, "X", 2)
    producer.close()
    with Reader(url) as reader:
        reader.keys.seeking.seek([(each.id, "celery") for each in fired])
        wait_until(lambda: not reader.keys.seeking._under and not reader.keys.seeking._waiting)
        assert not nowhere(reader), "they wait in their queue"
        # As a worker does that is killed before it recorded it in unacked.
        _, popped = client.brpop("celery")
        reader.keys.seeking.seek([(each.id, "celery") for each in fired])
        wait_until(lambda: nowhere(reader))
        assert nowhere(reader) == [json.loads(popped)["headers"]["id"]]
        assert not reader.unknown()


def test_every_priority_and_unacked_are_looked_through_page_by_page(url: str, client: Any) -> None:
    layout = Layout()
    wanted = []
    for step, name in zip(layout.priority_steps, layout.queue_lists("mail"), strict=True):
        client.rpush(name, *(message(f"{step}-{n}") for n in range(700)))
        wanted += [f"{step}-0", f"{step}-699"]
    for n in range(700):
        put(client, f"t{n}", time.time())
    wanted += ["id-t0", "id-t699", "lost"]
    with Reader(url) as reader:
        reader.keys.seeking.seek([(task_id, "mail") for task_id in wanted])
        wait_until(lambda: nowhere(reader), 30)
        assert nowhere(reader) == ["lost"]


def test_one_value_that_cannot_be_read_costs_itself_alone(url: str, client: Any) -> None:
    client.rpush("celery", b"\x80\x04pickle", b'{"headers": {"id": "\xff"}}', "[" * 10_000, message("here"))
    client.hset("unacked", mapping={"bad": "[]", "worse": "nonsense"})
    with Reader(url) as reader:
        reader.keys.seeking.seek([("here", "celery"), ("lost", "celery")])
        wait_until(lambda: nowhere(reader))
        assert nowhere(reader) == ["lost"] and not reader.unknown()


def test_a_message_that_one_look_missed_on_its_way_is_not_nowhere(
    url: str, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seeking, "APART", 1.0)
    with Reader(url) as reader:
        seeks = reader.keys.seeking
        seeks.seek([("moving", "celery"), ("lost", "celery")])
        wait_until(lambda: seeks._second, what="the first look found neither")
        client.lpush("celery", message("moving"))
        wait_until(lambda: nowhere(reader))
        assert nowhere(reader) == ["lost"]


def test_of_a_queue_too_long_to_be_gone_through_nothing_is_found_out_and_that_is_said(
    url: str, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "LONGEST", 50)
    client.rpush("celery", *(message(f"m{n}") for n in range(51)))
    with Reader(url) as reader:
        reader.keys.seeking.seek([("lost", "celery"), ("gone", "mail")])
        wait_until(lambda: reader.unknown())
        ((what, why),) = reader.unknown().items()
        assert what == seeking.MISSING and "queue celery holds more" in why
        # The other queue has its turn.
        wait_until(lambda: nowhere(reader))
        assert nowhere(reader) == ["gone"] and not reader.unknown()


def test_messages_too_large_to_be_gone_through_end_the_look(
    url: str, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "PAGES", 10)
    client.rpush("celery", *(message(f"m{n}", body="x" * look.BYTES) for n in range(look.FIRST + 20)))
    one = Look("celery", ["lost"], Layout())
    with connect(url) as mine, pytest.raises(TooMany, match="more than can be gone through"):
        while not one.over:
            one.step(mine)


def test_what_may_not_be_read_is_said_and_looked_for_when_it_may(url: str, client: Any) -> None:
    rights = ["~*", "resetchannels", "-@all", "+@read", "+@connection", "+info", "+time"]

    def may(*rules: str) -> None:
        client.execute_command("ACL", "SETUSER", "reader", "reset", "on", ">pw", *rules)

    may(*rights, "-hscan")
    put(client, "t1", time.time())
    with Reader(url.replace("//", "//reader:pw@")) as reader:
        reader.keys.seeking.seek([("lost", "celery")])
        wait_until(lambda: seeking.MISSING in reader.unknown())
        assert "permission" in reader.unknown()[seeking.MISSING] and not nowhere(reader)
        may(*rights)
        reader.keys.seeking.seek([("lost", "celery")])
        wait_until(lambda: nowhere(reader) and seeking.MISSING not in reader.unknown())
        assert not reader.of(facts.Disconnected)


def test_only_reading_commands_are_sent_a_page_a_reading(url: str, client: Any) -> None:
    client.rpush("celery", *(message(f"m{n}") for n in range(600)))
    with Reader(url) as reader, Monitor(url) as monitor:
        reader.keys.seeking.seek([("lost", "celery")])
        wait_until(lambda: nowhere(reader))
    sent = [command.words[0] for command in monitor.commands]
    assert {"LRANGE", "HSCAN"} <= set(sent) and not {"ZRANGE", "ZREVRANGEBYSCORE"} & set(sent)
    assert max(sent.count("LRANGE"), sent.count("HSCAN")) <= sent.count("TIME")
    assert sent.count("LRANGE") == 2 * 3, "20, 500, and what is left, twice"


def test_more_than_wait_to_be_looked_for_are_refused_and_can_be_asked_for_again(
    url: str, client: Any
) -> None:
    with Reader(url) as reader:
        ids = [f"m{n}" for n in range(seeking.WAITING + 500)]
        reader.keys.seeking.seek([(task_id, "celery") for task_id in ids])
        assert len(reader.keys.seeking._waiting) <= seeking.WAITING
        reader.keys.seeking.seek([("", "celery"), ("no-queue", ""), ("cut", "q" * 200)])
        wait_until(lambda: len(nowhere(reader)) >= seeking.AT_ONCE)
        assert nowhere(reader)[0] == "m0" and not {"", "no-queue", "cut"} & set(nowhere(reader))


def test_a_look_begins_anew_on_a_new_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeking, "APART", 1.0)
    with serving(tmp_path) as client, Reader(f"redis://127.0.0.1:{port_of(client)}") as reader:
        reader.keys.seeking.seek([("lost", "celery")])
        wait_until(lambda: reader.keys.seeking._second)
        # Longer than a reader waits for an answer.
        client.client_pause(5_000)
        wait_until(lambda: reader.of(facts.Disconnected))
        assert not nowhere(reader)
        wait_until(lambda: nowhere(reader))
        assert nowhere(reader) == ["lost"]


class Missing(Model):
    """A model that misses one message until it is told that it is nowhere."""

    def missing(self, now: float) -> list[tuple[str, str]]:
        return [("lost", "celery")]


def test_the_observer_has_looked_for_what_its_model_misses(url: str, client: Any) -> None:
    observer = Observer(Missing())
    applied: list[facts.AnyFact] = []
    observer.listeners.append(applied.append)
    observer.watch(url)
    try:
        wait_until(
            lambda: observer.drain() is not None and any(isinstance(f, facts.Nowhere) for f in applied)
        )
    finally:
        observer.stop()
    observer.drain()
