"""Every scenario is declared whole, and its cures are pure changes of its setup."""

from __future__ import annotations

import dataclasses
import re

import pytest

from lab.experiments.catalogue.index import SCENARIOS
from lab.experiments.cure import Cure
from lab.experiments.cures.index import CURES
from lab.experiments.scenario import EFFECTS, Scenario

SEEN = {
    *(f"D{n}" for n in range(1, 13)),
    *("L1", "L2", "L3", "L4", "L5", "L7"),
    *("T1", "T2", "T5", "T6", "T7", "T8"),
    "P1",
}
"""Every failure mode that was seen on real workers."""


def test_every_failure_mode_that_was_seen_is_in_the_catalogue() -> None:
    assert set(SCENARIOS) == SEEN


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=str)
def test_a_scenario_says_everything_about_itself(scenario: Scenario) -> None:
    assert scenario.effect in EFFECTS
    assert scenario.name and scenario.why.endswith(".") and scenario.helps
    assert 1 <= len(re.findall(r"\.(?:\s|$)", scenario.expect)) <= 3
    assert scenario.links and all(
        re.fullmatch(r"(celery|kombu)(#\d+|/[\w/]+\.py:[\w.]+)", link) for link in scenario.links
    )
    assert scenario.reproduced and all(sign.says for sign in scenario.reproduced)
    assert scenario.steps and all(step.says for step in scenario.steps)
    assert scenario.seconds <= 60 or scenario.id == "T1"


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=str)
def test_a_hint_at_a_cure_names_one_that_claims_it(scenario: Scenario) -> None:
    for name in re.findall(r"\(([a-z]+(?:-[a-z]+)*)\)", scenario.helps):
        assert scenario.id in CURES[name].claims or scenario.id in CURES[name].doubted, name


@pytest.mark.parametrize("cure", CURES.values(), ids=lambda cure: cure.id)
def test_a_cure_says_what_it_guarantees_and_what_it_costs(cure: Cure) -> None:
    assert cure.guarantees and cure.costs and cure.claims
    assert set(cure.claims) | set(cure.doubted) <= set(SCENARIOS)
    assert not set(cure.claims) & set(cure.doubted)
    assert "exactly" not in f"{cure.name} {cure.guarantees} {cure.costs}".lower()


@pytest.mark.parametrize("cure", CURES.values(), ids=lambda cure: cure.id)
def test_a_cure_changes_the_setup_of_what_it_claims_and_nothing_else(cure: Cure) -> None:
    for name in (*cure.claims, *cure.doubted):
        scenario = SCENARIOS[name]
        before = dataclasses.replace(scenario)
        cured = cure.applied(scenario)
        assert scenario == before
        assert dataclasses.replace(cured, setup=scenario.setup) == scenario
        if name in cure.claims:
            assert cured.setup != scenario.setup


def test_a_raised_timeout_is_above_every_wait_it_claims_to_cover() -> None:
    cure = CURES["visibility-timeout"]
    for name in cure.claims:
        assert cure.applied(SCENARIOS[name]).setup.hidden > SCENARIOS[name].longest_wait


def test_hops_are_shorter_than_the_timeout() -> None:
    setup = CURES["hops"].applied(SCENARIOS["D1"]).setup
    assert 0 < setup.hop < setup.hidden
