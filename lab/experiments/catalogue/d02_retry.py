"""D2: a retry whose countdown is beyond the visibility timeout."""

from lab.experiments import signs
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import conditions, steps

SCENARIO = Scenario(
    id="D2",
    name="retry(countdown=…) longer than the visibility timeout",
    effect="duplicate",
    expect=(
        "A task fails and asks for another attempt in 16 s, hidden for 5 s: three sweeps hand that attempt"
        " out again. The task is tried once, and its one retry runs several times."
    ),
    why=(
        "A retry with a countdown is an ETA message like any other: it waits in unacked, under the same task"
        " id with retries + 1, until its time."
    ),
    helps=(
        "A visibility timeout above the longest countdown, the growing ones of a backoff included"
        " (visibility-timeout), or a lock on (task id, retries) (lock)."
    ),
    setup=Setup((worker("w1"), worker("w2"))),
    steps=(
        steps.Send(task="lab.retry_once", seconds=16, words="send a task that asks for a retry in 16 s"),
        steps.Until("a worker has taken it", conditions.received),
        steps.Until("the retry has run, and no copy is left", conditions.finished, 45),
    ),
    reproduced=(signs.redeliveries(1), signs.duplicates(1)),
    links=(
        "kombu#337",
        "celery/app/task.py:Task.retry",
    ),
    seconds=24,
    longest_wait=16,
)
