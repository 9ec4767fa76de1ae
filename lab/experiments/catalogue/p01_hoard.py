"""P1: ETA messages that a worker takes without limit."""

from lab.experiments import signs
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import conditions, steps

SCENARIO = Scenario(
    id="P1",
    name="ETA messages hoarded past the prefetch limit",
    effect="pile-up",
    expect=(
        "300 tasks due in 15 s for a worker with one pool child and a prefetch limit of 4. It takes all 300"
        " into its memory and into unacked."
    ),
    why="For every ETA message that it takes, a worker raises its prefetch limit by one, without a bound.",
    helps="worker_eta_task_limit (eta-limit); what does not fit then waits in the queue, past its ETA too.",
    setup=Setup((worker("w1", hidden=60, concurrency=1),), conf={"worker_prefetch_multiplier": 4}),
    steps=(
        steps.Send(count=300, countdown=15),
        steps.Allow("it takes them all", 10, conditions.unacked(300)),
        steps.Until("they have run", conditions.finished, 60),
    ),
    reproduced=(signs.hoarded(250),),
    links=("celery#9849",),
    seconds=25,
    longest_wait=15,
)
