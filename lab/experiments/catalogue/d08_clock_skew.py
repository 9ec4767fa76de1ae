"""D8: a worker whose clock is ahead by the visibility timeout or more."""

from lab.experiments import signs
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import conditions, skew, steps

SCENARIO = Scenario(
    id="D8",
    name="clock skew of the visibility timeout or more",
    effect="duplicate",
    expect=(
        "w1 holds a task due in 15 s, hidden for 60 s. w2, which serves another queue and whose clock is 70 s"
        " ahead, takes it for overdue at every sweep, so it is handed out again every second."
    ),
    why=(
        "The score in unacked_index is the clock of the worker that popped the message, and a sweep compares"
        " it with the clock of the worker that sweeps."
    ),
    helps="NTP on every worker; until then a lock (lock) keeps the copies from running.",
    setup=Setup(
        (worker("w1", hidden=60), worker("w2", hidden=60, queue="other", environment=skew.ahead(70)))
    ),
    steps=(
        steps.Send(countdown=15),
        steps.Until("w1 has taken it", conditions.received),
        steps.Until("it has run, and no copy is left", conditions.finished, 40),
    ),
    reproduced=(signs.deliveries(2), signs.duplicates(1)),
    links=("kombu/transport/redis.py:QoS.restore_visible",),
    seconds=22,
    longest_wait=15,
)
