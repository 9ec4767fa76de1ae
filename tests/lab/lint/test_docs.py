"""docs/lint.md and the rules say the same: ids, meanings, and what is said of published settings."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from celery import Celery

from lab.lint.linting import lint
from lab.lint.reader import read_app
from lab.lint.rules.index import RULES
from tests.lab.lint.published import PUBLISHED

PAGE = (Path(__file__).parents[3] / "docs" / "lint.md").read_text()


def test_every_rule_has_its_section_in_order_which_begins_with_its_meaning() -> None:
    sections = re.findall(r"^### (\S+)\n\n(.+)$", PAGE, re.MULTILINE)
    assert sections == [(rule.id, rule.meaning) for rule in RULES.values()]


@pytest.mark.parametrize(("project", "made", "ids"), [(name, *pair) for name, pair in PUBLISHED.items()])
def test_published_settings_raise_what_the_page_says(
    project: str, made: Callable[[], Celery], ids: frozenset[str]
) -> None:
    assert {finding.id for finding in lint(read_app(made()))} == ids
    [said] = re.findall(rf"^\| {re.escape(project)} \| (.*?) \| ", PAGE, re.MULTILINE)
    assert set(re.findall(r"`(.+?)`", said)) == ids


def test_the_page_has_no_project_that_is_not_tried() -> None:
    table = PAGE.split("## What it says of published settings")[1]
    assert re.findall(r"^\| (?!project|---)(.+?) \|", table, re.MULTILINE) == list(PUBLISHED)
