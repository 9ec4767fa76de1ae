"""The deployment: broker, workers and settings as the screen speaks of them, taken from a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from lab.rig import reports
from lab.rig.reports import Report
from lab.rig.rig import Rig
from lab.rig.state import WorkerState
from lab.session import News
from lab.watch.model.model import Model
from lab.watch.sources.address import masked

Condition = Literal["up", "starting", "restarting", "retiring", "frozen", "gave up"]

QUIET = 6.0
"""Seconds without any event from a running worker, after which it is said that none arrive."""


class Watched(Protocol):
    """What a deployment is taken from (`lab.session.Session`, `lab.experiments.runs.run.ScenarioRun`)."""

    @property
    def rig(self) -> Rig | None: ...

    @property
    def url(self) -> str | None: ...

    @property
    def embedded(self) -> bool: ...

    @property
    def model(self) -> Model: ...

    @property
    def lost(self) -> str | None: ...

    def look(self) -> News: ...


class Live(Watched, Protocol):
    """What the screen needs of a session, which may be a recording."""

    @property
    def live(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Worker:
    """One worker: its full name, and how it is."""

    name: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class Deployment:
    """Everything around the messages. Times are seconds; None where not known."""

    url: str
    """Masked; empty until there is a broker."""
    broker: str
    """`embedded Valkey 9.1.0`; what is known of it."""
    connected: bool
    trouble: str
    """Why there is no connection, in one clause; empty while none was tried."""
    events: str
    """Why no events arrive, in one clause; empty if they do."""
    hidden: float | None
    period: float | None
    workers: tuple[Worker, ...]
    eta: int
    own: bool
    """Whether this program started the rig."""
    live: bool = True
    """Whether there is a broker to send to; False for a recording."""
    scenario: str = ""
    """Id of the scenario whose rig this is; empty for the lab's own."""
    over: bool = False
    """Whether that scenario has its verdict, so that its rig is ending or gone."""

    @property
    def up(self) -> list[Worker]:
        return [worker for worker in self.workers if worker.condition == "up"]


def deployment_of(
    session: Watched, eta: int, now: float, *, live: bool = True, scenario: str = "", over: bool = False
) -> Deployment:
    """The deployment now."""
    ledger = session.model.ledger
    keys, events = ledger.health.get("keys"), ledger.health.get("events")
    server = ledger.server.version if ledger.server else ""
    rig = session.rig
    workers = _of_rig(rig.state.workers, session.model) if rig else []
    # Workers that somebody else started on the same broker, under the same prefix, are heard all the same.
    named = {worker.name for worker in workers}
    workers += [worker for worker in _heard(session.model, now) if worker.name not in named]
    if session.url is None:
        deaf = "the broker is starting"
    elif events is None:
        deaf = "connecting"
    elif not events.up:
        deaf = events.why or "no connection"
    else:
        # When something was heard by this machine's clock: the workers' may be another.
        quiet = now - max(events.since, ledger.lives.latest_seen) > QUIET and bool(workers)
        deaf = "no worker sends any (-E)" if quiet else ""
    settings = ledger.configured.values()
    return Deployment(
        url=masked(session.url) if session.url else "",
        broker=_broker(session, server, live=live),
        live=live,
        connected=bool(keys and keys.up),
        trouble=keys.why if keys and not keys.up else "",
        events=deaf,
        hidden=ledger.hidden_for,
        period=min(
            (each.interval * each.throttle for each in settings if each.interval and each.throttle),
            default=None,
        ),
        workers=tuple(workers),
        eta=eta,
        own=rig is not None,
        scenario=scenario,
        over=over,
    )


def _broker(session: Watched, server: str, *, live: bool) -> str:
    if not live:
        return f"replay of {server}".removesuffix(" of ")
    return f"embedded {server or 'Valkey'}" if session.embedded else server


def _of_rig(workers: tuple[WorkerState, ...], model: Model) -> list[Worker]:
    """The rig knows the processes; that Celery is up in one shows in its events."""
    lives = {(life.worker, life.pid) for life in model.ledger.lives if life.heard and life.gone is None}
    known = {life.worker for life in model.ledger.lives}
    found = []
    for worker in workers:
        condition: Condition
        if worker.state in ("retiring", "gave up"):
            condition = worker.state
        elif worker.frozen:
            condition = "frozen"
        elif worker.pid is not None and (worker.name, worker.pid) in lives:
            condition = "up"
        else:
            condition = "restarting" if worker.name in known else "starting"
        found.append(Worker(worker.name, condition))
    return found


def _heard(model: Model, now: float) -> list[Worker]:
    return [Worker(life.worker, "up") for life in model.ledger.lives.present(now)]


def notice(report: Report) -> str | None:
    """What a report has to tell the user beyond what the screen shows anyway; one line."""
    match report:
        case reports.RigFailed(line=line):
            return line
        case reports.BrokerDied():
            return "The embedded server ended; it starts again, empty: what stood in it is lost"
        case reports.WorkerGaveUp(name=name, log=log):
            return f"{name} ended too often and is not started again: see {log}"
        case reports.WorkerExited(why="crashed", name=name, status=status):
            return f"{name} ended by itself (status {status})"
    return None
