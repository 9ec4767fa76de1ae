"""L4: a server that is restarted and kept nothing."""

from lab.experiments import signs
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import conditions, steps, workers

SCENARIO = Scenario(
    id="L4",
    name="server restart without persistence",
    effect="loss",
    expect=(
        "Five tasks wait in their queue while the server is killed and started again. It comes back empty,"
        " and the worker that then starts has nothing to do."
    ),
    why="Queues and unacked are keys like any other: without AOF they are in the server's memory only.",
    helps="AOF and noeviction on the server (durable).",
    setup=Setup((), later=(worker("w1"),)),
    steps=(
        steps.Send(count=5),
        steps.CrashServer(),
        workers.Start("w1@lab"),
        steps.Allow("they run", 8, conditions.finished),
    ),
    reproduced=(signs.lost(1),),
    links=("celery#1307",),
    seconds=14,
)
