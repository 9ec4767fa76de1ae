"""A scenario runs on real workers to its verdict, and whatever happens leaves nothing behind."""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from lab.commands.experiments import matrix, run, scenarios, whatif
from lab.experiments import signs
from lab.experiments.catalogue.index import SCENARIOS
from lab.experiments.cures.index import CURES
from lab.experiments.runs.run import ScenarioRun
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import conditions, steps
from lab.rig import registry
from tests.waiting import living, wait_until

QUICK = Scenario(
    id="D1",
    name="a small D1",
    effect="duplicate",
    expect="Two deliveries. Two runs.",
    why="It waits for longer than it is hidden.",
    helps="A lock (lock).",
    setup=Setup((worker("w1", hidden=2, concurrency=1),)),
    steps=(
        steps.Send(countdown=4),
        steps.Until("a worker has taken it", conditions.received),
        steps.Until("it has run, and no copy is left", conditions.finished, 30),
    ),
    reproduced=(signs.redeliveries(1), signs.duplicates(1)),
    links=("kombu#337",),
    seconds=8,
    longest_wait=4,
)


def ended(running: ScenarioRun) -> bool:
    running.look()
    return running.done


def groups(running: ScenarioRun) -> list[int | None]:
    assert running.rig is not None
    state = running.rig.state
    return [state.keeper_pid, state.server_pid, *(one.pid for one in state.workers)]


def test_it_ends_with_a_verdict_that_the_truth_log_bears_out() -> None:
    running = ScenarioRun(QUICK)
    try:
        places = []
        longest = 0.0

        def over() -> bool:
            nonlocal longest
            began = time.monotonic()
            running.look()
            longest = max(longest, time.monotonic() - began)
            places.append(running.step)
            return running.done

        wait_until(over, 60)
        verdict = running.verdict
        assert verdict and verdict.word == "reproduced"
        counts = verdict.counts
        assert counts.sent == 1 and counts.lost == 0
        assert counts.deliveries == counts.executions == counts.duplicates + 1 == 2
        assert verdict.forecast and (verdict.forecast.least, verdict.forecast.happened) == (2, 2)
        assert len(verdict.evidence) == len(QUICK.reproduced)
        assert verdict.doubts == ()
        kinds = [line.kind for line in running.story]
        assert kinds[0] == "expect" and kinds[-2:] == ["why", "helps"]
        assert {"step", "sent", "delivery", "redelivery", "execution", "duplicate", "forecast"} <= set(kinds)
        assert places == sorted(places) and {0, 3} <= set(places)
        assert {stage.place for stage in running.stages} == {"done"}
        assert longest < 1.0, "a look blocks for too long"
    finally:
        running.close()
    assert running.closed and registry.alive() == []


@pytest.mark.parametrize("cure", ["visibility-timeout", "lock", "hops", "row"])
def test_a_cure_makes_it_one_execution(cure: str) -> None:
    running = ScenarioRun(QUICK, CURES[cure])
    try:
        wait_until(lambda: ended(running), 60)
        verdict = running.verdict
        assert verdict and (verdict.word, verdict.cure) == ("not reproduced", cure), verdict
        assert (verdict.counts.executions, verdict.counts.duplicates, verdict.counts.lost) == (1, 0, 0)
        assert verdict.counts.stalled_s < 3
    finally:
        running.close()


def test_stopping_in_the_middle_leaves_nothing() -> None:
    running = ScenarioRun(QUICK)
    wait_until(lambda: not ended(running) and running.step == 3, 30, "the last step")
    assert [stage.place for stage in running.stages] == ["done", "done", "done", "current"]
    pids = groups(running)
    folder = Path(running.rig.state.folder or "") if running.rig else None
    assert folder and folder.exists()
    began = time.monotonic()
    running.stop()
    assert time.monotonic() - began < 0.5, "stop blocks"
    assert running.done and running.verdict and running.verdict.word == "stopped"
    wait_until(lambda: (running.look(), running.closed)[1], 15)
    assert living(pids) == [] and not folder.exists() and registry.alive() == []
    running.close()


def test_a_step_that_cannot_be_done_is_a_failure_and_not_a_verdict_on_the_mode() -> None:
    impossible = steps.Until("pigs fly", lambda _: False, 0.2)
    running = ScenarioRun(
        dataclasses.replace(QUICK, setup=Setup((), later=(worker("w1"),)), steps=(impossible,))
    )
    try:
        wait_until(lambda: ended(running), 30)
        assert running.verdict and running.verdict.word == "failed"
        assert "pigs fly" in running.verdict.why and "\n" not in running.verdict.why
    finally:
        running.close()


def test_what_is_not_installed_is_one_line() -> None:
    running = ScenarioRun(dataclasses.replace(QUICK, needs="no_such_package"))
    assert running.done and running.closed and running.look().accounts == ()
    assert running.verdict and running.verdict.word == "skipped"
    assert running.verdict.why.startswith("needs no_such_package")
    running.close()


def test_the_list_has_every_scenario_in_one_line() -> None:
    lines = CliRunner().invoke(scenarios).output.splitlines()
    for name in SCENARIOS:
        assert sum(line.split()[:1] == [name] for line in lines) == 1


@pytest.mark.parametrize("arguments", [["D99"], ["D1", "--with", "lok"]])
def test_a_bad_id_is_one_line_that_lists_what_is_near(arguments: list[str]) -> None:
    result = CliRunner().invoke(run, arguments)
    assert result.exit_code == 2 and len(result.output.splitlines()) == 1 and "near" in result.output


def test_whatif_says_the_runs_and_the_smallest_timeout() -> None:
    told = ["--eta", "7200", "--visibility-timeout", "3600", "--workers", "8"]
    answer = json.loads(CliRunner().invoke(whatif, [*told, "--json"]).output)
    assert (answer["least"], answer["most"], answer["smallest_timeout"]) == (2, 2, 7201)
    assert "2×" in CliRunner().invoke(whatif, told).output


def test_the_matrix_takes_up_what_was_kept(tmp_path: Path) -> None:
    from lab.experiments import matrix as table

    file = tmp_path / "results.jsonl"
    results = table.Results(file)
    for cell in table.cells(["L2"]):
        results.add(cell, {"scenario": "L2", "cure": cell.cure, "verdict": "not reproduced", "seconds": 1})
    with file.open("a") as lines:
        lines.write('{"scenario": "L2", "verd')
    again = table.Results(file)
    assert table.left(table.cells(["L2"]), again) == 0
    assert all(again.of(cell) for cell in table.cells(["L2"]))
    shown = CliRunner().invoke(matrix, ["--only", "l2", "--json", "--show", "--results", str(file)])
    assert json.loads(shown.output)["results"][0]["versions"] == table.versions()


def test_a_stopped_cell_is_run_again(tmp_path: Path) -> None:
    from lab.experiments import matrix as table

    results = table.Results(tmp_path / "results.jsonl")
    cell = table.Cell("L2", None)
    results.add(cell, {"scenario": "L2", "cure": None, "verdict": "failed"})
    assert results.of(cell) is None
