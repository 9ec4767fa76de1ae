"""The index: every scenario there is, by its id."""

from __future__ import annotations

from lab.experiments.catalogue import (
    d01_eta,
    d02_retry,
    d03_long_task,
    d04_prefetch,
    d05_rate_limit,
    d06_two_apps,
    d07_producer_only,
    d08_clock_skew,
    d09_frozen,
    d10_connection,
    d11_warm_shutdown,
    d12_observer,
    l01_early_ack,
    l02_lost_child,
    l03_between,
    l04_restart,
    l05_eviction,
    l07_exit,
    p01_hoard,
    t01_sweep_lag,
    t02_mutex,
    t05_gevent,
    t06_orphan,
    t07_priority,
    t08_storm,
)
from lab.experiments.scenario import Scenario

_MODULES = (
    d01_eta,
    d02_retry,
    d03_long_task,
    d04_prefetch,
    d05_rate_limit,
    d06_two_apps,
    d07_producer_only,
    d08_clock_skew,
    d09_frozen,
    d10_connection,
    d11_warm_shutdown,
    d12_observer,
    l01_early_ack,
    l02_lost_child,
    l03_between,
    l04_restart,
    l05_eviction,
    l07_exit,
    t01_sweep_lag,
    t02_mutex,
    t05_gevent,
    t06_orphan,
    t07_priority,
    t08_storm,
    p01_hoard,
)
"""In the order of their effects."""

SCENARIOS: dict[str, Scenario] = {module.SCENARIO.id: module.SCENARIO for module in _MODULES}
