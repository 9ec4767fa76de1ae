"""The foretelling: what is held against a forecast."""

from __future__ import annotations

from lab.experiments.proof.foretelling import Foretelling, Miss


def test_redeliveries_of_one_sweep_count_once() -> None:
    foretelling = Foretelling(
        30, misses=[Miss(100.0, 0.1, True), Miss(100.2, 0.3, True), Miss(200.0, -0.1, True)]
    )
    assert [miss.at for miss in foretelling.sweeps()] == [100.0, 200.0]
