"""D9: a worker that is frozen while it holds a message."""

from lab.experiments import signs
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import conditions, steps, workers

SCENARIO = Scenario(
    id="D9",
    name="frozen holder (a paused machine) that comes back",
    effect="duplicate",
    expect=(
        "A task is due in 5 s and hidden for 8 s, which is enough; but its holder is frozen, so the other"
        " worker gets it at 8 s and runs it. Let go, the frozen worker runs its own copy late."
    ),
    why=(
        "A frozen worker looks like a dead one, so its message is handed out again; nothing tells it so when"
        " it goes on, and its copy is still in its memory."
    ),
    helps="A lock (lock): no timeout is long enough for a machine that may be paused for any time.",
    setup=Setup((worker("w1", hidden=8), worker("w2", hidden=8))),
    steps=(
        steps.Send(countdown=5),
        steps.Until("a worker has taken it", conditions.received),
        workers.freeze(),
        steps.Allow("the other worker runs it", 20, conditions.ended()),
        workers.thaw(),
        steps.Until("no copy is left", conditions.finished, 30),
    ),
    reproduced=(signs.redeliveries(1), signs.duplicates(1)),
    links=("kombu/transport/redis.py:QoS.restore_visible",),
    seconds=16,
    longest_wait=5,
)
