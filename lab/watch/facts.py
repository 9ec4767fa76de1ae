"""The vocabulary: every fact there is about a broker and its workers.

A fact is frozen, carries the time it is about (`at`, Unix seconds on the clock of whoever said so) and the
time it was learned (`seen`, Unix seconds on the observer's clock). Facts come from a live broker, from a
recording or from a simulation, and nothing behind this vocabulary can tell which.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

import msgspec


class Fact(
    msgspec.Struct, frozen=True, kw_only=True, tag=True, tag_field="fact", omit_defaults=True, gc=False
):
    """What every fact has."""

    at: float
    seen: float = 0.0


class TaskFact(Fact, frozen=True, kw_only=True, gc=False):
    """Something said of one task message, known by its task id, by a worker or the producer."""

    rank: ClassVar[int] = 0
    """Orders facts of one instant as a task's life does."""

    id: str
    worker: str = ""
    pid: int = 0
    clock: int = 0
    """The sender's logical clock: with `at` and `worker` it tells an event from its repetition."""


class Sent(TaskFact, frozen=True, kw_only=True, gc=False):
    """A producer published it (`task-sent`; only with `task_send_sent_event`)."""

    rank: ClassVar[int] = 1
    task: str = ""
    args: str = ""
    eta: float | None = None
    retries: int = 0
    queue: str = ""


class Received(TaskFact, frozen=True, kw_only=True, gc=False):
    """A worker popped a copy (`task-received`). The only worker event that carries `retries`."""

    rank: ClassVar[int] = 3
    task: str = ""
    args: str = ""
    eta: float | None = None
    retries: int = 0


class Started(TaskFact, frozen=True, kw_only=True, gc=False):
    """A pool child took a copy (`task-started`)."""

    rank: ClassVar[int] = 4


class Succeeded(TaskFact, frozen=True, kw_only=True, gc=False):
    """A run ended well (`task-succeeded`); `runtime` in seconds as the pool child measured it.

    `skipped`: the event names no runtime, which is how a copy ends that a worker skipped because the task had
    succeeded before (`worker_deduplicate_successful_tasks`, `celery.app.trace:build_tracer`).
    """

    rank: ClassVar[int] = 6
    runtime: float = 0.0
    skipped: bool = False


class Failed(TaskFact, frozen=True, kw_only=True, gc=False):
    """A run ended in an exception (`task-failed`), or a worker threw a message away whose task it does not
    know (`NotRegistered`). Celery 5.7.0 says it twice of one run that met its hard time limit."""

    rank: ClassVar[int] = 6
    exception: str = ""
    """Its name, and behind it what it says."""


class Retried(TaskFact, frozen=True, kw_only=True, gc=False):
    """A run ended by asking for another attempt (`task-retried`)."""

    rank: ClassVar[int] = 6


class Cancelled(TaskFact, frozen=True, kw_only=True, gc=False):
    """A worker ended a run itself (`task-cancelled`, since 5.6): its connection was lost, or it goes down."""

    rank: ClassVar[int] = 6


class Dropped(TaskFact, frozen=True, kw_only=True, gc=False):
    """A run did none of its work and said so (`task-dropped`, an event of the lab's own lock); `pid` is the
    pool child's, and Celery says nothing of it: such a run has no other end (`celery.exceptions.Ignore`)."""

    rank: ClassVar[int] = 6
    why: str = ""


class Rejected(TaskFact, frozen=True, kw_only=True, gc=False):
    """A worker refused a copy (`task-rejected`); with `requeue` it goes back to the queue."""

    rank: ClassVar[int] = 6
    requeue: bool = False


class Revoked(TaskFact, frozen=True, kw_only=True, gc=False):
    """A worker dropped a copy (`task-revoked`): revoked, or past its `expires`."""

    rank: ClassVar[int] = 5
    expired: bool = False
    terminated: bool = False


class Popped(Fact, frozen=True, kw_only=True, gc=False):
    """The index shows this delivery tag with this score: a worker popped it at `at` (the score)."""

    rank: ClassVar[int] = 2
    tag: str


