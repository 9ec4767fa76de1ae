"""What the truth log says, and what counts as a duplicate or a recovery of what."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.experiments.truth import Death, TruthLog
from lab.rig.reports import WorkerExited


def log(path: Path, *lines: tuple[str, float, int, int], **more: object) -> TruthLog:
    """A truth log of lines (what, at, retries, pid), all of one message and one worker; each has `more`."""
    with path.open("a") as file:
        for what, at, retries, pid in lines:
            fields = {"what": what, "at": at, "id": "t", "retries": retries, "worker": "w1@lab", "pid": pid}
            fields |= more
            file.write(json.dumps(fields) + "\n")
    truth = TruthLog()
    truth.read(path)
    return truth


def repeats(truth: TruthLog) -> tuple[list[int], list[int]]:
    """The pids of the duplicates and of the recoveries."""
    found = truth.repeats()
    return [run.pid for run in found.duplicates], [run.pid for run in found.recoveries]


def test_a_second_run_of_an_attempt_is_a_duplicate(tmp_path: Path) -> None:
    truth = log(
        tmp_path / "t", ("start", 1, 0, 11), ("start", 2, 0, 12), ("end", 3, 0, 11), ("end", 4, 0, 12)
    )
    assert repeats(truth) == ([12], [])
    assert [run.ended for run in truth.runs] == [3, 4] and all(run.finished for run in truth.runs)


def test_a_run_that_goes_on_is_no_excuse_for_the_next_one(tmp_path: Path) -> None:
    truth = log(tmp_path / "t", ("start", 1, 0, 11), ("start", 2, 0, 12))
    assert repeats(truth) == ([12], []) and len(truth.running(10)) == 2


def test_a_retry_is_an_attempt_of_its_own(tmp_path: Path) -> None:
    truth = log(tmp_path / "t", ("start", 1, 0, 11), ("start", 2, 1, 11))
    assert repeats(truth) == ([], [])


@pytest.mark.parametrize("death", [Death(5, worker="w1@lab"), Death(5, pid=11)])
def test_a_run_after_a_death_is_a_recovery(tmp_path: Path, death: Death) -> None:
    truth = log(tmp_path / "t", ("start", 1, 0, 11), ("start", 9, 0, 12))
    truth.deaths.append(death)
    assert repeats(truth) == ([], [12])
    assert [run.pid for run in truth.running(10)] == [12]


def test_a_death_elsewhere_excuses_nothing(tmp_path: Path) -> None:
    truth = log(tmp_path / "t", ("start", 1, 0, 11), ("start", 9, 0, 12))
    truth.deaths.append(Death(5, pid=99))
    assert repeats(truth) == ([12], [])


def test_a_death_after_the_second_run_began_excuses_nothing(tmp_path: Path) -> None:
    truth = log(tmp_path / "t", ("start", 1, 0, 11), ("start", 2, 0, 12))
    truth.deaths.append(Death(5, pid=11))
    assert repeats(truth) == ([12], [])


def test_deaths_come_from_the_rig_and_a_worker_that_was_not_there_cannot_die(tmp_path: Path) -> None:
    truth = log(tmp_path / "t", ("start", 1, 0, 11), ("start", 9, 0, 12))
    absent = WorkerExited(at=4, name="w1@lab", pid=None, status=None, why="retired", restart_in=None)
    truth.hear([absent])
    assert repeats(truth) == ([12], [])
    truth.hear([WorkerExited(at=5, name="w1@lab", pid=10, status=-9, why="crashed", restart_in=0.5)])
    assert repeats(truth) == ([], [12])


def test_a_run_that_raised_has_ended_and_what_runs_after_it_is_a_duplicate(tmp_path: Path) -> None:
    truth = log(tmp_path / "t", ("start", 1, 0, 11), ("raised", 2, 0, 11), ("start", 9, 0, 12))
    # Its worker dies later: the run was over by then.
    truth.deaths.append(Death(5, worker="w1@lab"))
    assert repeats(truth) == ([12], [])
    assert truth.runs[0].finished and truth.runs[0].ended == 2


def test_a_run_after_one_that_was_handed_back_is_neither(tmp_path: Path) -> None:
    path = tmp_path / "t"
    truth = log(path, ("start", 1, 0, 11), ("handed back", 2, 0, 11), ("start", 3, 0, 11))
    assert repeats(truth) == ([], []) and not truth.runs[0].finished


def test_a_run_beside_one_that_is_handed_back_later_is_a_duplicate(tmp_path: Path) -> None:
    path = tmp_path / "t"
    truth = log(path, ("start", 1, 0, 11), ("start", 2, 0, 12), ("handed back", 3, 0, 11))
    assert repeats(truth) == ([12], [])


def test_a_run_that_killed_its_child_is_over_and_the_next_one_is_a_recovery(tmp_path: Path) -> None:
    path = tmp_path / "t"
    truth = log(path, ("start", 1, 0, 11), ("dies", 2, 0, 11), ("start", 3, 0, 12), ("end", 4, 0, 12))
    assert repeats(truth) == ([], [12]) and truth.running(10) == []
    assert not truth.runs[0].finished and truth.runs[0].ended is None


def test_where_the_worker_hands_the_message_of_a_dead_child_back_the_next_run_is_neither(
    tmp_path: Path,
) -> None:
    path = tmp_path / "t"
    truth = log(path, ("start", 1, 0, 11), ("dies", 2, 0, 11), ("start", 3, 0, 12), returned=True)
    assert repeats(truth) == ([], []) and not truth.runs[0].finished


def test_a_run_goes_on_until_its_time_limit_unless_it_ends_before(tmp_path: Path) -> None:
    truth = log(tmp_path / "t", ("start", 1, 0, 11), ("start", 1, 1, 12), ("end", 2, 1, 12), limit=5.0)
    assert [run.pid for run in truth.running(5.9)] == [11]
    assert truth.running(6) == [] and [run.finished for run in truth.runs] == [False, True]


def test_what_a_task_replaces_itself_with_is_no_second_run_of_it(tmp_path: Path) -> None:
    path = tmp_path / "t"
    log(path, ("start", 1, 0, 11), ("raised", 2, 0, 11), task="outer")
    truth = log(path, ("start", 3, 0, 12), ("end", 4, 0, 12), task="inner")
    assert repeats(truth) == ([], []) and len(truth.runs) == 2


def test_two_runs_of_one_attempt_in_a_pool_with_one_pid_both_end(tmp_path: Path) -> None:
    path = tmp_path / "t"
    truth = log(path, ("start", 1, 0, 11), ("start", 2, 0, 11), ("end", 3, 0, 11), ("end", 4, 0, 11))
    assert [run.ended for run in truth.runs] == [3, 4]


def test_a_line_that_is_not_finished_yet_waits(tmp_path: Path) -> None:
    path = tmp_path / "t"
    truth = log(path, ("start", 1, 0, 11))
    whole = '{"what": "end", "at": 2, "id": "t", "retries": 0, "worker": "w1@lab", "pid": 11}\n'
    with path.open("a") as file:
        file.write(whole[:20])
        file.flush()
        truth.read(path)
        assert truth.runs[0].ended is None
        file.write(whole[20:])
    truth.read(path)
    assert truth.runs[0].ended == 2
