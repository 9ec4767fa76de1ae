"""D10: a connection that drops while a task runs with acks_late."""

import redis

from lab.experiments import signs
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import conditions, steps


def kill_connections(client: redis.Redis) -> None:
    """CLIENT KILL the connections on which workers wait for messages."""
    for connection in client.client_list():
        if connection["cmd"] == "brpop":
            client.client_kill_filter(_id=connection["id"])


SCENARIO = Scenario(
    id="D10",
    name="connection drop while an acks_late task runs",
    effect="duplicate",
    expect=(
        "A task works for 6 s with acks_late, hidden for 60 s; its worker's connection is cut. The message"
        " goes back to its queue at once, with no timeout, and runs again beside the first run."
    ),
    why=(
        "On a lost connection a worker restores everything that it has not acknowledged, while its pool"
        " children work on."
    ),
    helps=(
        "A lock (lock); worker_cancel_long_running_tasks_on_connection_loss ends the first run, which then"
        " was half done."
    ),
    setup=Setup((worker("w1", hidden=60),), conf={"task_acks_late": True}),
    steps=(
        steps.Send(seconds=6),
        steps.Until("it runs", conditions.running),
        steps.Command("cut the worker's connection with CLIENT KILL", kill_connections),
        steps.Until("it has ended, and no copy is left", conditions.finished, 45),
    ),
    reproduced=(signs.requeued(), signs.duplicates(1)),
    links=("celery#4671",),
    seconds=18,
    longest_wait=6,
)
