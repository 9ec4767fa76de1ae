"""What is told, a line each: a sending, a delivery, an execution, an outcome, a correction, and a summary."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from lab.watch.model.accounts.account import Attempt, Delivery, Execution, Outcome, Verdict
from lab.watch.model.model import Model
from lab.watch.outputs.moments import moment
from lab.watch.outputs.outcomes import outcome_words
from lab.watch.outputs.plurals import plural
from lab.watch.outputs.untrusted_text import LONGEST_LINE, clean


@dataclass(frozen=True, slots=True)
class NarratedLine:
    """One thing that happened. `kind` is sent, delivery, redelivery, execution, duplicate, recovery, outcome,
    correction, worker, doubt or summary; every delivery and every execution is told once, under the kind that
    says most of it, and every attempt's outcome once it has one. What proves wrong is corrected: a verdict by
    a correction, an outcome by another one. `text` and `data` hold what came from the broker as it came;
    either form of the line is safe to print."""

    kind: str
    at: float
    text: str
    data: dict[str, Any]

    def as_json(self) -> str:
        return json.dumps({"kind": self.kind, "at": round(self.at, 6), **self.data})

    def as_text(self) -> str:
        return clean(f"{_clock(self.at, milliseconds=True)}  {self.kind:<11}  {self.text}", LONGEST_LINE)


def sent_line(attempt: Attempt, at: float) -> NarratedLine:
    """It was sent."""
    due = f", due {moment(attempt.eta, at)}" if attempt.eta else ""
    return _line("sent", attempt, at, due, eta=attempt.eta)


def delivery_line(attempt: Attempt, delivery: Delivery, n: int) -> NarratedLine:
    holder = delivery.worker or "?"
    kind = "delivery" if n == 1 else "redelivery"
    how = ", handed back" if n > 1 and delivery.cause == "requeue" and delivery.early is None else ""
    text = f" to {holder}" + (f", delivery {n}{how}" if n > 1 else "")
    return _line(kind, attempt, delivery.at, text, worker=holder, n=n, cause=delivery.cause)


def execution_line(attempt: Attempt, run: Execution) -> NarratedLine:
    kind = run.verdict if run.verdict in ("duplicate", "recovery") else "execution"
    after = f", {run.after * 1000:,.0f} ms after the first on {run.first_worker}" if run.number > 1 else ""
    doubt = "" if run.certain else " (uncertain)"
    text = f" on {run.worker}, run {run.number}{after}" + (f": {run.why}{doubt}" if run.number > 1 else "")
    return _line(
        kind,
        attempt,
        run.started,
        text,
        worker=run.worker,
        n=run.number,
        verdict=run.verdict,
        why=run.why,
        after=round(run.after, 6),
        certain=run.certain,
        unless=run.unless,
    )


def correction_line(attempt: Attempt, run: Execution, said: Verdict) -> NarratedLine:
    """The verdict on a run is another one than was said of it."""
    text = f" on {run.worker}, run {run.number} is {_article(run.verdict)}, not {_article(said)}: {run.why}"
    return _line(
        "correction",
        attempt,
        run.started,
        text,
        worker=run.worker,
        n=run.number,
        verdict=run.verdict,
        was=said,
        why=run.why,
        certain=run.certain,
    )


def outcome_line(attempt: Attempt, outcome: Outcome, said: Outcome | None) -> NarratedLine:
    """What became of an attempt, or became of it after all."""
    runs = attempt.executions
    at = max([attempt.born, *(run.ended or run.started for run in runs)])
    if not runs:
        at = max([at, *(delivery.until or delivery.at for delivery in attempt.deliveries)])
    again = " after all" if said else ""
    data: dict[str, Any] = {"outcome": outcome, "executions": len(runs)}
    if exception := next((run.exception for run in reversed(runs) if run.exception), ""):
        data["exception"] = exception
    if said:
        data["was"] = said
    return _line("outcome", attempt, at, f" {outcome_words(attempt)}{again}", **data)


def summary(model: Model, at: float) -> NarratedLine:
    """The last line: the counts, and why they may be incomplete; the visibility timeout and how it is known;
    what could not be looked at; how often the forecast was right."""
    counts, doubts = model.ledger.counts, model.ledger.doubts
    hidden, record = model.forecast.hidden(at), model.track_record
    balance = model.ledger.balance
    said = [
        plural(counts.messages, "message"),
        plural(counts.deliveries, "delivery", "deliveries"),
        plural(counts.executions, "execution"),
        plural(counts.duplicates, "duplicate"),
    ]
    rare = {"lost": balance.lost, "thrown away": counts.discarded, "stopped by a lock": counts.stopped}
    said += [f"{count:,} {what}" for what, count in rare.items() if count]
    if refused := model.ledger.refused:
        said.append(f"the broker is full: it refused {plural(refused, 'command')}")
    text = " · ".join(said)
    if doubts:
        text += f" (incomplete: {'; '.join(doubts)})"
    known = {
        "visibility_timeout": {
            "seconds": hidden.timeout.value,
            "ground": hidden.timeout.ground,
            "said_by": hidden.said,
            "workers": hidden.workers,
        },
        "forecasts": {"right": record.right, "judged": record.judged},
        "unknown": model.ledger.unknown,
        "unreadable": model.ledger.unreadable,
        "foreign_events": model.ledger.foreign,
        "outcomes": {place: count for place, count in model.ledger.whereabouts.places.items() if count},
        "balance": asdict(balance),
        "lost": list(model.ledger.whereabouts.lost),
        "refused_for_memory": model.ledger.refused,
    }
    return NarratedLine("summary", at, text, {**counts.as_dict(), "incomplete": doubts, **known})


def _article(verdict: Verdict) -> str:
    words: dict[Verdict, str] = {
        "first": "the first",
        "duplicate": "a duplicate",
        "recovery": "a recovery",
        "requeue": "one that was handed back",
        "unclear": "unclear",
    }
    return words[verdict]


def _line(kind: str, attempt: Attempt, at: float, text: str, **data: Any) -> NarratedLine:
    shown = f"{attempt.task} {attempt.args}  {attempt.id[:8]}"
    shown += f" retry {attempt.retries}" if attempt.retries else ""
    known = {"id": attempt.id, "retries": attempt.retries, "task": attempt.task, "args": attempt.args}
    return NarratedLine(kind, at, f"{shown}{text}", known | data)


def _clock(at: float, *, milliseconds: bool = False) -> str:
    try:
        when = datetime.fromtimestamp(at)
        return when.strftime("%H:%M:%S.%f")[:-3] if milliseconds else when.strftime("%H:%M:%S")
    except (OverflowError, ValueError, OSError):
        return "?"
