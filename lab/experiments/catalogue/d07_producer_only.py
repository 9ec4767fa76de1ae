"""D7: a visibility timeout that is set on the producer only."""

from lab.experiments import signs
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import conditions, steps

SCENARIO = Scenario(
    id="D7",
    name="visibility timeout set on the producer only: no effect",
    effect="duplicate",
    expect=(
        "The producer sends a task due in 14 s and sets a visibility timeout of an hour; the workers have"
        " 5 s. The message is handed out again as if the producer had set nothing."
    ),
    why="The timeout is not part of the message: the workers that sweep use their own setting.",
    helps="Set it on every worker of the db (visibility-timeout); `inspect stats` shows what each one has.",
    setup=Setup((worker("w1"), worker("w2")), producer={"VISIBILITY_TIMEOUT": "3600"}),
    steps=(
        steps.Send(countdown=14),
        steps.Until("a worker has taken it", conditions.received),
        steps.Until("it has run, and no copy is left", conditions.finished, 40),
    ),
    reproduced=(signs.redeliveries(1), signs.duplicates(1)),
    links=("celery#1932",),
    seconds=21,
    longest_wait=14,
)
