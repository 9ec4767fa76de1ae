"""What became of a message, as a glyph, a word and a role."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rich.cells import cell_len

from tests.lab.watch.telling import Telling, attempts, redelivered
from tests.tui import outcomes
from tui.cells.outcome import SIGNS, outcome_pieces, poison_piece
from tui.cells.track import track

GOOD = {outcomes.succeeded: "◆ ran 1×"}
BAD = {
    redelivered: "✖ ran 3×",
    outcomes.rolled_back: "✖ ran 2×",
    outcomes.failed: "! failed",
    outcomes.time_limit: "! time limit",
    outcomes.killed_child: "† lost",
    outcomes.killed_group: "† lost",
    outcomes.popped_and_never_recorded: "† lost",
}
OTHER = {
    outcomes.fell_silent: "† lost?",
    outcomes.revoked: "– revoked",
    outcomes.expired: "– expired",
    outcomes.rejected: "– rejected",
    outcomes.ignored: "– ignored",
    outcomes.discarded: "– unknown task",
    outcomes.retried: "→ retried",
    outcomes.replaced: "→ replaced",
    outcomes.unheard: "? unknown",
    outcomes.unseen: "? unknown",
}


def drawn(told: Telling, width: int = 14) -> tuple[str, set[str]]:
    pieces = outcome_pieces(attempts(told)[0], width)
    return "".join(words for words, _ in pieces), {role for _, role in pieces}


@pytest.mark.parametrize("life", [*GOOD, *BAD, *OTHER], ids=lambda life: life.__name__)
def test_every_outcome_has_a_glyph_and_a_word(life: Callable[[], Telling]) -> None:
    words, roles = drawn(life())
    assert words == (GOOD | BAD | OTHER)[life]
    assert ("good" in roles) is (life in GOOD)


@pytest.mark.parametrize("life", [*BAD, *OTHER], ids=lambda life: life.__name__)
def test_the_end_of_a_track_has_the_good_colour_for_none_of_them(life: Callable[[], Telling]) -> None:
    if life is redelivered or life is outcomes.rolled_back:
        # Their first run was well; the last one is what matters.
        assert track(attempts(life())[0], 1e9, 40)[-1][1] == "bad"
        return
    assert all(role != "good" for _, role in track(attempts(life())[0], 1e9, 40))


def test_where_there_is_room_a_failure_says_with_what() -> None:
    assert drawn(outcomes.failed(), 26)[0] == "! failed ZeroDivisionError"
    assert drawn(outcomes.failed(), 25)[0] == "! failed"


def test_what_ran_twice_and_failed_says_both() -> None:
    told = outcomes.begun_late().failed(1, "w1").popped(61).received(61.01, "w2").started(61.1, "w2")
    told.failed(62, "w2").left(62.1)
    assert drawn(told, 26)[0] == "✖ ran 2× ! failed" and drawn(told, 14)[0] == "✖ ran 2×"


def test_a_recovery_is_no_duplicate() -> None:
    told = outcomes.begun_late().gone(0.5, "w1").popped(61).received(61.01, "w2").started(61.1, "w2")
    assert drawn(told.succeeded(62, "w2", 0.9).left(62.1)) == ("↻ recovered", {"good"})


@pytest.mark.parametrize(
    ("width", "said"), [(26, "† poison: 4 deaths, no end"), (18, "† poison: 4 deaths"), (14, "† poison 4×")]
)
def test_a_poison_message_has_no_end(width: int, said: str) -> None:
    (attempt,) = attempts(outcomes.poison())
    assert poison_piece(attempt, width) == (said, "bad")
    assert cell_len(said) <= width


def test_what_died_twice_is_no_poison_yet() -> None:
    assert poison_piece(attempts(outcomes.poison(2))[0], 30) is None


def test_of_a_run_that_was_only_handed_back_no_death_is_said() -> None:
    """For a child that dies the worker says the same as for a task that asks to be put back."""
    piece = poison_piece(attempts(outcomes.deadly_child())[0], 40)
    assert piece == ("† poison: back 4×, no end", "bad")


def test_only_what_ran_well_or_may_still_do_has_the_good_colour() -> None:
    assert {outcome for outcome, (_, role) in SIGNS.items() if role == "good"} == {"running", "succeeded"}


def test_copies_that_a_lock_stopped_are_no_runs() -> None:
    assert drawn(outcomes.behind_a_lock()) == ("◆ ran 1×", {"good"})
    assert drawn(outcomes.behind_a_lock(), 26) == ("◆ ran 1× · 5 stopped", {"good", "dim"})


def test_what_will_not_run_has_no_run_to_come() -> None:
    for life in (outcomes.revoked, outcomes.discarded, outcomes.popped_and_never_recorded):
        (attempt,) = attempts(life())
        assert track(attempt, 1e9, 20)[-1] == SIGNS[attempt.outcome]
    assert track(attempts(outcomes.poison())[0], 1e9, 20)[-1][0] == "◇"
