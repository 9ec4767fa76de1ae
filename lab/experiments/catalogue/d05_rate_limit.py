"""D5: a rate limit that makes messages wait beyond the visibility timeout."""

from lab.experiments import signs
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import conditions, steps

SCENARIO = Scenario(
    id="D5",
    name="rate_limit that makes messages wait past the visibility timeout",
    effect="duplicate",
    expect=(
        "Three tasks with a rate limit of ten a minute, hidden for 5 s: the second and the third wait in the"
        " worker for longer than that. They are handed out again, and their copies wait and run in turn."
    ),
    why=(
        "The worker keeps a rate-limited message in its memory and in unacked until a token is free; that"
        " wait counts against the visibility timeout."
    ),
    helps=(
        "Limit the rate where the tasks are sent, or in the task; or a timeout above the longest wait"
        " (visibility-timeout), or a lock (lock), whose skipped copies still use up the rate."
    ),
    setup=Setup((worker("w1"),), conf={"task_annotations": {"lab.run": {"rate_limit": "10/m"}}}),
    steps=(
        steps.Send(count=3),
        steps.Until("they have run, and no copy is left", conditions.finished, 100),
    ),
    reproduced=(signs.redeliveries(1), signs.duplicates(1)),
    links=("celery/worker/consumer/consumer.py:Consumer.bucket_for_task",),
    seconds=40,
    longest_wait=18,
)