class Payload(Fact, frozen=True, kw_only=True, gc=False):
    """What `unacked` holds under a delivery tag. `at` is the score that it was first seen with."""

    rank: ClassVar[int] = 0
    tag: str
    id: str
    task: str = ""
    args: str = ""
    eta: float | None = None
    retries: int = 0
    queue: str = ""
    redelivered: bool = False


class Left(Fact, frozen=True, kw_only=True, gc=False):
    """The entry is no longer in the index: acknowledged, or put back into its queue."""

    rank: ClassVar[int] = 7
    """At one instant it comes after everything else of a task's life."""
    tag: str
    lost: bool = False
    """Whether it went with the broker's data (`DataLost`), so that nobody acknowledged it."""


class Aged(Fact, frozen=True, kw_only=True, gc=False):
    """The entry's score was set back while it stood, by more than a worker's clock lags: that was no pop."""

    rank: ClassVar[int] = 2
    tag: str
    score: float
    """What it says now: the entry counts as popped then."""


class Unwatched(Fact, frozen=True, kw_only=True, gc=False):
    """The entry still stands, but the reader follows newer ones instead; it is counted in `Totals`."""

    tag: str


class WorkerFact(Fact, frozen=True, kw_only=True, gc=False):
    """Something said of one worker process; `pid` is its main process."""

    worker: str
    pid: int = 0


class Online(WorkerFact, frozen=True, kw_only=True, gc=False):
    """`worker-online`: it connected, or connected again. `software` as it names itself; its logical clock
    goes on over a lost connection, and begins anew with a new process."""

    software: str = ""
    clock: int = 0


class Heartbeat(WorkerFact, frozen=True, kw_only=True, gc=False):
    """`worker-heartbeat`, every `every` seconds. `software` as the worker names itself."""

    every: float = 2.0
    software: str = ""
    active: int | None = None
    """Runs that go on in its pool; None where it was not said."""


class Offline(WorkerFact, frozen=True, kw_only=True, gc=False):
    """`worker-offline`: a shutdown, or a lost connection (the same pid then comes online again)."""


class Gone(WorkerFact, frozen=True, kw_only=True, gc=False):
    """The process is known to have ended: said by whoever started it."""

    why: str = ""


SaidBy: TypeAlias = Literal["worker", "app", "user", "lab"]
"""Who said what a worker runs with: itself (`inspect stats`), its app, a flag, or the lab that started it."""


class Configured(WorkerFact, frozen=True, kw_only=True, gc=False):
    """The transport options that a worker runs with; times in seconds, None where they were not said.

    An empty `worker` means every worker of which nothing else is known.
    """

    visibility_timeout: float | None = 3600.0
    interval: float | None = 10.0
    throttle: int | None = 10
    pool: str = "prefork"
    """Empty where it was not said."""
    by: SaidBy = "worker"


POPS = "when unacked messages were popped"
"""What is `Unknown` where the index may not be read."""

LEAVES = "which unacked messages left"
TASKS = "which task an unacked message is"

DEPLOYMENT = "whose messages are counted"
"""What is `Unknown` while no deployment of Celery was found."""

COUNTED = frozenset({POPS, LEAVES, TASKS, DEPLOYMENT})
"""What the counts rest on: where one of these is `Unknown`, they are incomplete."""


class Totals(Fact, frozen=True, kw_only=True, gc=False):
    """Sizes on the broker: entries in the hash and in its index, waiting in queues, not read, mutex held."""

    unacked: int = 0
    index: int = 0
    queued: int = 0
    unread: int = 0
    """Entries at the tail that came faster than they are read; the head and the newest are always read."""
    mutex: bool = False


class Swept(Fact, frozen=True, kw_only=True, gc=False):
    """Between `since` and `at` (the observer's clock) `count` sweeps looked at the index."""

    since: float
    count: int = 1


class ConnectionSwept(Fact, frozen=True, kw_only=True, gc=False):
    """A connection of this db swept between `since` and `at` (the observer's clock): in `CLIENT LIST` its
    last command was the release of the sweeps' mutex."""

    connection: int
    """The server's id of it, which is never given to another one."""
    since: float
    connected: float = 0.0
    """When it was opened, on the observer's clock, give or take a second."""
    address: str = ""
    """`host:port` as the server sees it."""
    name: str = ""
    """What it calls itself (`CLIENT SETNAME`)."""


