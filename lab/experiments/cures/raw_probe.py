"""A probe past kombu: the request over plain pub/sub, the answers in a list of its own."""

from dataclasses import replace

from lab.experiments.cure import Cure
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup


def change(scenario: Scenario) -> Setup:
    """The workers are asked as this program asks them (`lab.watch.sources.inspection.pidbox`)."""
    return replace(scenario.setup, probe="raw")


CURE = Cure(
    id="raw-probe",
    name="a ping over plain Redis, without kombu",
    guarantees="no kombu consumer is opened, so the probe cannot sweep; nor has it to import Celery",
    costs="it speaks kombu's wire format, which is not a public interface: to be tried with each new version",
    claims=("D12",),
    doubted=(),
    change=change,
)
