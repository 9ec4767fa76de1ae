"""Rules for the visibility timeout itself: where it stands, and whether it can be one."""

from __future__ import annotations

from collections.abc import Iterator

from lab.lint.app_settings import AppSettings, Written
from lab.lint.rule import Rule
from lab.lint.words import seconds
from lab.watch.findings.finding import Finding

PLACE = "broker_transport_options['visibility_timeout']"


def _unread(settings: AppSettings) -> Iterator[Finding]:
    """kombu reads it from the transport options of the worker's broker connection, and from nowhere else
    (`kombu.transport.redis:Channel.from_transport_options`, 5.3.6 to 5.7.0)."""
    if not settings.redelivers:
        return
    for written in settings.written:
        if written.only_since:
            yield _read_by_new_ones(settings, written)
        elif not settings.timeout_written:
            yield _read_by_none(settings, written)
        elif settings.timeout and written.timeout not in (None, settings.timeout):
            yield _another(settings, written)


def _read_by_none(settings: AppSettings, written: Written) -> Finding:
    return Finding(
        UNREAD.id,
        "critical",
        f"{written.place} = {_said(written)} is read by no worker",
        f"{PLACE} is not set, so workers hide messages for {seconds(settings.timeout)}, kombu's default,"
        " and whatever waits or runs longer is handed out again",
        f"Set {PLACE} = {_number(written)} on every app of this db, under a name that this app reads",
        "known",
    )


def _another(settings: AppSettings, written: Written) -> Finding:
    return Finding(
        UNREAD.id,
        "warning",
        f"{written.place} = {_said(written)} is read by no worker",
        f"{PLACE} says {seconds(settings.timeout)}, and that alone counts",
        f"Set the one that is meant in {PLACE}, and remove the other",
        "known",
    )


def _read_by_new_ones(settings: AppSettings, written: Written) -> Finding:
    return Finding(
        UNREAD.id,
        "warning",
        f"{written.place} is read by Celery {written.only_since} and newer alone",
        f"It lacks the app's namespace. Celery {settings.celery} takes it for {_said(written)}; an older"
        " one reads"
        " nothing there and hides messages for 3,600 s (1 h), and the smallest timeout on a db wins",
        "Write it with the namespace's prefix",
        "known",
    )


def _unusable(settings: AppSettings) -> Iterator[Finding]:
    """A sweep begins with `time() - self.visibility_timeout` (`kombu.transport.redis:QoS.restore_visible`);
    the query of a URL becomes arguments of `kombu.connection:Connection._init_params`, which refuses it."""
    if not settings.redelivers:
        return
    if not settings.timeout:
        yield Finding(
            UNUSABLE.id,
            "critical",
            f"{PLACE} = {settings.timeout_written} is no number of seconds above 0",
            "A text or None is a TypeError in the sweep with which a worker connects, and none comes up; 0 or"
            " less puts back at once what living workers hold",
            f"Make it a number, such as int(os.environ[…]): {PLACE} = 3600",
            "known",
        )
    if settings.timeout_in_url:
        yield Finding(
            UNUSABLE.id,
            "critical",
            "broker_url names a visibility_timeout in its query",
            "kombu takes the query for arguments of the connection and raises a TypeError: nothing can"
            " connect",
            f"Take it out of the URL, and set {PLACE}",
            "known",
        )


def _said(written: Written) -> str:
    return "no number" if written.timeout is None else seconds(written.timeout)


def _number(written: Written) -> str:
    return "…" if written.timeout is None else f"{written.timeout:g}"


UNREAD = Rule(
    "timeout-unread",
    "A visibility timeout is written where no worker reads it.",
    _unread,
)
UNUSABLE = Rule(
    "timeout-unusable",
    "The visibility timeout is no number, or keeps the app from connecting.",
    _unusable,
)
