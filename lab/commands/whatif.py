"""`python -m lab whatif`: how often a task would run with other settings."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from lab.commands.options import FiniteRange
from lab.settings import LIMITS

if TYPE_CHECKING:
    from lab.experiments.whatif import WhatIf

COPIES_SHOWN = 20


@click.command()
@click.option(
    "--eta", type=FiniteRange(*LIMITS["eta_seconds"]), required=True, help="Seconds until it is due."
)
@click.option(
    "--visibility-timeout",
    type=click.IntRange(*LIMITS["visibility_timeout"]),
    required=True,
    metavar="SECONDS",
)
@click.option("--workers", type=click.IntRange(1, 1000), default=1, show_default=True)
@click.option(
    "--sweep",
    type=FiniteRange(1, 1_000_000),
    default=100.0,
    show_default=True,
    help="Seconds between two sweeps of one worker: unacked_restore_interval times unacked_restore_throttle.",
)
@click.option("--json", "as_json", is_flag=True)
def whatif(eta: float, visibility_timeout: int, workers: int, sweep: float, as_json: bool) -> None:
    """Say how often a task would run with these settings, and when each copy is armed; runs nothing."""
    from lab.experiments.whatif import whatif as ask

    answer = ask(eta, visibility_timeout, workers, sweep)
    click.echo(json.dumps(answer.as_dict()) if as_json else "\n".join(_lines(answer)))


def _lines(answer: WhatIf) -> Iterable[str]:
    runs = f"{answer.least:,}" if answer.least == answer.most else f"{answer.least:,} to {answer.most:,}"
    more = " or more" if answer.endless else ""
    yield f"runs      {runs}×{more} (the range is over when the workers happened to start)"
    for n, copy in enumerate(answer.copies[:COPIES_SHOWN], 1):
        when = _span(copy.earliest)
        if copy.earliest != copy.latest:
            when += f" to {_span(copy.latest)}"
        doubt = "" if copy.certain else "   perhaps"
        yield f"copy {n:<4} armed after {when}{doubt}"
    if len(answer.copies) > COPIES_SHOWN:
        yield f"          and {len(answer.copies) - COPIES_SHOWN:,} more"
    yield (
        f"once      with a visibility timeout of {answer.smallest_timeout:,} s or more on every worker of"
        " the db: above the ETA, plus the longest wait for a worker"
    )


def _span(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    if hours:
        return f"{hours} h {minutes:02d} min {rest:02.0f} s"
    return f"{minutes} min {rest:02.0f} s" if minutes else f"{rest:.1f} s"
