"""`python -m lab lint`: what an app's settings will do at the visibility timeout, without any broker."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from lab.commands.loading import found_app, load_tasks
from lab.commands.options import fail
from lab.watch.findings.finding import SEVERITIES, Finding, Severity, at_least
from lab.watch.outputs.plurals import plural
from lab.watch.outputs.untrusted_text import LONGEST_LINE, clean

if TYPE_CHECKING:
    from lab.lint.app_settings import AppSettings

VERSION = 1
"""Of the JSON object: another number, if what stands in it changes its meaning."""


@click.command()
@click.option(
    "-A", "--app", "name", metavar="APP", required=True, help="The Celery app, such as proj.celery:app."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--ignore", multiple=True, metavar="ID[,ID…]", help="Leave these findings out; may be repeated."
)
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES),
    default=SEVERITIES[-1],
    show_default=True,
    help="Exit 1 only for findings as bad as this, or worse.",
)
def lint(name: str, as_json: bool, ignore: tuple[str, ...], fail_on: Severity) -> None:
    """Say what the settings, tasks and beat schedule of a Celery app will do at the visibility timeout.

    The app and its tasks are loaded as a worker loads them: THAT RUNS THEIR CODE, with all that it does when
    it is imported. No broker is needed, and none is connected to. Exits 0 if nothing was found, 1 if
    something was, and 2 if the app cannot be read. docs/lint.md says what each finding means.
    """
    from lab.lint.linting import lint as findings_of
    from lab.lint.linting import unknown

    ignored = _known(ignore)
    settings = _settings(name)
    findings, blind = findings_of(settings, ignored), unknown(settings)
    if as_json:
        told = {"version": VERSION, "findings": [each.as_dict() for each in findings], "unknown": list(blind)}
        click.echo(json.dumps(told))
    else:
        for line in _lines(findings, blind):
            click.echo(clean(line, LONGEST_LINE))
    sys.exit(1 if any(at_least(finding.severity, fail_on) for finding in findings) else 0)


def _known(ignore: tuple[str, ...]) -> set[str]:
    from lab.lint.rules.index import RULES

    ids = {each.strip() for given in ignore for each in given.split(",") if each.strip()}
    for each in sorted(ids - set(RULES)):
        fail(f"There is no finding {each}: they are {', '.join(RULES)}")
    return ids


def _settings(name: str) -> AppSettings:
    from lab.lint.reader import ReadingError, read_app

    # What the app prints while it is loaded is not this program's answer.
    with contextlib.redirect_stdout(sys.stderr):
        app = found_app(name)
        load_tasks(app, name)
        try:
            return read_app(app)
        except ReadingError as error:
            fail(f"The settings of the app {name} cannot be read: {error}")


def _lines(findings: tuple[Finding, ...], blind: tuple[str, ...]) -> Iterator[str]:
    for finding in findings:
        doubt = "" if finding.rests_on == "known" else f" ({finding.rests_on})"
        yield f"{finding.severity:<8}  {finding.id}{doubt}"
        yield f"    {finding.title}"
        yield f"    {finding.evidence}"
        yield f"    → {finding.advice}"
    yield "not looked at"
    for sentence in blind:
        yield f"    {sentence}"
    counts = {severity: sum(finding.severity == severity for finding in findings) for severity in SEVERITIES}
    each = ", ".join(f"{count:,} {severity}" for severity, count in counts.items() if count)
    yield f"{plural(len(findings), 'finding')}: {each}" if findings else "nothing found"
