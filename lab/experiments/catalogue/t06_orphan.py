"""T6: an entry in unacked that the index does not have."""

from lab.experiments import signs
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import conditions, steps, workers

SCENARIO = Scenario(
    id="T6",
    name="entry in unacked without its place in the index",
    effect="stall",
    expect=(
        "A worker holds a task due in 6 s when unacked_index is deleted, and is then killed. The message"
        " stays in unacked for ever: no sweep can find it."
    ),
    why="A sweep reads unacked_index only; an entry of the hash that is not in it is invisible to it.",
    helps="Requeue by hand: HVALS unacked holds the message; compare HLEN unacked with ZCARD unacked_index.",
    setup=Setup((worker("w1"), worker("w2"))),
    steps=(
        steps.Send(countdown=6),
        steps.Until("a worker has taken it", conditions.received),
        steps.Command("DEL unacked_index", lambda client: client.delete("unacked_index")),
        workers.kill(),
        steps.Allow("it comes back and runs", 20, conditions.finished),
    ),
    reproduced=(signs.orphaned(), signs.stuck()),
    links=("kombu#164",),
    seconds=24,
    longest_wait=6,
)
