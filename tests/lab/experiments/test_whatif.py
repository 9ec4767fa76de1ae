"""What-if agrees with runs that were measured."""

from __future__ import annotations

import pytest

from lab.experiments.whatif import whatif


@pytest.mark.parametrize("eta", [28, 29, 30])
@pytest.mark.parametrize("workers", [1, 2])
def test_sixty_of_sixty_messages_ran_six_times(eta: int, workers: int) -> None:
    answer = whatif(eta, 5, workers, sweep=1)
    assert (answer.least, answer.most) == (6, 6)


def test_at_an_eta_of_25_it_was_five_times() -> None:
    answer = whatif(25, 5, 1, sweep=1)
    assert (answer.least, answer.most) == (5, 5)


@pytest.mark.parametrize(("workers", "measured"), [(1, 3), (2, 5)])
def test_the_default_sweep(workers: int, measured: int) -> None:
    answer = whatif(215, 8, workers)
    assert answer.least <= measured <= answer.most


def test_the_seed_ran_twice() -> None:
    answer = whatif(120, 5, 2)
    assert answer.least <= 2 <= answer.most
    # Received at 0 and at 87.5 s.
    assert answer.copies[0].latest == 0
    assert answer.copies[1].earliest <= 87.5 <= answer.copies[1].latest


def test_two_hours_with_the_default_timeout_is_two_runs() -> None:
    answer = whatif(7200, 3600, 8)
    assert (answer.least, answer.most) == (2, 2)
    assert 3600 <= answer.copies[1].earliest <= answer.copies[1].latest <= 3600 + 101


@pytest.mark.parametrize("eta", [0, 9.5, 120, 7200])
@pytest.mark.parametrize("workers", [1, 8])
@pytest.mark.parametrize("sweep", [1, 100])
def test_the_smallest_timeout_makes_it_one_whatever_the_phases(
    eta: float, workers: int, sweep: float
) -> None:
    smallest = whatif(eta, 5, workers, sweep).smallest_timeout
    assert smallest > eta
    assert whatif(eta, smallest, workers, sweep).most == 1


def test_a_timeout_below_the_eta_does_not() -> None:
    assert whatif(120, 119, 1, sweep=1).most > 1


def test_more_workers_never_mean_fewer_runs_at_most() -> None:
    most = [whatif(300, 20, workers).most for workers in (1, 2, 4, 8)]
    assert most == sorted(most)


def test_a_tiny_timeout_is_counted_only_so_far() -> None:
    assert whatif(31_536_000, 1, 1, sweep=1).endless
