"""The sending: from the key that sends to what became of it, in one line for the status."""

from __future__ import annotations

from tui.actions.producer_thread import FireRequest, FireResult, Firing
from tui.cells.durations import duration
from tui.state.protocols import Live

PATIENCE = 1.0
"""Seconds that a message to be sent waits for the events to be listened to."""


class Sending:
    """Holds requests back until there is a broker, and somebody who listens to its events."""

    def __init__(self, firing: Firing) -> None:
        self._firing = firing
        self._broker_since: float | None = None

    def send(self, request: FireRequest) -> str:
        """Send, now or as soon as there is a broker; nothing is awaited. What is to be said; may be empty."""
        waits = self._firing.waiting
        self._firing.fire(request)
        return "The broker is starting: it is sent as soon as there is one" if waits else ""

    def look(self, session: Live, now: float) -> list[FireResult]:
        """What became of requests since the last look. `now` in seconds, as for every look."""
        if session.url and session.live:
            if self._broker_since is None:
                self._broker_since = now
            events = session.model.ledger.health.get("events")
            # An event that tells of the sending is lost unless somebody listens already.
            if (events and events.up) or now - self._broker_since > PATIENCE:
                self._firing.open()
        return self._firing.results()


def result_words(result: FireResult) -> str:
    """What became of a request."""
    if result.error:
        return result.error
    request = result.request
    what = f"{request.name} was" if request.count == 1 else f"{request.count:,} × {request.name} were"
    return f"{what} sent, to run in {duration(request.seconds)}"
