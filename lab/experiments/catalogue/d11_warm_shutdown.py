"""D11: the warm shutdown of a worker whose messages have moved to another one."""

from lab.experiments import signs
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import conditions, steps, workers

SCENARIO = Scenario(
    id="D11",
    name="warm shutdown takes back what another worker holds",
    effect="duplicate",
    expect=(
        "Twenty tasks are due in 16 s and hidden for 8 s, so some move from w1 to w2 while w1 keeps its"
        " copies. At a SIGTERM w1 hands all of them back, also those that w2 holds by now, and they are"
        " delivered once more."
    ),
    why=(
        "The delivery tag of a message is the same at every delivery, so what a worker restores at shutdown"
        " by its own tags is the live entry of another worker."
    ),
    helps="A visibility timeout above the longest ETA (visibility-timeout): then no copy ever moves.",
    setup=Setup((worker("w1", hidden=8), worker("w2", hidden=8))),
    steps=(
        steps.Send(count=20, countdown=16),
        steps.Until("a worker has taken the first", conditions.received),
        steps.Allow("some move to the other worker", 12, conditions.moved),
        workers.terminate("w1@lab"),
        steps.Until("they have run, and no copy is left", conditions.finished, 45),
    ),
    reproduced=(signs.taken_back(),),
    links=("kombu/transport/virtual/base.py:QoS.restore_unacked_once",),
    seconds=26,
    longest_wait=16,
)
