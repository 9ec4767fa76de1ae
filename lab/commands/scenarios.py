"""`python -m lab scenarios`: the catalogue as a list."""

from __future__ import annotations

import click


@click.command()
def scenarios() -> None:
    """List every failure mode, by what it does to a task."""
    from lab.experiments.catalogue.index import SCENARIOS
    from lab.experiments.cures.index import CURES
    from lab.experiments.scenario import EFFECTS

    for effect in EFFECTS:
        click.echo(effect)
        for scenario in SCENARIOS.values():
            if scenario.effect == effect:
                extra = f" (needs {scenario.needs})" if scenario.needs else ""
                click.echo(f"  {scenario.id:<4} {scenario.name}{extra}  ~{scenario.seconds} s")
    click.echo("cures")
    for cure in CURES.values():
        click.echo(f"  {cure.id:<19} {cure.name}; for {', '.join(cure.claims)}")
    click.echo("run one: python -m lab run D1, with a cure: python -m lab run D1 --with lock")
