"""D4: messages prefetched behind a long task."""

from lab.experiments import signs
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import conditions, steps

SCENARIO = Scenario(
    id="D4",
    name="messages prefetched behind a long task",
    effect="duplicate",
    expect=(
        "Five tasks of 4 s for one pool child, which takes four more messages than it runs: those wait past"
        " the 5 s that they are hidden for. They are handed out again although none is late by itself."
    ),
    why=(
        "A prefetched message stands in unacked while it waits for a pool child, also with early"
        " acknowledgement; the wait counts against the visibility timeout."
    ),
    helps="worker_disable_prefetch (no-prefetch), or a timeout above the wait (visibility-timeout).",
    setup=Setup((worker("w1", concurrency=1),), conf={"worker_prefetch_multiplier": 4}),
    steps=(
        steps.Send(count=5, seconds=4),
        steps.Until("they have run, and no copy is left", conditions.finished, 100),
    ),
    reproduced=(signs.redeliveries(1), signs.duplicates(1)),
    links=("kombu/transport/virtual/base.py:QoS.can_consume",),
    seconds=55,
    longest_wait=20,
)
