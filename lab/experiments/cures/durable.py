"""AOF and noeviction on the server."""

from dataclasses import replace

from lab.experiments.cure import Cure
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup

OPTIONS = ("--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction")


def change(scenario: Scenario) -> Setup:
    """The options stand last on the server's command line, so they win."""
    return replace(scenario.setup, server=(*scenario.setup.server, *OPTIONS))


CURE = Cure(
    id="durable",
    name="AOF and noeviction on the server",
    guarantees="what was written survives a restart of the server, and is not evicted",
    costs="a write to disk for each command; when the memory is full every write is refused",
    claims=("L4", "L5"),
    doubted=("L3", "L7"),
    change=change,
)
