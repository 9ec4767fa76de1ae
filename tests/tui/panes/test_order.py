"""The order of the attempts."""

from __future__ import annotations

import random

from tests.lab.watch.telling import Telling, modelled
from tui.panes.order import MessageOrder


def message(id: str, eta: float, ran: bool) -> Telling:
    told = Telling(id=id, tag=id, eta=eta).sent(0).payload(0.1).popped(0.1).received(0.2, "w1")
    return told.started(eta, "w1").succeeded(eta + 0.1, "w1", 0.1).left(eta + 0.2) if ran else told


def test_waiting_ones_first_by_eta_then_finished_ones_newest_first() -> None:
    told = [("late", 50.0, False), ("soon", 10.0, False), ("first", 3.0, True), ("last", 8.0, True)]
    model = modelled(fact for each in told for fact in message(*each).facts)
    order = MessageOrder()
    order.take(model.ledger.accounts.values(), model.ledger.accounts)
    assert [order.key(n)[0] for n in range(len(order))] == ["soon", "late", "last", "first"]
    assert order.waiting == 2


def test_it_stays_right_however_much_changes() -> None:
    chance, order = random.Random(7), MessageOrder()
    model = modelled([])
    for n in range(300):
        eta, ran = chance.uniform(1, 60), chance.random() < 0.5
        for fact in message(f"m{chance.randrange(60)}", eta, ran).facts:
            model.apply(fact)
        order.take(model.settle(), model.ledger.accounts)
        if n % 50 == 49:
            for task_id in list(model.ledger.accounts)[:5]:
                model.ledger._histories.forget(task_id)
            order.take([], model.ledger.accounts)
        assert {order.key(i)[0] for i in range(len(order))} == set(model.ledger.accounts)
        assert all(order.find(order.key(i)) == i for i in range(len(order)))
