"""The track record: a forecast that is wrong here says so."""

from __future__ import annotations

from tests.lab.watch.telling import ZERO, Telling, modelled


def hidden_for_five(sweeps: list[float], timeout: float) -> Telling:
    """A message that is put back at these times, watched by who believes in a timeout of 5 s or another."""
    told = Telling(eta=None).settings(timeout, 10, 1).online(0.1, "w1").payload(0.2).popped(0.2)
    for second in range(1, round(sweeps[-1]) + 2):
        for at in sweeps:
            if second - 1 < at <= second:
                told.swept(at - 0.1, at).popped(at + 0.005)
        told.totals(second)
    return told


def test_windows_that_held_what_they_foretold_are_right() -> None:
    record = modelled(hidden_for_five([10.0 * n + 0.1 for n in range(1, 9)], 5).facts).track_record
    assert record.judged >= 5 and record.right == record.judged and not record.unreliable


def test_windows_that_did_not_are_not_and_the_forecast_is_not_relied_on() -> None:
    record = modelled(hidden_for_five([10.0 * n + 0.1 for n in range(1, 9)], 15).facts).track_record
    assert record.judged >= 5 and record.unreliable


def test_before_enough_was_judged_nothing_is_said() -> None:
    model = modelled(Telling().settings(5).payload(1).popped(1).totals(2).facts)
    assert model.track_record.judged == 0 and not model.track_record.unreliable
    assert model.ledger.oldest(1)[0].score == ZERO + 1
