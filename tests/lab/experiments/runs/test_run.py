"""A scenario runs on real workers to its verdict, and whatever happens leaves nothing behind."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import pytest

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
        tally = verdict.tally
        assert tally.sent == 1 and tally.lost == 0
        assert tally.deliveries == tally.executions == tally.duplicates + 1 == 2
        assert verdict.forecast and (verdict.forecast.least, verdict.forecast.happened) == (2, 2)
        assert len(verdict.evidence) == len(QUICK.reproduced)
        assert verdict.doubts == ()
        kinds = [line.kind for line in running.log]
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
        tally = verdict.tally
        assert (tally.executions, tally.duplicates, tally.lost) == (1, 0, 0)
        assert tally.stalled_s < 3
    finally:
        running.close()


@pytest.mark.parametrize(
    ("cure", "evidence"),
    [
        (None, "3 messages were put back by connection "),
        ("probe-with-app", "0 messages were put back by connection "),
        ("no-ack-emulation", "no connection of the probe swept"),
        ("raw-probe", "no connection of the probe swept"),
    ],
)
def test_a_bare_probe_puts_back_what_the_workers_hold_and_a_cured_one_does_not(
    cure: str | None, evidence: str
) -> None:
    scenario = SCENARIOS["D12"]
    # What runs at the ETA, and how often, is the story of every redelivery: it is not waited for.
    scenario = dataclasses.replace(scenario, steps=scenario.steps[:-1])
    running = ScenarioRun(scenario, CURES[cure] if cure else None)
    try:
        wait_until(lambda: ended(running), 60)
        assert running.verdict and running.verdict.evidence, running.verdict
        assert running.verdict.evidence[0].startswith(evidence)
        assert any("2 pong" in line.text for line in running.log)
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
