"""The outlook: a copy that is held runs before its redelivery, or it does not."""

from __future__ import annotations

import pytest

from lab.watch.model.outlook import runs_before
from tests.lab.watch.telling import ZERO, Telling, only


def held(eta: float | None = 28.0) -> Telling:
    return Telling(eta=eta).settings(60).online(-1, "w1").sent(0).received(0.1, "w1")


@pytest.mark.parametrize(
    ("redelivery", "now", "before"), [(60, 1, True), (28, 1, True), (20, 1, False), (60, 28, False)]
)
def test_it_does_if_its_eta_is_to_come_and_is_first(redelivery: float, now: float, before: bool) -> None:
    assert runs_before(only(held()), ZERO + redelivery, ZERO + now) is before


def test_without_an_eta_nobody_knows() -> None:
    assert not runs_before(only(held(eta=None)), ZERO + 60, ZERO + 1)


def test_a_copy_that_went_with_its_worker_does_not_run() -> None:
    assert not runs_before(only(held().gone(2, "w1")), ZERO + 60, ZERO + 3)
