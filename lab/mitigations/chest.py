"""The chest: every cure there is, by its id."""

from __future__ import annotations

from lab.mitigations import (
    with_acks_late,
    with_dedup,
    with_durable,
    with_eta_limit,
    with_hops,
    with_lock,
    with_no_prefetch,
    with_often,
    with_prefix,
    with_prefork,
    with_reject,
    with_row,
    with_supervisor,
    with_timeout,
)
from lab.mitigations.cure import Cure

_ALL = (
    *(with_timeout, with_lock, with_dedup, with_hops, with_row),
    *(with_no_prefetch, with_eta_limit, with_prefix, with_acks_late, with_reject),
    *(with_durable, with_supervisor, with_often, with_prefork),
)

CURES: dict[str, Cure] = {module.CURE.id: module.CURE for module in _ALL}
