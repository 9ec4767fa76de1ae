"""`python -m lab`: the laboratory from the command line. One file a command; this is the group of them."""

from __future__ import annotations

import click

from lab.commands.clean import clean
from lab.commands.fire import fire
from lab.commands.flower import flower
from lab.commands.judge import judge
from lab.commands.lint import lint
from lab.commands.ls import ls
from lab.commands.matrix import matrix
from lab.commands.options import version_option
from lab.commands.proof import proof
from lab.commands.run import run
from lab.commands.scenarios import scenarios
from lab.commands.simulate import simulate
from lab.commands.up import up
from lab.commands.watch import watch
from lab.commands.whatif import whatif


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@version_option
def cli() -> None:
    """A laboratory for Celery on a Redis broker: a broker, real workers, and what becomes of a task.

    Settings come from flags, then the environment, then .env, then defaults.
    """


for command in (
    up,
    ls,
    clean,
    fire,
    watch,
    flower,
    proof,
    scenarios,
    run,
    matrix,
    whatif,
    simulate,
    judge,
    lint,
):
    cli.add_command(command)
