"""The entries: whose a tag is, and what waits until that is known."""

from __future__ import annotations

import pytest

from lab.watch.facts import Aged, Left, Payload, Popped
from lab.watch.model import entries
from lab.watch.model.entries import Entries, EntryFact


def payload(tag: str) -> Payload:
    return Payload(at=1, tag=tag, id=f"id-{tag}", retries=2)


def test_facts_of_a_tag_wait_for_its_payload() -> None:
    kept = Entries()
    early: list[EntryFact] = [Popped(at=1, tag="a"), Left(at=2, tag="a")]
    assert [kept.owner(fact) for fact in early] == [None, None]
    assert kept.name(payload("a"), forgotten=False) == early
    assert kept.owner(early[0]) == ("id-a", 2)


def test_the_tag_of_a_forgotten_message_stays_without_an_owner() -> None:
    kept = Entries()
    kept.pop(Popped(at=1, tag="a"))
    assert kept.name(payload("a"), forgotten=True) == []
    assert kept.owner(Left(at=2, tag="a")) is None and kept.standing["a"].message == "id-a"


def test_the_tags_that_wait_are_bounded_and_so_are_their_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "OWNERLESS", 10)
    kept = Entries()
    for n in range(100):
        for _ in range(30):
            kept.owner(Popped(at=n, tag=f"t{n}"))
    waiting = [len(kept.name(payload(f"t{n}"), forgotten=False)) for n in range(100)]
    assert waiting == [0] * 90 + [entries.OWNERLESS_FACTS] * 10


def test_a_later_pop_is_one_of_an_entry_seen_before() -> None:
    kept = Entries()
    first, later = Popped(at=1, tag="a"), Popped(at=6, tag="a")
    assert not kept.popped_again(first)
    kept.pop(first)
    assert not kept.popped_again(first) and kept.popped_again(later)


def test_an_entry_that_was_aged_stands_among_the_oldest_until_it_is_popped_again() -> None:
    kept = Entries()
    for at, tag in ((10, "a"), (20, "b")):
        kept.pop(Popped(at=at, tag=tag))
    kept.age(Aged(at=21, tag="b", score=5))
    assert list(kept.standing) == ["b", "a"] and kept.standing["b"].score == 5
    assert kept.popped_again(Popped(at=22, tag="b")) == 17
    kept.pop(Popped(at=22, tag="b"))
    assert list(kept.standing) == ["a", "b"]
