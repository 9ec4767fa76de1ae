"""D3: a task acknowledged late that runs longer than the visibility timeout."""

from lab.experiments import signs
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import conditions, steps

SCENARIO = Scenario(
    id="D3",
    name="acks_late task running longer than the visibility timeout",
    effect="duplicate",
    expect=(
        "A task works for 13 s with acks_late, hidden for 5 s: at 5 s and at 10 s it is handed out again"
        " while it runs. Three runs of it overlap."
    ),
    why=(
        "With acks_late the message stays in unacked until the task has ended; a run longer than the"
        " visibility timeout looks like a dead worker."
    ),
    helps=(
        "A visibility timeout above the longest run time (visibility-timeout), shorter tasks, or a lock"
        " (lock)."
    ),
    setup=Setup((worker("w1"), worker("w2")), conf={"task_acks_late": True}),
    steps=(
        steps.Send(seconds=13),
        steps.Until("it runs", conditions.running),
        steps.Until("it has ended, and no copy is left", conditions.finished, 50),
    ),
    reproduced=(signs.redeliveries(1), signs.duplicates(1)),
    links=(
        "celery#5935",
        "celery#3430",
    ),
    seconds=28,
    longest_wait=13,
)
