"""T8: a storm of redeliveries that starves new messages."""

from lab.experiments import signs
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import conditions, steps

SCENARIO = Scenario(
    id="T8",
    name="redelivery storm: what is restored is served before what is new",
    effect="stall",
    expect=(
        "5,000 tasks due in 10 minutes, hidden for 1 s, which is less than it takes to pop them all: they"
        " are restored and popped over and over. A task that is sent now is not delivered for 15 s."
    ),
    why=(
        "A sweep puts messages at the end of the list that is served next, so overdue ones beyond what can"
        " be popped within the visibility timeout keep new ones waiting without end."
    ),
    helps="A visibility timeout above the longest ETA (visibility-timeout).",
    setup=Setup((worker("w1", hidden=1), worker("w2", hidden=1))),
    steps=(
        steps.Send(count=5000, countdown=600, quietly=True),
        steps.Allow("the storm is there", 10, conditions.redelivered),
        steps.Send(name="NEW"),
        steps.Allow("the new task runs", 20, conditions.ran(-1)),
    ),
    reproduced=(signs.redeliveries(1000), signs.stalled(15)),
    links=("kombu/transport/redis.py:QoS.restore_visible",),
    seconds=45,
    longest_wait=600,
)
