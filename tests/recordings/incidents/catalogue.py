"""The incidents: what happens to real workers and their broker. Each function lets it happen on a ground, and
returns what is true of each message then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.recordings.incidents import brokers, copies, deaths, ends, shutdowns
from tests.recordings.incidents.ground import Ground
from tests.recordings.incidents.truth import Truths


@dataclass(frozen=True)
class Incident:
    """One incident; `server` are options of its server."""

    happens: Callable[[Ground], Truths]
    server: Sequence[str] = ()


INCIDENTS = {
    "eta_beyond_timeout": Incident(copies.eta_beyond_timeout),
    "three_workers": Incident(copies.three_workers),
    "copies_in_threads": Incident(copies.copies_in_threads),
    "longer_than_timeout": Incident(copies.longer_than_timeout),
    "lock": Incident(copies.lock),
    "skipped": Incident(copies.skipped),
    "poison": Incident(deaths.poison),
    "worker_killed": Incident(deaths.worker_killed),
    "killed_in_a_pop": Incident(deaths.killed_in_a_pop),
    "connection_lost": Incident(deaths.connection_lost),
    "deploy": Incident(shutdowns.deploy),
    "sigterm_to_all": Incident(shutdowns.sigterm_to_all),
    "memory_full": Incident(brokers.memory_full),
    "emptied": Incident(brokers.emptied),
    "older_snapshot": Incident(brokers.older_snapshot, ("--save", "3600 1")),
    "older_snapshot_in_a_run": Incident(brokers.older_snapshot_in_a_run, ("--save", "3600 1")),
    "revoked": Incident(copies.revoked),
    "ends": Incident(ends.ends),
    "cut_in_runs": Incident(deaths.cut_in_runs),
    "cold_shutdown": Incident(shutdowns.cold_shutdown),
    "warm_shutdown": Incident(shutdowns.warm_shutdown),
    "refused": Incident(copies.refused),
    "frozen": Incident(deaths.frozen),
    "prefetched": Incident(copies.prefetched),
}
