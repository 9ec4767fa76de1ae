"""What holds of the model whatever facts come, in whatever order, lost or repeated."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lab.watch import facts
from lab.watch.facts import AnyFact
from lab.watch.model.ledger import Ledger
from lab.watch.model.model import Model
from tests.lab.watch.telling import PIDS, ZERO, Telling, modelled

workers = st.sampled_from(["w1", "w2"])
times = st.floats(0, 60, allow_nan=False).map(lambda at: round(at, 3))


@st.composite
def lives(draw: st.DrawFn) -> list[AnyFact]:
    """Any facts at all about two messages and two workers: most make no sense together."""
    told: list[AnyFact] = []
    for n in range(draw(st.integers(0, 25))):
        telling = Telling(id=draw(st.sampled_from(["a", "b"])), eta=draw(st.sampled_from([None, 28.0])))
        # Two events of one sender never have the same clock, and a tag is one attempt's for good.
        telling.tag, telling.clock = f"tag-{telling.id}", n
        at, worker, retries = draw(times), draw(workers), draw(st.integers(0, 2))
        kind = draw(st.sampled_from(KINDS))
        match kind:
            case "sent":
                telling.sent(at, retries=retries)
            case "payload" | "popped" | "left":
                telling.eta = None
                getattr(telling, kind)(at)
            case "received":
                telling.received(at, worker, retries=retries)
            case "succeeded":
                telling.succeeded(at, worker, draw(st.floats(0, 10)))
            case "rejected":
                telling.rejected(at, worker, requeue=draw(st.booleans()))
            case "swept":
                telling.swept(at, at + draw(st.floats(0, 1)), draw(st.integers(1, 3)))
            case "settings":
                telling.settings(draw(st.floats(0.5, 60)), draw(st.floats(0, 10)), draw(st.integers(0, 10)))
            case _:
                getattr(telling, kind)(at, worker)
        told += telling.facts
    return told


KINDS = [
    *("sent", "payload", "popped", "left", "received", "started", "succeeded", "skipped", "failed"),
    *("retried", "rejected", "revoked", "online", "heartbeat", "offline", "gone", "swept", "settings"),
]


@st.composite
def retried_once(draw: st.DrawFn) -> list[AnyFact]:
    """Messages that each run once in every attempt: whatever becomes of the facts, nothing was doubled."""
    told: list[AnyFact] = []
    for n in range(draw(st.integers(1, 3))):
        telling = Telling(id=f"m{n}", eta=None)
        at = draw(times)
        attempts = draw(st.integers(1, 4))
        for retries in range(attempts):
            worker, lasts = draw(workers), draw(st.sampled_from([0.1, 1.0, 9.0]))
            telling.sent(at, retries).received(at + 0.01, worker, retries).started(at + 0.02, worker)
            at += 0.02 + lasts
            if retries < attempts - 1:
                telling.retried(at, worker)
            else:
                telling.succeeded(at, worker, lasts)
            at += 0.01
        told += telling.facts
    return told


def state(model: Model) -> object:
    ledger = model.ledger
    return ledger.counts, ledger.accounts, list(ledger.entries), ledger.doubts


@given(lives(), st.randoms())
def test_no_facts_in_no_order_raise_and_every_view_can_be_made(told: list[AnyFact], random: object) -> None:
    random.shuffle(told)  # type: ignore[attr-defined]
    model = modelled(told)
    for attempt in model.ledger.attempts():
        model.forecast.runs(attempt, ZERO + 30)
        if (score := model.forecast.standing(attempt)) is not None:
            model.forecast.redelivery(score, ZERO + 30)
    model.sweeps.next_sweep(ZERO + 30)


@given(lives())
def test_the_same_facts_give_the_same_state(told: list[AnyFact]) -> None:
    assert state(modelled(told)) == state(modelled(told))


@given(lives(), st.data())
def test_facts_told_twice_change_nothing(told: list[AnyFact], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(told), max_size=10)) if told else []
    again = [fact for fact in again if not isinstance(fact, facts.Left | facts.Popped | facts.Swept)]
    once, twice = modelled(told), modelled(told + again)
    assert once.ledger.counts == twice.ledger.counts
    assert once.ledger.accounts == twice.ledger.accounts


@given(lives(), st.randoms())
def test_facts_out_of_order_within_five_seconds_give_the_same_accounts(
    told: list[AnyFact], random: object
) -> None:
    told.sort(key=lambda fact: fact.at)
    late = sorted(told, key=lambda fact: fact.at + random.uniform(0, 5))  # type: ignore[attr-defined]
    first, second = modelled(told), modelled(late)
    assert first.ledger.counts == second.ledger.counts
    assert first.ledger.accounts == second.ledger.accounts


@given(lives(), st.integers(1, 5))
def test_when_accounts_are_drawn_up_does_not_matter(told: list[AnyFact], every: int) -> None:
    model = Model()
    for n, fact in enumerate(told):
        model.apply(fact)
        if n % every == 0:
            model.settle()
    model.settle()
    assert model.ledger.counts == modelled(told).ledger.counts
    assert model.ledger.accounts == modelled(told).ledger.accounts


@given(retried_once(), st.data())
def test_a_retry_is_never_counted_as_a_duplicate_whatever_is_lost(
    told: list[AnyFact], data: st.DataObject
) -> None:
    kept = data.draw(st.lists(st.booleans(), min_size=len(told), max_size=len(told)))
    model = modelled(fact for fact, keep in zip(told, kept, strict=True) if keep)
    assert model.ledger.counts.duplicates == 0


@given(lives())
def test_no_execution_that_had_a_fact_is_lost(told: list[AnyFact]) -> None:
    counts = modelled(told).ledger.counts
    starts = {(fact.id, fact.at, fact.worker, fact.clock) for fact in told if isinstance(fact, facts.Started)}
    skips = sum(isinstance(fact, facts.Succeeded) and fact.skipped for fact in told)
    assert counts.executions >= len(starts) - skips


@settings(max_examples=30)
@given(st.integers(2, 6), st.floats(0.2, 0.9), st.randoms())
def test_where_events_are_missing_the_scores_still_count_the_deliveries(
    copies: int, lost: float, random: object
) -> None:
    telling = Telling().sent(0).payload(0.01)
    for n in range(copies):
        telling.popped(n * 5.03 + 0.01).received(n * 5.03 + 0.012, "w1")
    told = [
        fact
        for fact in telling.facts
        if not isinstance(fact, facts.Received) or random.random() > lost  # type: ignore[attr-defined]
    ]
    assert modelled(told).ledger.counts.deliveries == copies


def test_a_worker_of_the_facts_has_one_process() -> None:
    """The stories above lean on it: a hostname and a pid are one process."""
    assert len(set(PIDS.values())) == len(PIDS)
    assert Ledger().counts.as_dict() == dict.fromkeys(Ledger().counts.as_dict(), 0)
