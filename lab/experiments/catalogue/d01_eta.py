"""D1: an ETA beyond the visibility timeout."""

from lab.experiments import signs
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import conditions, steps

SCENARIO = Scenario(
    id="D1",
    name="ETA or countdown longer than the visibility timeout",
    effect="duplicate",
    expect=(
        "One task due in 28 s, hidden for 5 s: every sweep after 5 s hands it out again, six deliveries in"
        " all. At the ETA every copy runs."
    ),
    why=(
        "A worker acknowledges an ETA message only when a pool child takes it, so it waits in unacked; past"
        " the visibility timeout that looks like a dead worker, and a sweep puts it back."
    ),
    helps=(
        "A visibility timeout above the longest ETA on every app of the db (visibility-timeout), hops"
        " shorter than it (hops), a row in a database (row), or a lock (lock)."
    ),
    setup=Setup((worker("w1"), worker("w2"))),
    steps=(
        steps.Send(countdown=28),
        steps.Until("a worker has taken it", conditions.received),
        steps.Until("it has run, and no copy is left", conditions.finished, 45),
    ),
    reproduced=(signs.redeliveries(1), signs.duplicates(1)),
    links=("kombu#337", "celery#2481", "celery#7009", "celery#9882"),
    seconds=36,
    longest_wait=28,
)
