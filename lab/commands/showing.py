"""One simulated history: told, recorded, and shown on the screen.

Of the screen it knows the command line alone, for nothing of `lab` imports it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NoReturn

import click

from lab.commands.options import fail

if TYPE_CHECKING:
    from lab.experiments.simulation.run import SimulatedRun
    from lab.watch.recording.recorder import Recorder


def tell(run: SimulatedRun, record: Path | None, speed: float, *, as_json: bool) -> None:
    """Tell a history; record it, or show it where somebody looks on. Exits 1 if anything is wrong with it."""
    from lab.experiments.simulation.shrinking import shrink
    from lab.experiments.simulation.story import story

    wrong = run.validity == "invalid"
    if as_json:
        click.echo(json.dumps(as_dict(run, shrink(run) if wrong else run)))
    else:
        click.echo("\n".join(story(run)))
    if record:
        _write(run, record)
    if record and not as_json:
        click.echo(f"{record}: {len(run.facts):,} facts; python -m tui --replay {record}")
    if not as_json:
        click.echo(run.validity)
    if not as_json and not record and _has_screen():
        if wrong:
            run = shrink(run)
            click.echo("\n".join(("", "The shortest history that is as wrong, and is shown:", *story(run))))
        _show(run, speed)
    if wrong:
        sys.exit(1)


def as_dict(run: SimulatedRun, shortest: SimulatedRun) -> dict[str, Any]:
    """A history for programs: what is wrong with it, and the shortest one that is as wrong."""
    from lab.experiments.simulation.story import story

    return {
        "seed": run.plan.seed,
        "is": run.validity,
        "faults": sorted(run.plan.faults),
        "wrong": {each.checker: list(each.evidence) for each in run.wrong()},
        "shortest": list(story(shortest)),
    }


def _has_screen() -> bool:
    """Whether nothing is redirected: somebody sees it, and can press keys."""
    return all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def _show(run: SimulatedRun, speed: float) -> NoReturn:
    """Become the screen, which replays a history `speed` times as fast as it was.

    Whatever ends it, no file stays: the recording has a descriptor, and no name.
    """
    from lab.rig.workers import python_path
    from lab.watch.recording.lines import RecordingError
    from lab.watch.recording.recorder import Recorder

    try:
        with TemporaryDirectory() as folder:
            recorder = Recorder(Path(folder) / "history.jsonl", _name(run))
            descriptor = os.open(recorder.path, os.O_RDONLY)
        _take(recorder, run)
    except (OSError, RecordingError) as error:
        fail(f"It cannot be shown: {error}", 1)
    os.set_inheritable(descriptor, True)
    sys.stdout.flush()
    replay = f"--replay=/dev/fd/{descriptor}", f"--speed={speed:g}"
    # -P: a folder named tui where the program was started is not ours.
    command = [sys.executable, "-P", "-m", "tui", *replay]
    os.execve(sys.executable, command, {**os.environ, "PYTHONPATH": python_path(os.environ)})


def _write(run: SimulatedRun, path: Path) -> None:
    """Write its recording; one that cannot be written ends the program."""
    from lab.watch.recording.lines import RecordingError
    from lab.watch.recording.recorder import Recorder

    try:
        recorder = Recorder(path, _name(run))
    except RecordingError as error:
        fail(str(error))
    _take(recorder, run)


def _take(recorder: Recorder, run: SimulatedRun) -> None:
    for fact in run.facts:
        recorder.take(fact)
    recorder.close()
    if recorder.fault:
        fail(recorder.fault, 1)


def _name(run: SimulatedRun) -> str:
    """What stands in its recording in the place of a broker's URL."""
    return f"seed {run.plan.seed}, simulated"
