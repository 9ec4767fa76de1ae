"""Signs: what must be seen for a scenario to count as reproduced, each with its evidence in words."""

from __future__ import annotations

from itertools import pairwise

from lab.experiments.sign import Evidence, Sign
from lab.experiments.tally import Tally
from lab.experiments.testbed import Testbed
from lab.watch.outputs.plurals import plural


def duplicates(at_least: int = 1) -> Sign:
    """Attempts were executed again while nothing says that the run before died (truth log)."""

    def look(testbed: Testbed, tally: Tally) -> Evidence:
        words = f"the truth log has {plural(tally.duplicates, 'duplicate execution')}"
        words += f" of {plural(tally.sent, 'task')}"
        if tally.duplicate_runs:
            again = tally.duplicate_runs[0]
            first = testbed.truth.of(again.id)[0]
            gap = _gap(again.started - first.started)
            words += f": {again.id[:8]} ran on {first.worker} and {gap} later on {again.worker}"
        return Evidence(tally.duplicates >= at_least, words)

    return Sign(f"at least {plural(at_least, 'duplicate execution')}", look)


def redeliveries(at_least: int = 1) -> Sign:
    """Messages were taken again after a sweep."""

    def look(testbed: Testbed, _: Tally) -> Evidence:
        n = testbed.model.ledger.counts.redeliveries
        shown = plural(n, "redelivery", "redeliveries")
        return Evidence(n >= at_least, f"the scores in unacked_index and task-received show {shown}")

    return Sign(f"at least {plural(at_least, 'redelivery', 'redeliveries')}", look)


def deliveries(at_least: int) -> Sign:
    """One task was taken so many times, for whatever reason."""

    def look(testbed: Testbed, _: Tally) -> Evidence:
        most = max((len(attempt.deliveries) for attempt in testbed.model.ledger.attempts()), default=0)
        return Evidence(most >= at_least, f"one task was delivered {most} times")

    return Sign(f"a task is delivered at least {at_least} times", look)


def requeued() -> Sign:
    """A message was handed back without a sweep, within a few seconds of a SIGTERM or a lost connection."""

    def look(testbed: Testbed, _: Tally) -> Evidence:
        back = 0
        for attempt in testbed.model.ledger.attempts():
            back += sum(delivery.cause == "requeue" for delivery in attempt.deliveries)
        return Evidence(back > 0, f"{back} deliveries followed the one before too soon for any sweep")

    return Sign("a message is handed back at once, with no sweep", look)


def lost(at_least: int = 1) -> Sign:
    """Tasks did not run to their end, and nothing is left of them."""

    def look(_: Testbed, tally: Tally) -> Evidence:
        words = (
            f"{tally.lost} of {tally.sent} tasks have no end in the truth log,"
            " and stand in no queue and not in unacked"
        )
        return Evidence(tally.lost >= at_least, words)

    return Sign(f"at least {plural(at_least, 'task')} lost", look)


def stalled(at_least: float) -> Sign:
    """A task waited this long, in seconds, beyond the time it was due."""

    def look(_: Testbed, tally: Tally) -> Evidence:
        words = f"the longest wait of a task beyond its time was {tally.stalled_s:.1f} s"
        return Evidence(tally.stalled_s >= at_least, words)

    return Sign(f"a task waits at least {at_least:g} s longer than it had to", look)


def stuck(at_least: int = 1) -> Sign:
    """Tasks that were due still wait on the broker at the end."""

    def look(testbed: Testbed, tally: Tally) -> Evidence:
        finished = {run.id for run in testbed.truth.runs if run.finished}
        due = [sent.id for sent in testbed.sent if sent.due < testbed.now]
        waiting = [task_id for task_id in due if task_id in testbed.on_broker and task_id not in finished]
        words = f"{len(waiting)} of {tally.sent} tasks were due and still stood on the broker"
        return Evidence(len(waiting) >= at_least, words)

    return Sign("a task that is due stays on the broker, and nobody runs it", look)


def taken_back() -> Sign:
    """After a SIGTERM to one worker, messages were handed back that another one had taken since."""

    def look(testbed: Testbed, _: Tally) -> Evidence:
        terminated = testbed.terminated
        if terminated is None:
            return Evidence(False, "no worker was ended with SIGTERM")
        back = 0
        for attempt in testbed.model.ledger.attempts():
            for before, after in pairwise(attempt.deliveries):
                elsewhere = before.worker not in ("", terminated.worker) and before.at < terminated.at
                back += elsewhere and after.cause == "requeue" and after.at >= terminated.at
        words = f"{back} messages that another worker held came back within seconds of the SIGTERM"
        return Evidence(back > 0, f"{words} to {terminated.worker}")

    return Sign("what another worker holds is handed back", look)


def hoarded(at_least: int) -> Sign:
    """So many messages stood in `unacked` at once."""

    def look(testbed: Testbed, _: Tally) -> Evidence:
        words = f"HLEN unacked was {testbed.most_unacked:,} at its highest"
        return Evidence(testbed.most_unacked >= at_least, words)

    return Sign(f"at least {at_least:,} messages in unacked at once", look)


def died(name: str) -> Sign:
    """A worker ended although nobody had asked it to."""

    def look(testbed: Testbed, _: Tally) -> Evidence:
        for end in testbed.exits:
            if end.name == name and end.why == "crashed":
                return Evidence(True, f"{name} ended by itself with status {end.status}")
        return Evidence(False, f"{name} did not end")

    return Sign(f"{name} ends by itself", look)


def swept_by_probe(at_least: int = 1) -> Sign:
    """A probe's own connection swept, and put so many messages back."""

    def look(testbed: Testbed, _: Tally) -> Evidence:
        if testbed.probed is None:
            return Evidence(False, "no probe ran")
        sweeps = testbed.probed.sweeps
        if not sweeps:
            return Evidence(False, "no connection of the probe swept")
        most = max(sweeps, key=lambda sweep: sweep.restored)
        words = f"{plural(most.restored, 'message was', 'messages were')} put back by {most.connection}"
        words += " of the probe itself, through a socket that nobody else has: no worker's"
        return Evidence(most.restored >= at_least, words)

    return Sign(f"the probe puts back at least {plural(at_least, 'message')}", look)


def orphaned() -> Sign:
    """Entries stood in the hash and not in the index."""

    def look(testbed: Testbed, _: Tally) -> Evidence:
        n = testbed.most_orphans
        return Evidence(n > 0, f"HLEN unacked was {n} more than ZCARD unacked_index, twice in a row")

    return Sign("entries in unacked that the index does not have", look)


def ran_last() -> Sign:
    """The task that was sent first was executed last."""

    def look(testbed: Testbed, _: Tally) -> Evidence:
        order = [run.id for run in sorted(testbed.truth.runs, key=lambda run: run.started)]
        first = testbed.sent[0].id
        place = order.index(first) + 1 if first in order else 0
        words = f"the task that was sent first was executed as number {place} of {len(order)}"
        # A worker of one child has two at hand at most: the one that runs and the one that waits.
        return Evidence(place >= len(order) - 1 > 1, words)

    return Sign("what was sent first runs last", look)


def _gap(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms" if seconds < 1 else f"{seconds:,.1f} s"
