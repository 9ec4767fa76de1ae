"""A row in a database with a beat: see `lab.app.cures.row`."""

from dataclasses import replace

from lab.app.cures import row
from lab.experiments.cure import Cure
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup


def change(scenario: Scenario) -> Setup:
    """Tasks with a countdown are rows, which a beat inside the first worker sends when they are due."""
    setup = scenario.setup
    beat = {"rows": {"task": row.NAME, "schedule": 1.0}}
    conf = {**setup.conf, "imports": ["lab.app.cures.row"], "beat_schedule": beat}
    workers = tuple(
        replace(spec, options=[*spec.options, "-B"]) if n == 0 else spec
        for n, spec in enumerate(setup.workers)
    )
    return replace(setup, delay="row", conf=conf, workers=workers)


CURE = Cure(
    id="row",
    name="a row in a database, sent by a beat when it is due",
    guarantees="no message waits for an ETA; the wait survives the broker and can be cancelled",
    costs="a poll every second, and a second more of delay; from the sending on, a message like any other",
    claims=("D1", "D7"),
    doubted=("D2",),
    change=change,
)
