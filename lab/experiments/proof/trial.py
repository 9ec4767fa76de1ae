"""A trial: one experiment on a rig of its own, driven step by step, and drawn up afterwards."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lab.experiments.proof.counts import MessageCounts, counts_by_truth, received
from lab.experiments.proof.experiment import Experiment, MessageKind
from lab.experiments.proof.foretelling import Foretelling
from lab.experiments.truth import TruthLog
from lab.lab_session import LabSession
from lab.watch.facts import AnyFact
from lab.watch.model.accounts.account import Attempt
from lab.watch.model.model import Model

if TYPE_CHECKING:
    from lab.app.producer import Producer

STARTING = 60.0
"""Seconds that the workers of a trial have to come online."""

SETTLED = 2.0
"""Seconds without a run going on, or a copy held, after which a trial is over."""

OVERTIME = 30.0
"""Seconds beyond its length that a trial may take before it is cut off."""

SAMPLING = 0.1


class TrialError(RuntimeError):
    """A trial could not be carried out; the text is one line."""


class Trial:
    """Call `look` often; when `done`, the rest tells what was found. `close` ends the rig in any case."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.session = LabSession.start(experiment.settings)
        self.foretelling = Foretelling(experiment.lead, experiment.workers)
        self.sent: dict[MessageKind, list[str]] = {}
        self.facts: list[AnyFact] = []
        self.ticks: list[tuple[int, float]] = []
        """After how many facts, and when, the forecasts were sampled: a replay samples just so."""
        self.truth = TruthLog()
        self.done = False
        self.begun = time.time()
        self.session.observer.listeners.append(self.facts.append)
        self._steps = self._carry_out()
        self._received: Counter[str] = Counter()
        """Deliveries of each message, by the workers' logs; once it is done."""
        self._quiet_since: float | None = None
        self._sampled = 0.0

    @property
    def model(self) -> Model:
        return self.session.model

    def look(self) -> None:
        """Take in what happened, sample the forecasts, and do what is next. Raises `TrialError`."""
        self.truth.hear(self.session.look().reports)
        if self.session.lost:
            raise TrialError(self.session.lost)
        now = time.time()
        if now - self._sampled >= SAMPLING:
            self._sampled = now
            self.ticks.append((len(self.facts), now))
            self.foretelling.sample(self.model, now)
        if not self.done and next(self._steps, True):
            self._finish()

    def close(self) -> None:
        """End the rig."""
        self.session.close()

    def true_counts(self, ids: list[str]) -> MessageCounts:
        """What happened to these messages, by what tasks and workers wrote; once it is done."""
        return counts_by_truth(self.truth, self._received, ids)

    def attempts(self, kind: MessageKind) -> Iterator[Attempt]:
        """What the ledger knows of the messages of a kind."""
        for task_id in self.sent[kind]:
            account = self.model.ledger.accounts.get(task_id)
            yield from account.attempts if account else ()

    def replayed(self) -> tuple[Model, Foretelling]:
        """What the same facts make of a fresh model, sampled at the same moments."""
        model, foretelling = Model(), Foretelling(self.experiment.lead, self.experiment.workers)
        applied = 0
        for upto, now in self.ticks:
            for fact in self.facts[applied:upto]:
                model.apply(fact)
            applied = upto
            model.settle()
            foretelling.sample(model, now)
        for fact in self.facts[applied:]:
            model.apply(fact)
        model.settle()
        return model, foretelling

    def _carry_out(self) -> Iterator[bool]:
        """The steps; yields False as long as there is more to do."""
        yield from self._wait_for_workers(1 if self.experiment.stagger else self.experiment.workers)
        producer = self.session.producer()
        pending: list[tuple[MessageKind, str]] = []
        for kind in self.experiment.kinds:
            fired = producer.fire(kind.eta, kind.name, kind.count, task=kind.task, arguments=kind.arguments)
            self.sent[kind] = [one.id for one in fired]
            if kind.then:
                pending += [(kind, one.id) for one in fired]
        yield from self._stagger()
        while pending:
            for kind, task_id in list(pending):
                if self._then(kind, task_id, producer):
                    pending.remove((kind, task_id))
            yield False
        while not self._over():
            yield False
        producer.close()

    def _wait_for_workers(self, count: int) -> Iterator[bool]:
        until = time.time() + STARTING
        while len(list(self.model.ledger.lives.present(time.time()))) < count:
            if time.time() > until:
                raise TrialError(f"not all workers came online within {STARTING:g} s")
            yield False

    def _stagger(self) -> Iterator[bool]:
        """Start the other workers one by one, if they are to sweep at different times."""
        if not self.experiment.stagger or not self.session.rig:
            return
        for n in range(1, self.experiment.workers):
            while time.time() < self.begun + n * self.experiment.stagger:
                yield False
            self.session.rig.add_worker()

    def _then(self, kind: MessageKind, task_id: str, producer: Producer) -> bool:
        """Do to a message what its kind says, once it is time; whether it was done."""
        account = self.model.ledger.accounts.get(task_id)
        attempt = account.attempts[0] if account else None
        if attempt is None:
            return False
        if kind.then == "revoke" and len(attempt.held) > 1:
            producer.revoke(task_id)
            return True
        running = [run for run in attempt.executions if run.ended is None]
        if kind.then == "kill the holder" and running and self.session.rig:
            self.session.rig.kill_worker(running[0].worker)
            return True
        return False

    def _over(self) -> bool:
        """Whether everything that was sent has come to its end, for a while."""
        now = time.time()
        if now > self.begun + self.experiment.seconds + OVERTIME:
            return True
        latest = max((a.eta or 0.0 for kind in self.sent for a in self.attempts(kind)), default=0.0)
        ids = {task_id for tasks in self.sent.values() for task_id in tasks}
        accounts = [self.model.ledger.accounts.get(task_id) for task_id in ids]
        settled = all(account and all(a.settled for a in account.attempts) for account in accounts)
        if not settled or now < latest or self.model.ledger.entries:
            self._quiet_since = None
        elif self._quiet_since is None:
            self._quiet_since = now
        return self._quiet_since is not None and now - self._quiet_since > SETTLED

    def _finish(self) -> None:
        self.done = True
        assert self.session.rig is not None
        state = self.session.rig.state
        self._received = received(Path(state.logs or ".").glob("w*.log"))
        self.truth.read(Path(state.truth_log or "."))
