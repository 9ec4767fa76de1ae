"""Faults of what the server permits: passwords, users, commands, connections, and how much it keeps."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.faulting.fault import COMPLETE, NOT_WATCHED, Doing, Ground, fault

RIGHTS = ("resetchannels", "&/0.celeryev/*", "-@all", "+@read", "+@connection", "+psubscribe")
RIGHTS += ("+info", "+time", "+client|list")
"""What suffices for everything but `--ask`."""

PASSWORD = ("--requirepass", "secret")


def as_few(ground: Ground, *rights: str) -> None:
    """Have it watched by a user with few rights, and these besides."""
    ground.client.execute_command("ACL", "SETUSER", "few", "reset", "on", ">pw", "~*", *RIGHTS, *rights)
    ground.url = ground.proxy.url.replace("://", "://few:pw@")


@fault("a password is asked for, and none given", "NOAUTH", NOT_WATCHED, at_start=True, heals=False)
def noauth(ground: Ground) -> Iterator[None]:
    ground.client.config_set("requirepass", "secret")
    yield


@fault("a wrong password", "WRONGPASS", NOT_WATCHED, at_start=True, heals=False)
def wrongpass(ground: Ground) -> Iterator[None]:
    ground.client.config_set("requirepass", "secret")
    ground.url = ground.proxy.url.replace("://", "://:wrong@")
    yield


@fault("a password is set meanwhile, and everybody cut off", "NOAUTH")
def password_set(ground: Ground) -> Iterator[None]:
    ground.client.config_set("requirepass", "secret")
    ground.proxy.cut()
    yield
    ground.client.execute_command("AUTH", "secret")
    ground.client.config_set("requirepass", "")


@fault("a user with few rights that suffice", code=COMPLETE, at_start=True)
def few_rights(ground: Ground) -> Iterator[None]:
    as_few(ground)
    yield


@fault("a user with no right at all", "NOPERM", NOT_WATCHED, at_start=True, heals=False)
def no_rights(ground: Ground) -> Iterator[None]:
    ground.client.execute_command("ACL", "SETUSER", "few", "reset", "on", ">pw")
    ground.url = ground.proxy.url.replace("://", "://few:pw@")
    yield


def without(command: str, says: str, unknown: str, **more: object) -> Doing:
    """A user who may not send this one."""

    def do(ground: Ground) -> Iterator[None]:
        as_few(ground, f"-{command}")
        yield

    code = {} if says else {"code": COMPLETE}
    name = f"NOPERM of {command.upper().replace('|', ' ')}"
    return fault(name, says, at_start=True, unknown=unknown, **code, **more)(do)  # type: ignore[arg-type]


without("psubscribe", "NOPERM.*psubscribe", "", heals=False)
without("client|setname", "", "")
without("client|list", "", "who sweeps.*NOPERM.*client|list")
without("client|id", "", "who sweeps.*NOPERM.*client|id")
without("info", "", "which server process.*NOPERM.*info")
without("time", "", "clock.*NOPERM.*time")
without("zmscore", "", "")
without("zcard", "NOPERM.*zcard", "popped")
without("zrangebyscore", "NOPERM.*zrangebyscore", "popped")
without("zcount", "NOPERM.*zcount", "popped")
without("hlen", "", "how many messages are unacked.*NOPERM.*hlen")
without("hstrlen", "NOPERM.*hstrlen", "which task")
without("hmget", "NOPERM.*hmget", "which task")
without("exists", "", "mutex.*NOPERM.*exists")
without("llen", "", "how many messages wait.*NOPERM.*llen")
without("ping", "", "")
without("scan", "", "")
without("select", "", "")


@fault("no channel may be heard", "NOPERM", at_start=True, heals=False)
def no_channel(ground: Ground) -> Iterator[None]:
    as_few(ground, "resetchannels", "&other")
    yield


@fault("rights to the index are taken away meanwhile", "NOPERM.*unacked_index|NOPERM.*key")
def key_taken_away(ground: Ground) -> Iterator[None]:
    ground.client.execute_command(
        "ACL", "SETUSER", "default", "resetkeys", "~unacked", "~celery*", "~_kombu*"
    )
    yield
    ground.client.execute_command("ACL", "SETUSER", "default", "allkeys")


@fault("the right to PSUBSCRIBE is taken away, and everybody cut off", "NOPERM.*psubscribe", heals=False)
def psubscribe_taken_away(ground: Ground) -> Iterator[None]:
    ground.client.execute_command("ACL", "SETUSER", "default", "-psubscribe")
    ground.proxy.cut()
    yield


@fault("the connection of events is killed (CLIENT KILL)", "events: cut off")
def events_killed(ground: Ground) -> Iterator[None]:
    ground.client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    yield


@fault("every other connection is killed (CLIENT KILL): nothing is lost", code=COMPLETE)
def others_killed(ground: Ground) -> Iterator[None]:
    ground.client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    yield


@fault("cut off as too slow (client-output-buffer-limit)", "cut off as too slow")
def too_slow(ground: Ground) -> Iterator[None]:
    ground.client.config_set("client-output-buffer-limit", "pubsub 32kb 8kb 60")
    pipe = ground.client.pipeline()
    for _ in range(5_000):
        pipe.publish("/0.celeryev/task.noise", b"x" * 8_000)
    pipe.execute()
    yield
    ground.client.config_set("client-output-buffer-limit", "pubsub 32mb 8mb 60")


@fault("no room for another connection (maxclients)", "room")
def maxclients(ground: Ground) -> Iterator[None]:
    ground.client.ping()
    ground.client.config_set("maxclients", 1)
    ground.proxy.cut()
    yield
    ground.client.config_set("maxclients", 10_000)


@fault("CLIENT PAUSE for five seconds", "half-open")
def paused(ground: Ground) -> Iterator[None]:
    ground.client.execute_command("CLIENT", "PAUSE", 5_000, "ALL")
    yield
    time.sleep(2.0)


@fault(
    "a server that knows no ZMSCORE and no CLIENT SETNAME",
    code=COMPLETE,
    options=("--rename-command", "ZMSCORE", ""),
)
def old_server(ground: Ground) -> Iterator[None]:
    yield
