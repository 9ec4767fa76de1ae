"""`python -m lab judge`: a recording, and whether what the model says of it holds together."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from lab.commands.options import fail


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def judge(file: Path, as_json: bool) -> None:
    """Judge what the model makes of a recording, without knowing what really happened.

    Every redelivery must lie in the window that was foretold, the entries must be as many as the broker had,
    and the counts the sums of the accounts. Where facts are missing, that is said. Exits 0 if all of that is
    so, 1 if not, and 2 if the recording cannot be read.
    """
    from lab.experiments.simulation.judgement import worst
    from lab.experiments.simulation.judging import judge_recording
    from lab.watch.recording.lines import RecordingError
    from lab.watch.recording.reading import opened

    try:
        _, told = opened(file)
        judgements = judge_recording(told)
    except RecordingError as error:
        fail(str(error))
    if as_json:
        said = {each.checker: {"is": each.validity, "evidence": list(each.evidence)} for each in judgements}
        click.echo(json.dumps({"is": worst(judgements), **said}))
    else:
        for each in judgements:
            click.echo(f"{each.checker}: {each.validity}")
            for sentence in each.evidence:
                click.echo(f"  {sentence}")
    sys.exit(1 if worst(judgements) == "invalid" else 0)
