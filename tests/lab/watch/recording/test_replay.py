"""The replay: it goes at the recording's pace, waits where there is no room, and can be ended."""

from __future__ import annotations

from pathlib import Path

from lab.watch.facts import AnyFact, Gap, Heartbeat, Started
from lab.watch.observer import Observer
from lab.watch.recording.parts import Rotation
from lab.watch.recording.replay import Replay
from tests.lab.watch.telling import redelivered
from tests.waiting import wait_until

from .recorded import record


def test_a_fast_replay_waits_for_room_and_loses_nothing(tmp_path: Path) -> None:
    started = [Started(at=100 + n, seen=100 + n, id=f"t{n}", worker="w1", pid=1) for n in range(2_000)]
    path = record(tmp_path / "large.jsonl", started)
    observer = Observer(room=50)
    applied: list[AnyFact] = []
    observer.listeners.append(applied.append)
    replay = Replay(path, observer.put, 1e6, lambda: observer.full)
    replay.start()
    wait_until(lambda: observer.full)
    assert not replay.ended and replay.clock() <= 100 + 50, "its time waits as well"
    wait_until(lambda: observer.drain() is not None and replay.ended)
    observer.drain()
    replay.stop()
    assert len(applied) == 2_000 and not any(isinstance(fact, Gap) for fact in applied)


def test_a_replay_that_waits_for_room_can_be_ended(tmp_path: Path) -> None:
    recorded = record(tmp_path / "r.jsonl", redelivered("w1 w2 w1").facts)
    told: list[AnyFact] = []
    replay = Replay(recorded, told.append, 1e6, lambda: True)
    replay.start()
    replay.stop()
    assert told == [] and not replay.ended


def test_a_fact_that_lies_a_lifetime_ahead_does_not_end_the_replay(tmp_path: Path) -> None:
    beats = [Heartbeat(at=1.0, seen=seen, worker="w1") for seen in (1.0, 3.9e9)]
    path = record(tmp_path / "far.jsonl", beats)
    told: list[AnyFact] = []
    replay = Replay(path, told.append, 0.01)
    replay.start()
    wait_until(lambda: told)
    replay.stop()
    assert len(told) == 1 and not replay.ended


def test_where_the_first_parts_are_gone_it_begins_with_what_is_left(tmp_path: Path) -> None:
    path = record(tmp_path / "r.jsonl", redelivered("w1 w2 w1").facts, Rotation(size=400, keep=1))
    told: list[AnyFact] = []
    replay = Replay(path, told.append, 1.0)
    assert replay.header.part > 1 and replay.clock() == replay.header.begins
    replay.start()
    wait_until(lambda: len(told) > replay.header.standing)
    replay.stop()
