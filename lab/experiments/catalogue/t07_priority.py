"""T7: a message of low priority that starves behind others."""

from lab.experiments import signs
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import conditions, steps, workers

SCENARIO = Scenario(
    id="T7",
    name="priority starvation",
    effect="stall",
    expect=(
        "A task with priority 9, the lowest on Redis, is sent first, then 17 with priority 0; one pool child"
        " serves them. What was sent first runs last."
    ),
    why=(
        "A queue is one list for each priority step, and BRPOP takes from the first list that is not empty:"
        " a lower one is served only when all above are empty."
    ),
    helps="Queues, and workers, of their own for what must not starve.",
    setup=Setup((), later=(worker("w1", concurrency=1),), conf={"worker_prefetch_multiplier": 1}),
    steps=(
        steps.Send(priority=9, seconds=0.5, name="LOW"),
        steps.Send(count=17, priority=0, seconds=0.5, name="HIGH"),
        workers.Start("w1@lab"),
        steps.Until("all have run", conditions.finished, 60),
    ),
    reproduced=(signs.ran_last(), signs.stalled(6)),
    links=("celery#4028",),
    seconds=20,
)
