"""The index: every cure there is, by its id."""

from __future__ import annotations

from lab.experiments.cure import Cure
from lab.experiments.cures import (
    acks_late,
    dedup,
    durable,
    eta_limit,
    hops,
    lock,
    no_ack_emulation,
    no_prefetch,
    often,
    prefix,
    prefork,
    probe_with_app,
    raw_probe,
    reject,
    row,
    supervisor,
    timeout,
)

_MODULES = (
    timeout,
    lock,
    dedup,
    hops,
    row,
    no_prefetch,
    eta_limit,
    prefix,
    acks_late,
    reject,
    durable,
    supervisor,
    often,
    prefork,
    probe_with_app,
    no_ack_emulation,
    raw_probe,
)
"""In the order in which they are offered."""

CURES: dict[str, Cure] = {module.CURE.id: module.CURE for module in _MODULES}
