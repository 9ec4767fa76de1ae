"""Signs: what must be seen for a scenario to count as reproduced, each with its evidence in words."""

from __future__ import annotations

from itertools import pairwise

from lab.experiments.scenario import Finding, Sign
from lab.experiments.tally import count
from lab.experiments.testbed import Testbed
from lab.watch.outputs.words import plural


def duplicates(at_least: int = 1) -> Sign:
    """Attempts were executed again while nothing says that the run before died (truth log)."""

    def look(testbed: Testbed) -> Finding:
        again = testbed.truth.duplicates(testbed.deaths)
        doubled = plural(len(again), "duplicate execution")
        words = f"the truth log has {doubled} of {plural(len(testbed.sent), 'task')}"
        if again:
            first = testbed.truth.of(again[0].id)[0]
            gap = again[0].started - first.started
            words += f": {again[0].id[:8]} ran on {first.worker} and {_gap(gap)} later on {again[0].worker}"
        return Finding(len(again) >= at_least, words)

    return Sign(f"at least {at_least} duplicate execution{'s' * (at_least > 1)}", look)


def redeliveries(at_least: int = 1) -> Sign:
    """Messages were taken again after a sweep."""

    def look(testbed: Testbed) -> Finding:
        n = testbed.model.ledger.counts.redeliveries
        shown = plural(n, "redelivery", "redeliveries")
        return Finding(n >= at_least, f"the scores in unacked_index and task-received show {shown}")

    return Sign(f"at least {at_least} redeliver{'ies' if at_least > 1 else 'y'}", look)


def deliveries(at_least: int) -> Sign:
    """One task was taken so many times, for whatever reason."""

    def look(testbed: Testbed) -> Finding:
        most = max((len(attempt.deliveries) for attempt in testbed.model.ledger.attempts()), default=0)
        return Finding(most >= at_least, f"one task was delivered {most} times")

    return Sign(f"a task is delivered at least {at_least} times", look)


def requeued() -> Sign:
    """A message was handed back without a sweep, within a few seconds of a SIGTERM or a lost connection."""

    def look(testbed: Testbed) -> Finding:
        back = [
            (attempt, delivery)
            for attempt in testbed.model.ledger.attempts()
            for delivery in attempt.deliveries
            if delivery.cause == "requeue"
        ]
        words = f"{len(back)} deliveries followed the one before too soon for any sweep"
        return Finding(bool(back), words)

    return Sign("a message is handed back at once, with no sweep", look)


def lost(at_least: int = 1) -> Sign:
    """Tasks did not run to their end, and nothing is left of them."""

    def look(testbed: Testbed) -> Finding:
        counts = count(testbed)
        words = (
            f"{counts.lost} of {counts.sent} tasks have no end in the truth log,"
            " and stand in no queue and not in unacked"
        )
        return Finding(counts.lost >= at_least, words)

    return Sign(f"at least {at_least} task{'s' * (at_least > 1)} lost", look)


def stalled(at_least: float) -> Sign:
    """A task waited this long, in seconds, beyond the time it was due."""

    def look(testbed: Testbed) -> Finding:
        counts = count(testbed)
        words = f"the longest wait of a task beyond its time was {counts.stalled_s:.1f} s"
        return Finding(counts.stalled_s >= at_least, words)

    return Sign(f"a task waits at least {at_least:g} s longer than it had to", look)


def stuck(at_least: int = 1) -> Sign:
    """Tasks that were due still wait on the broker at the end."""

    def look(testbed: Testbed) -> Finding:
        ran = {run.id for run in testbed.truth.runs}
        due = [sent for sent in testbed.sent if sent.due < testbed.now and sent.id in testbed.left]
        waiting = [sent for sent in due if sent.id not in ran or sent.id not in _ended(testbed)]
        words = f"{len(waiting)} of {len(testbed.sent)} tasks were due and still stood on the broker"
        return Finding(len(waiting) >= at_least, words)

    return Sign("a task that is due stays on the broker, and nobody runs it", look)


def taken_back() -> Sign:
    """After a SIGTERM to one worker, messages were handed back that another one had taken since."""

    def look(testbed: Testbed) -> Finding:
        at, name = testbed.marks.get("terminate", testbed.now), testbed.acted.get("terminate")
        back = 0
        for attempt in testbed.model.ledger.attempts():
            for before, after in pairwise(attempt.deliveries):
                theirs = before.worker not in ("", name) and before.at < at
                back += theirs and after.cause == "requeue" and after.at >= at
        words = f"{back} messages that another worker held came back within seconds of the SIGTERM to {name}"
        return Finding(back > 0, words)

    return Sign("what another worker holds is handed back", look)


def hoarded(at_least: int) -> Sign:
    """So many messages stood in `unacked` at once."""

    def look(testbed: Testbed) -> Finding:
        words = f"HLEN unacked was {testbed.most_unacked:,} at its highest"
        return Finding(testbed.most_unacked >= at_least, words)

    return Sign(f"at least {at_least:,} messages in unacked at once", look)


def died(name: str) -> Sign:
    """A worker ended although nobody had asked it to."""

    def look(testbed: Testbed) -> Finding:
        ends = [one for one in testbed.exits if one.name == name and one.why == "crashed"]
        status = f" with status {ends[0].status}" if ends else ""
        words = f"{name} {'ended by itself' + status if ends else 'did not end'}"
        return Finding(bool(ends), words)

    return Sign(f"{name} ends by itself", look)


def orphaned() -> Sign:
    """Entries stood in the hash and not in the index."""

    def look(testbed: Testbed) -> Finding:
        n = testbed.most_orphans
        return Finding(n > 0, f"HLEN unacked was {n} more than ZCARD unacked_index, twice in a row")

    return Sign("entries in unacked that the index does not have", look)


def ran_last() -> Sign:
    """The task that was sent first was executed last."""

    def look(testbed: Testbed) -> Finding:
        order = [run.id for run in sorted(testbed.truth.runs, key=lambda run: run.started)]
        place = order.index(testbed.sent[0].id) + 1 if testbed.sent[0].id in order else 0
        words = f"the task that was sent first was executed as number {place} of {len(order)}"
        # A worker of one child has two at hand at most: the one that runs and the one that waits.
        return Finding(place >= len(order) - 1 > 1, words)

    return Sign("what was sent first runs last", look)


def _ended(testbed: Testbed) -> set[str]:
    return {run.id for run in testbed.truth.runs if run.ended is not None}


def _gap(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms" if seconds < 1 else f"{seconds:,.1f} s"
