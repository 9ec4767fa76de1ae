"""D6: two apps with different visibility timeouts on one db."""

from lab.experiments import signs
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import conditions, steps

SCENARIO = Scenario(
    id="D6",
    name="two apps on one db: the smallest visibility timeout wins",
    effect="duplicate",
    expect=(
        "w1 holds a task due in 24 s and hides it for 60 s. w2 serves another queue, hides for 5 s, and hands"
        " w1's message out again all the same."
    ),
    why=(
        "unacked and its index are shared by all apps and queues of a db, and a sweep restores what is older"
        " than the sweeper's own visibility timeout."
    ),
    helps="A db or a global_keyprefix for each app (own-prefix), or the same high timeout on all of them.",
    setup=Setup((worker("w1", hidden=60), worker("w2", queue="other"))),
    steps=(
        steps.Send(countdown=24),
        steps.Until("w1 has taken it", conditions.received),
        steps.Until("it has run, and no copy is left", conditions.finished, 45),
    ),
    reproduced=(signs.redeliveries(1), signs.duplicates(1)),
    links=("kombu/transport/redis.py:QoS.restore_visible",),
    seconds=32,
    longest_wait=24,
)
