"""Faults of the server: away, gone, come back with less, standing still, full, or somebody else's by now."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator

from bench.faulting.fault import COMPLETE, Ground, fault
from bench.faulting.server import Server

AOF = ("--appendonly", "yes", "--appendfsync", "always")


@fault("server killed, and away", "away", heals=False, direct=True)
def killed(ground: Ground) -> Iterator[None]:
    ground.server.kill()
    yield


@fault("server shut down in order, and away", "away", heals=False, direct=True)
def shut_down(ground: Ground) -> Iterator[None]:
    ground.server.signal(signal.SIGTERM)
    yield


@fault("server killed, back empty", "came back without")
def restarted_empty(ground: Ground) -> Iterator[None]:
    ground.server.kill()
    ground.server.start()
    yield


@fault("server killed, back with an older snapshot", "came back as it was")
def older_snapshot(ground: Ground) -> Iterator[None]:
    # What is held from now on is in no snapshot.
    ground.client.save()
    time.sleep(1.1)
    ground.traffic.hold(ground.client, 3)
    time.sleep(2.5)
    ground.begun = time.monotonic()
    ground.server.kill()
    ground.server.start()
    yield


@fault("server killed, back with everything (AOF)", "restarted", options=AOF)
def restarted_whole(ground: Ground) -> Iterator[None]:
    ground.server.kill()
    ground.server.start(*AOF)
    yield


@fault("server shut down in order, back with everything it saved", "restarted")
def restarted_saved(ground: Ground) -> Iterator[None]:
    ground.client.save()
    ground.server.kill()
    ground.server.start()
    yield


@fault("FLUSHALL", "data.*FLUSHALL|FLUSHALL.*data")
def flushall(ground: Ground) -> Iterator[None]:
    ground.client.flushall()
    yield


@fault("FLUSHDB", "data.*FLUSHDB|FLUSHDB.*data")
def flushdb(ground: Ground) -> Iterator[None]:
    ground.client.flushdb()
    yield


@fault("FLUSHALL, of one message that is held", "data", held=1)
def flushall_of_one(ground: Ground) -> Iterator[None]:
    ground.client.flushall()
    yield


@fault("FLUSHDB of another db", code=COMPLETE)
def flushdb_of_another(ground: Ground) -> Iterator[None]:
    ground.client.execute_command("SELECT", 3)
    ground.client.flushdb()
    ground.client.execute_command("SELECT", 0)
    yield


@fault("SWAPDB with an empty one", "data")
def swapdb(ground: Ground) -> Iterator[None]:
    ground.client.swapdb(0, 1)
    yield


@fault("DEL of unacked and its index", "data")
def deleted(ground: Ground) -> Iterator[None]:
    ground.client.delete("unacked", "unacked_index")
    yield


@fault("five messages acknowledged at once, no event tells of them", "no event tells")
def acknowledged(ground: Ground) -> Iterator[None]:
    pipe = ground.client.pipeline()
    for tag in ground.client.zrangebyscore("unacked_index", "-inf", "+inf"):
        pipe.zrem("unacked_index", tag)
        pipe.hdel("unacked", tag)
    pipe.execute()
    yield


@fault("server made a replica of an empty one", "data|replica")
def made_a_replica(ground: Ground) -> Iterator[None]:
    folder = ground.folder / "other"
    folder.mkdir()
    other = Server(folder, "--repl-diskless-sync-delay", "0")
    ground.kept.append(_Killed(other))
    ground.client.execute_command("REPLICAOF", "127.0.0.1", other.port)
    yield
    ground.client.execute_command("REPLICAOF", "NO", "ONE")


@fault("a read-only replica is watched", code=COMPLETE, at_start=True)
def replica(ground: Ground) -> Iterator[None]:
    folder = ground.folder / "replica"
    folder.mkdir()
    other = Server(folder, "--replicaof", f"127.0.0.1 {ground.server.port}")
    ground.kept.append(_Killed(other))
    ground.url = other.url
    yield


@fault("server stopped (SIGSTOP)", "half-open")
def stopped(ground: Ground) -> Iterator[None]:
    with ground.server.stopped():
        yield


@fault("server stopped for half a second", code=COMPLETE)
def stopped_briefly(ground: Ground) -> Iterator[None]:
    with ground.server.stopped():
        time.sleep(0.5)
    yield


@fault("a script that does not end (BUSY)", "BUSY|half-open", options=("--busy-reply-threshold", "200"))
def busy(ground: Ground) -> Iterator[None]:
    _in_background(ground, "EVAL", "while true do end", 0)
    yield
    ground.client.script_kill()


@fault("server busy for six seconds (DEBUG SLEEP)", "half-open")
def asleep(ground: Ground) -> Iterator[None]:
    _in_background(ground, "DEBUG", "SLEEP", 6)
    yield
    ground.client.ping()


@fault("server that loads its data (LOADING)", "loading")
def loading(ground: Ground) -> Iterator[None]:
    pipe = ground.client.pipeline()
    for n in range(2_000):
        pipe.set(f"filler-{n}", "x" * 100)
    pipe.execute()
    ground.client.save()
    ground.server.kill()
    ground.server.start(
        "--key-load-delay", "3000", "--loading-process-events-interval-bytes", "1024", ready=False
    )
    yield
    while not ground.server.answers():
        time.sleep(0.1)


@fault("memory full, nothing refused yet (maxmemory)", code=COMPLETE)
def full(ground: Ground) -> Iterator[None]:
    ground.client.config_set("maxmemory", 1)
    yield
    ground.client.config_set("maxmemory", 0)


@fault("snapshots fail, writes are refused (MISCONF)", code=COMPLETE)
def misconf(ground: Ground) -> Iterator[None]:
    ground.client.config_set("save", "3600 1")
    ground.client.config_set("stop-writes-on-bgsave-error", "yes")
    (ground.folder / "dump.rdb").unlink(missing_ok=True)
    (ground.folder / "dump.rdb").mkdir()
    ground.client.bgsave()
    yield


@fault("counters set back (CONFIG RESETSTAT)", code=COMPLETE)
def reset_counters(ground: Ground) -> Iterator[None]:
    ground.client.config_resetstat()
    yield


@fault("idle connections are closed (timeout 1)", code=COMPLETE)
def idle_closed(ground: Ground) -> Iterator[None]:
    ground.client.config_set("timeout", 1)
    yield


class _Killed:
    """A second server that is ended with the ground."""

    def __init__(self, server: Server) -> None:
        self.close = server.kill


def _in_background(ground: Ground, *command: str | int) -> None:
    """Somebody else's command, whose answer does not come soon."""
    client = type(ground.client)(port=ground.server.port, retry=None)

    def run() -> None:
        try:
            client.execute_command(*command)
        except Exception as error:
            ground.kept.append(_Ended(error))

    threading.Thread(target=run, daemon=True).start()
    time.sleep(0.3)


class _Ended:
    """How a command in the background ended; there is nothing to close."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def close(self) -> None:
        """Nothing."""
