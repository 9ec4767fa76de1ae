"""The transport options of sweeps, as kombu understands them: what counts, and from which version on. No I/O.

`kombu.transport.redis` (5.7.0): `Channel`, `Transport.register_with_event_loop`, `QoS.restore_visible`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Version = tuple[int, int]
"""Of kombu: the major and the minor number."""

DEFAULT_TIMEOUT, DEFAULT_INTERVAL, DEFAULT_THROTTLE = 3600.0, 10.0, 10
"""What runs with no transport options: seconds, seconds, and calls for each sweep."""

CONFIGURABLE = (5, 7)
"""The kombu that first reads interval and throttle; before it they are ten and ten, whatever is set."""


def timeout(options: Mapping[str, Any]) -> float:
    """The visibility timeout in seconds. Raises `TypeError` and `ValueError`."""
    return float(options.get("visibility_timeout", DEFAULT_TIMEOUT))


def interval(options: Mapping[str, Any], kombu: Version | None) -> float | None:
    """Seconds between two calls; None where it depends on a version that is not known. Raises `TypeError`,
    `ValueError` and `OverflowError`, as does `throttle`."""
    if "unacked_restore_interval" not in options:
        return DEFAULT_INTERVAL
    if kombu is None:
        return None
    seconds = float(options["unacked_restore_interval"])
    # None of a second, or less, is taken for the default.
    return seconds if kombu >= CONFIGURABLE and seconds > 0 else DEFAULT_INTERVAL


def throttle(options: Mapping[str, Any], kombu: Version | None) -> int | None:
    """Calls for each sweep; None where it depends on a version that is not known."""
    if "unacked_restore_throttle" not in options:
        return DEFAULT_THROTTLE
    if kombu is None:
        return None
    # Zero is every call.
    return (int(options["unacked_restore_throttle"]) or 1) if kombu >= CONFIGURABLE else DEFAULT_THROTTLE
