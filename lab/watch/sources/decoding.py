"""Celery's events as they are published: checked against a schema, each turned into a fact."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from lab.watch import facts
from lab.watch.bounds import LATEST, MOST, plausible_eta

LONGEST = 200
"""Characters kept of any text from the wire."""


Seconds = Annotated[float, msgspec.Meta(ge=0, lt=LATEST)]
Number = Annotated[int, msgspec.Meta(ge=0, le=MOST)]
"""What is believed of them, as in `lab.watch.bounds`."""


class Envelope(msgspec.Struct):
    """What kombu publishes on a fanout channel: a message whose body is base64."""

    body: bytes


class Event(msgspec.Struct):
    """One event, as far as it matters here (`celery.events`, `celery.worker.request`)."""

    type: str
    timestamp: Seconds
    hostname: str = ""
    pid: Number = 0
    clock: Number = 0
    uuid: str = ""
    name: str | None = ""
    args: str | None = ""
    eta: str | None = None
    retries: Number | None = 0
    queue: str | None = ""
    runtime: Seconds | None = 0.0
    exception: str | None = ""
    traceback: str | None = ""
    why: str | None = ""
    active: Number | None = None
    requeue: bool | None = False
    expired: bool | None = False
    terminated: bool | None = False
    freq: Seconds | None = 2.0
    sw_ident: str | None = ""
    sw_ver: str | None = ""


_envelope = msgspec.json.Decoder(Envelope)
_events = msgspec.json.Decoder(Event | list[Event])  # type: ignore[call-overload, var-annotated, unused-ignore]
_apart = msgspec.json.Decoder(list[msgspec.Raw])
_event = msgspec.json.Decoder(Event)

UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)
"""What decoding raises; a `ValueError` where a text is no UTF-8 (`UnicodeDecodeError`), or no time."""


class BadEvent(ValueError):
    """A message on the event channel that is no event; the text says what is wrong with it."""


def decode(data: bytes, seen: float) -> list[facts.AnyFact]:
    """The facts in one published message: one event, or the list of a `task.multi`.

    An event of an unknown kind is a fact too (`Unreadable`), and so is one of a list that does not fit: it
    must not cost the others. Raises `BadEvent` where there is no event at all.
    """
    try:
        body = _envelope.decode(data).body
        found = _events.decode(body)
        return [fact(event, seen) for event in (found if isinstance(found, list) else (found,))]
    except UNREADABLE as error:
        return [_alone(event, seen) for event in _listed(data, error)]


def _listed(data: bytes, error: Exception) -> list[msgspec.Raw]:
    """The events of a list of which one does not fit, each by itself; of anything else, raises `BadEvent`."""
    try:
        return _apart.decode(_envelope.decode(data).body)
    except UNREADABLE:
        raise BadEvent(_why(error)) from None


def _alone(event: msgspec.Raw, seen: float) -> facts.AnyFact:
    try:
        return fact(_event.decode(event), seen)
    except UNREADABLE as error:
        return facts.Unreadable(at=seen, seen=seen, source="events", why=_why(error))


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, BadEvent) else f"an event that cannot be read ({error})"


def instant(text: str | None) -> float | None:
    """Unix seconds of an ETA, an ISO 8601 time; None where there is none. A time without a zone is UTC.

    Raises `BadEvent` when the text is no time, or one before 1970.
    """
    if not text:
        return None
    try:
        when = datetime.fromisoformat(text)
        seconds = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise BadEvent("an event with a time that cannot be read") from None
    if not plausible_eta(seconds):
        raise BadEvent("an event with an ETA that cannot be")
    return seconds


def fact(event: Event, seen: float) -> facts.AnyFact:
    """The fact that one event tells, learned at `seen`. Raises `BadEvent`."""
    at = event.timestamp
    if event.type.startswith("task-"):
        if not event.uuid:
            raise BadEvent("a task event without a task id")
        if known := _TASK_EVENTS.get(event.type):
            kind, more = known
            return kind(
                at=at,
                seen=seen,
                id=event.uuid[:LONGEST],
                worker=event.hostname[:LONGEST],
                pid=event.pid,
                clock=event.clock,
                **more(event),
            )
    of: dict[str, Any] = {"at": at, "seen": seen, "worker": event.hostname[:LONGEST], "pid": event.pid}
    if event.type == "worker-heartbeat":
        return facts.Heartbeat(**of, every=event.freq or 2.0, active=event.active)
    if event.type == "worker-online":
        software = f"{event.sw_ident or ''} {event.sw_ver or ''}".strip()[:LONGEST]
        return facts.Online(**of, software=software, clock=event.clock)
    if event.type == "worker-offline":
        return facts.Offline(**of)
    why = f"an unknown event: {event.type[:40]}"
    return facts.Unreadable(at=at, seen=seen, source="events", why=why, foreign=True)


def _described(event: Event) -> dict[str, Any]:
    return {
        "task": (event.name or "")[:LONGEST],
        "args": (event.args or "")[:LONGEST],
        "eta": instant(event.eta),
        "retries": event.retries or 0,
    }


WRAPPED = "ExceptionWithTraceback("
"""How the `repr` of a failure's exception begins that the worker's main process raised for a pool child: of
one that was killed, by a time limit or by anybody (`billiard.einfo`; celery 5.3 to 5.7)."""


def raised(event: Event) -> str:
    """The exception of a failure; of one that is wrapped the end of the traceback tells it."""
    exception = event.exception or ""
    if exception.startswith(WRAPPED) and event.traceback:
        # billiard.exceptions.WorkerLostError: Worker exited prematurely: signal 9 (SIGKILL) Job: 1.
        last = event.traceback.rstrip().rpartition("\n")[2]
        name, colon, text = last.partition(": ")
        return f"{name.rpartition('.')[2]}{colon}{text}"
    return exception


def _nothing(_: Event) -> dict[str, Any]:
    return {}


_TASK_EVENTS: dict[str, tuple[type[facts.AnyTaskFact], Callable[[Event], dict[str, Any]]]] = {
    "task-sent": (facts.Sent, lambda e: {**_described(e), "queue": (e.queue or "")[:LONGEST]}),
    "task-received": (facts.Received, _described),
    "task-started": (facts.Started, _nothing),
    "task-succeeded": (
        facts.Succeeded,
        lambda e: {"runtime": e.runtime or 0.0, "skipped": e.runtime is None},
    ),
    "task-failed": (facts.Failed, lambda e: {"exception": raised(e)[:LONGEST]}),
    "task-cancelled": (facts.Cancelled, _nothing),
    "task-dropped": (facts.Dropped, lambda e: {"why": (e.why or "")[:LONGEST]}),
    "task-retried": (facts.Retried, _nothing),
    "task-rejected": (facts.Rejected, lambda e: {"requeue": bool(e.requeue)}),
    "task-revoked": (
        facts.Revoked,
        lambda e: {"expired": bool(e.expired), "terminated": bool(e.terminated)},
    ),
}
"""Event type to its fact, and what that fact carries beyond every task event."""
