"""L3: a worker that dies between popping a message and recording it."""

from lab.experiments import signs
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import conditions, steps, workers

SCENARIO = Scenario(
    id="L3",
    name="worker dies between BRPOP and the record in unacked",
    effect="loss",
    expect=(
        "A frozen worker still waits in BRPOP, so the server gives it the message that is sent now; then it"
        " is killed. The message was sent, is in no queue and not in unacked, and was received by nobody."
    ),
    why="The pop and the entry in unacked are two commands: between them the message is in a socket only.",
    helps="An outbox: keep what was sent in a database until the task has confirmed it (row, in part).",
    setup=Setup((worker("w1"),)),
    steps=(
        # After a message the next BRPOP begins anew, and lasts a second.
        steps.Send(name="FIRST"),
        steps.Until("the worker has run it", conditions.began(1)),
        workers.freeze("w1@lab"),
        steps.Send(name="LOST"),
        steps.Allow("the message is nowhere", 5, conditions.taken),
        workers.kill("w1@lab"),
        steps.Allow("it comes back and runs to its end", 12, conditions.finished),
    ),
    reproduced=(signs.lost(),),
    links=("kombu#305", "celery#7950"),
    seconds=20,
)