class ConnectionClosed(Fact, frozen=True, kw_only=True, gc=False):
    """A connection that was seen to sweep is there no longer."""

    connection: int


class Consumers(Fact, frozen=True, kw_only=True, gc=False):
    """How many connections of this db wait for messages (`BRPOP`), as `CLIENT LIST` shows them."""

    count: int


class Unknown(Fact, frozen=True, kw_only=True, gc=False):
    """A source may not, or cannot, look at something: what is thereby unknown, and why, in one clause each.

    With an empty `why` it is known again.
    """

    source: str
    what: str
    why: str = ""


class Nowhere(Fact, frozen=True, kw_only=True, gc=False):
    """A message was looked for by its id, in the queue that it was sent to and in `unacked`, and stands in
    neither."""

    rank: ClassVar[int] = 7
    id: str


class ServerMemory(Fact, frozen=True, kw_only=True, gc=False):
    """The memory of the broker's data, in bytes; a `limit` of 0 is none. `refused`: how many commands it
    refused since it started because it was full (`INFO errorstats`: OOM; Redis 6.2); None if it is silent."""

    used: int = 0
    limit: int = 0
    policy: str = ""
    refused: int | None = None


class Server(Fact, frozen=True, kw_only=True, gc=False):
    """The broker answered: which process it is, and its clock less the observer's, in seconds."""

    run_id: str = ""
    version: str = ""
    skew: float = 0.0
    role: str = ""
    """`master` or `slave` (a replica), as `INFO replication` names it; empty where it was not said."""
    saved: float | None = None
    """When all that it holds was last written to disk, on its clock: killed now, it comes back as it was
    then. None where it appends every write to a file (AOF), or did not say. One that has just started names
    its start, whatever it loaded (`INFO persistence`: rdb_last_save_time; Redis 7.0, Valkey 9)."""


class DataLost(Fact, frozen=True, kw_only=True, gc=False):
    """Messages that stood in `unacked` when it was read at `since` are gone by `at`, and it was not their
    workers who removed them: what waited in the queues may be gone with them. `why`: in one clause."""

    since: float
    count: int = 0
    """How many of those that were followed are gone."""
    why: str = ""


class Connecting(Fact, frozen=True, kw_only=True, gc=False):
    """A source begins: it has not reached the broker yet, and what it could tell is unknown."""

    source: str


class Connected(Fact, frozen=True, kw_only=True, gc=False):
    """A source (`events`, `keys`) reached the broker."""

    source: str


class Disconnected(Fact, frozen=True, kw_only=True, gc=False):
    """A source lost the broker, and why in one clause."""

    source: str
    why: str = ""


class Gap(Fact, frozen=True, kw_only=True, gc=False):
    """From `since` to `at` a source was deaf, or `count` facts did not fit: the counts are incomplete."""

    source: str
    since: float
    count: int = 0
    why: str = ""


class Unreadable(Fact, frozen=True, kw_only=True, gc=False):
    """Something from the wire did not fit its schema, or is of an unknown kind; it was left out."""

    source: str
    why: str = ""
    foreign: bool = False
    """Whether it is an event that Celery does not have, an app's own: nothing that is counted."""


AnyTaskFact: TypeAlias = (
    Sent | Received | Started | Succeeded | Failed | Retried | Rejected | Revoked | Cancelled | Dropped
)
TASK_FACTS = frozenset(AnyTaskFact.__args__)
MessageFact: TypeAlias = AnyTaskFact | Payload | Popped | Left | Aged | Nowhere
"""What the history of one message is made of."""
AnyWorkerFact: TypeAlias = Online | Heartbeat | Offline | Gone | Configured
AnyFact: TypeAlias = (
    AnyTaskFact
    | AnyWorkerFact
    | Popped
    | Payload
    | Left
    | Aged
    | Unwatched
    | Totals
    | Swept
    | ConnectionSwept
    | ConnectionClosed
    | Consumers
    | Unknown
    | Nowhere
    | ServerMemory
    | Server
    | DataLost
    | Connecting
    | Connected
    | Disconnected
    | Gap
    | Unreadable
)
