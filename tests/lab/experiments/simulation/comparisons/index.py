"""All comparisons in which simulated workers are held against real ones."""

from __future__ import annotations

from collections.abc import Mapping

from . import brokers, copies, deaths, ends
from .comparison import NEWEST, VERSIONS, Comparison

COMPARISONS: Mapping[str, Comparison] = {
    "returns": ends.ends("succeeds"),
    "returns, acks late": ends.ends("succeeds_late", acks_late=True, lasts=0.3),
    "raises": ends.ends("raises", ends=("fail",)),
    "raises, and that is no reason to acknowledge": ends.ends(
        "raises_late", ends=("fail",), acks_late=True, acks_on_failure=False
    ),
    "a hard time limit": ends.ends("ends_by_limit", ends=("limit",), lasts=1.0),
    "a hard time limit that is no reason to acknowledge": ends.ends(
        "ends_by_limit_again", ends=("limit",) * 4, lasts=1.0, acks_late=True, acks_on_failure=False, first=6
    ),
    "its child dies": ends.ends("dies", ends=("kill",), lasts=0.3),
    "its child dies, acks late": ends.ends("dies_late", ends=("kill",), lasts=0.3, acks_late=True),
    "Reject": ends.ends("rejects", ends=("reject",), lasts=0.01, acks_late=True),
    "Reject with requeue": ends.ends("hands_back", ends=("requeue", "succeed"), lasts=0.01, acks_late=True),
    "Ignore": ends.ends("ignores", ends=("ignore",), lasts=0.01),
    "replaces itself": ends.ends("replaces", ends=("replace", "succeed"), lasts=0.01),
    # The child publishes the next message, and its worker hears later that the run is over.
    "a retry after 12 s": ends.ends(
        "retries", ends=("retry", "succeed"), lasts=0.01, retry_countdown=12.0, certain=False
    ),
    "nobody knows the task": ends.ends("unknown", unknown=True),
    "an ETA that is far": ends.ends("far", countdown=1e8),
    "an id that is used again": Comparison(ends.comes_again, "celery"),
    "an ETA beyond the timeout": Comparison(
        copies.eta_beyond_timeout, "incidents/eta_beyond_timeout", ordered=False, certain=False
    ),
    "an ETA beyond the timeout, three workers": Comparison(
        copies.three_workers, "incidents/three_workers", NEWEST, ordered=False, certain=False
    ),
    "an ETA beyond the timeout, all copies at once": Comparison(
        copies.copies_in_threads, "incidents/copies_in_threads", NEWEST, ordered=False, certain=False
    ),
    "a run beyond the timeout": Comparison(
        copies.longer_than_timeout, "incidents/longer_than_timeout", NEWEST, ordered=False
    ),
    "a lock stops copies": Comparison(copies.lock, "incidents/lock", ordered=False, certain=False),
    "a child dies and its message is handed back": Comparison(deaths.poison, "incidents/poison"),
    "SIGKILL of a worker": Comparison(deaths.worker_killed, "incidents/worker_killed"),
    # Its BRPOP may be over before the message comes.
    "SIGKILL between BRPOP and ZADD": Comparison(
        deaths.killed_in_a_pop, "incidents/killed_in_a_pop", NEWEST, certain=False
    ),
    "a connection is lost": Comparison(deaths.connection_lost, "incidents/connection_lost"),
    "a warm shutdown beyond the timeout": Comparison(deaths.deploy, "incidents/deploy", ordered=False),
    "SIGTERM to all processes": Comparison(deaths.sigterm_to_all, "incidents/sigterm_to_all"),
    "a broker that is full": Comparison(brokers.memory_full, "incidents/memory_full", NEWEST),
    "an older snapshot": Comparison(brokers.older_snapshot, "incidents/older_snapshot"),
    "an older snapshot, in a run": Comparison(
        brokers.older_snapshot_in_a_run, "incidents/older_snapshot_in_a_run"
    ),
    "revoked and expired": Comparison(copies.revoked, "incidents/revoked"),
    "all that is no return, early and late": Comparison(ends.not_returning, "incidents/ends", ordered=False),
    # Before 5.6 heartbeats count one of them for ever, which simulated ones do not.
    "a connection is lost, and the runs go on": Comparison(
        deaths.cut_in_runs, "incidents/cut_in_runs", VERSIONS[2:]
    ),
    "a cold shutdown": Comparison(deaths.cold_shutdown, "incidents/cold_shutdown", VERSIONS[1:]),
    "a warm shutdown": Comparison(deaths.warm_shutdown, "incidents/warm_shutdown", VERSIONS[1:]),
    "refused before a run and in it": Comparison(copies.refused, "incidents/refused", VERSIONS[1:]),
    "a holder that stands still": Comparison(deaths.frozen, "incidents/frozen", NEWEST),
    "prefetched behind long runs": Comparison(
        copies.prefetched, "incidents/prefetched", NEWEST, ordered=False, certain=False
    ),
}
