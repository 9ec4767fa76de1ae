"""L5: a server that evicts keys when its memory is full."""

import redis

from lab.experiments import signs
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import conditions, steps, workers


def fill_memory(client: redis.Redis) -> None:
    """Use the server as a cache too, until it is full, or refuses."""
    for n in range(2000):
        try:
            client.set(f"cache:{n}", "x" * 10_000)
        except redis.ResponseError:
            return


def remove_cache(client: redis.Redis) -> None:
    """Take the cache away again, as an operator would."""
    for key in client.scan_iter("cache:*", count=1000):
        client.delete(key)


SCENARIO = Scenario(
    id="L5",
    name="eviction: a queue is dropped for a cache",
    effect="loss",
    expect=(
        "Twenty tasks wait in their queue on a server with 6 MB and allkeys-lru, which is also used as a"
        " cache. The queue, the key that was not used for the longest, is evicted."
    ),
    why="A whole queue is one key, and with an allkeys policy the server may drop any key.",
    helps="maxmemory-policy noeviction (durable): writes are then refused when the memory is full.",
    setup=Setup(
        (), later=(worker("w1"),), server=("--maxmemory", "6mb", "--maxmemory-policy", "allkeys-lru")
    ),
    steps=(
        steps.Send(count=20),
        steps.Command("fill the server's memory with a cache", fill_memory),
        steps.Command("take the cache away", remove_cache),
        workers.Start("w1@lab"),
        steps.Allow("they run", 8, conditions.finished),
    ),
    reproduced=(signs.lost(1),),
    links=("kombu#1063",),
    seconds=14,
)
