"""L7: a worker of celery 5.7.0 that exits when the server restarts while it holds a message."""

from lab.experiments import signs
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import conditions, steps

SCENARIO = Scenario(
    id="L7",
    name="worker exits when the server restarts while it holds a message",
    effect="loss",
    expect=(
        "A worker holds a task due in 30 s when the server is restarted. Instead of connecting again it"
        " exits, and what is sent from then on waits in its queue."
    ),
    why=(
        "Closing the lost connection restores what the worker holds, for which celery 5.7.0 asks a connection"
        " that is closed already; that AttributeError ends it. 5.6.3 and 5.4.0 survive."
    ),
    helps="A supervisor that starts it again (supervisor); what it held is lost with the server's memory.",
    setup=Setup((worker("w1", hidden=60),), supervised=False),
    steps=(
        steps.Send(countdown=30),
        steps.Until("the worker has taken it", conditions.received),
        steps.CrashServer(),
        steps.Allow("the worker ends", 10, conditions.exited("w1@lab")),
        steps.Send(name="LATER"),
        steps.Allow("what was sent after the restart runs", 12, conditions.ran(-1)),
    ),
    reproduced=(signs.died("w1@lab"), signs.stuck()),
    links=("kombu/transport/virtual/base.py:QoS.restore_unacked_once",),
    seconds=30,
    longest_wait=30,
)
