"""The deployment: broker, workers and settings as the screen speaks of them, taken from a session."""

from __future__ import annotations

from dataclasses import dataclass

from lab.watch.broker.address import masked
from lab.watch.model.sweeping.settings import Ground, Hidden
from tui.state.protocols import Watched
from tui.state.workers import Worker, workers_of

QUIET = 6.0
"""Seconds without any event from a running worker, after which it is said that none arrive."""


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
    hidden: Hidden
    """The visibility timeout, and how it is known."""
    period: float
    """Between two sweeps of one worker; the shortest, where they differ."""
    period_ground: Ground
    unseen: int
    """Sweepers of which no sweep was seen, as far as their number is known."""
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
    prefix: str = ""
    """The key prefix of a deployment that is attached."""
    attached: bool = False
    """Whether it is somebody else's, watched and never written to."""
    keys_elsewhere: bool = False
    """Whether `unacked` has another name there than the one that is read."""
    full: bool = False
    """Whether the broker's memory is full, so that it refuses commands."""
    unknown: tuple[str, ...] = ()
    """What may not be looked at, or cannot, each with why."""

    @property
    def up(self) -> list[Worker]:
        return [worker for worker in self.workers if worker.condition == "up"]


def deployment_of(
    session: Watched,
    eta: int,
    now: float,
    *,
    live: bool = True,
    scenario: str = "",
    over: bool = False,
    attached: bool = False,
    full: bool = False,
) -> Deployment:
    """The deployment now."""
    ledger = session.model.ledger
    keys = ledger.health.get("keys")
    server = ledger.server.version if ledger.server else ""
    workers = workers_of(session.rig, session.model, now)
    up = session.model.forecast.up(now)
    settings = session.model.settings
    pace = min((settings.of(name) for name in up or ("",)), key=lambda options: options.period)
    return Deployment(
        url=masked(session.url) if session.url else "",
        broker=_broker(session, server, live=live),
        live=live,
        connected=keys is not None and keys.up,
        trouble=keys.why if keys and not keys.up else "",
        events=_no_events(session, now, workers),
        hidden=session.model.forecast.hidden(now),
        period=pace.period,
        period_ground=pace.ground,
        unseen=session.model.sweeps.unseen(now, up),
        workers=workers,
        eta=eta,
        own=session.rig is not None,
        scenario=scenario,
        over=over,
        attached=attached,
        prefix=session.prefix if attached else "",
        keys_elsewhere=ledger.silence.keys_elsewhere(now),
        full=full and not over,
        unknown=tuple(f"{what}: {why}" for what, why in ledger.unknown.items()),
    )


def _no_events(session: Watched, now: float, workers: tuple[Worker, ...]) -> str:
    """Why no events arrive, in one clause; empty if they do."""
    if session.url is None:
        return "the broker is starting"
    ledger = session.model.ledger
    events = ledger.health.get("events")
    if events is None:
        return "connecting"
    if not events.up:
        return events.why or "connecting"
    if silence := ledger.event_silence(now):
        return silence
    # When something was heard by this machine's clock: the workers' may be another.
    last_heard = max(events.since, ledger.lives.latest_seen)
    return "no worker sends any" if workers and now - last_heard > QUIET else ""


def _broker(session: Watched, server: str, *, live: bool) -> str:
    if not live:
        return f"replay of {server}" if server else "replay"
    return f"embedded {server or 'Valkey'}" if session.embedded else server
