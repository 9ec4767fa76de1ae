"""The rig: a broker and its workers, up and down as one, seen from the program."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Self

from lab.rig import broker, claim, cleanup, orders, registry, reports
from lab.rig.link import Link
from lab.rig.record import RegistryError
from lab.rig.reports import Report
from lab.rig.spec import RigSpec, rig_spec, worker_spec
from lab.rig.state import RigState, first_state, ordered
from lab.rig.terminal import save
from lab.rig.workers import Backoff, WorkerSpec
from lab.settings import Settings

UNREAD_REPORTS = 10_000
"""How many reports wait for `poll`; beyond that the oldest are lost, while `state` stays right."""


class RigError(RuntimeError):
    """The rig is not usable; the text is one line for the user."""


class Rig:
    """A broker and its workers, up and down as one, seen from the program.

    A keeper process owns them, and ends them when this process ends, in whatever way. Orders never block and
    never fail: after the keeper is lost they do nothing.
    """

    def __init__(self, settings: Settings, spec: RigSpec, link: Link) -> None:
        self._settings, self._spec, self._link = settings, spec, link
        self._unread: deque[Report] = deque(maxlen=UNREAD_REPORTS)
        self._changed = threading.Condition()
        self._closed = False
        self._state = first_state(spec, link.pid)
        link.send(spec)
        self._reader = threading.Thread(target=self._read, name="rig reports", daemon=True)
        self._reader.start()
        threading.Thread(target=self._clear_left, name="rig cleanup", daemon=True).start()

    @classmethod
    def start(
        cls,
        settings: Settings,
        *,
        terminal: int | None = None,
        workers: Iterable[WorkerSpec] | None = None,
        backoff: Backoff | None = None,
        server_options: Iterable[str] = (),
    ) -> Self:
        """Start a keeper and return at once; what becomes of it is in `poll` and `state`.

        `terminal` is the fd of the terminal that the app is about to take: its modes are saved now, and
        restored should this process be killed. `workers` replaces those that the settings ask for;
        `server_options` stand last on the embedded server's command line.
        Raises `RigError` if the prefix that was set is somebody else's, or if no process can be started.
        """
        if settings.broker_url and settings.lab_prefix:
            try:
                claim.claim_prefix(settings.broker_url, settings.lab_prefix)
            except broker.BrokerError as error:
                raise RigError(str(error)) from error
        # The keeper's own stdin and stdout are pipes, so the terminal needs another number there.
        held = None if terminal is None else os.dup(terminal)
        spec = rig_spec(
            settings,
            workers=workers,
            backoff=backoff,
            terminal=None if held is None else save(held),
            server_options=server_options,
        )
        try:
            link = Link(held)
        except OSError as error:
            raise RigError(f"The lab's keeper cannot be started: {error}") from error
        finally:
            if held is not None:
                os.close(held)
        return cls(settings, spec, link)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def state(self) -> RigState:
        """The rig now; may be read from any thread."""
        return self._state

    def poll(self) -> list[Report]:
        """The reports since the last call; never blocks."""
        self._link.send()
        unread: list[Report] = []
        while self._unread:
            unread.append(self._unread.popleft())
        return unread

    def wait_ready(self, timeout: float) -> None:
        """Block until the broker answers, at most `timeout` seconds. Raises `RigError`."""
        until = time.monotonic() + timeout
        with self._changed:
            self._changed.wait_for(lambda: self._state.settled, timeout)
        state = self._state
        if trouble := state.lost or state.failed:
            raise RigError(trouble)
        if state.url is None:
            raise RigError(f"The broker was not ready within {timeout:g} s")
        if not state.embedded:
            try:
                broker.wait_answer(state.url, until - time.monotonic())
            except broker.BrokerError as error:
                raise RigError(str(error)) from error

    def add_worker(self, spec: WorkerSpec | None = None, *, taken: Collection[str] = ()) -> str:
        """Add `spec`, or a worker as the settings ask for, with the current visibility timeout; its name.

        `taken`: names that others have on the same broker.
        """
        with self._changed:
            if spec is None:
                settings = replace(self._settings, visibility_timeout=self._state.visibility_timeout)
                names = {worker.name for worker in self._state.workers} | set(taken)
                number = next(n for n in range(1, len(names) + 2) if f"w{n}@lab" not in names)
                spec = worker_spec(f"w{number}@lab", settings)
            if self._state.lost is None and self._state.worker(spec.name) is None:
                self._state = self._state.having(ordered(spec))
        self._link.send(orders.AddWorker(spec))
        return spec.name

    def retire_worker(self, name: str | None = None) -> str | None:
        """End a worker for good, by default the newest: warmly, SIGKILL after 60 s. Its name, or None."""
        with self._changed:
            staying = [
                worker
                for worker in self._state.workers
                if worker.state != "retiring" and name in (None, worker.name)
            ]
            if not staying:
                return None
            self._state = self._state.having(replace(staying[-1], state="retiring"))
        self._link.send(orders.RetireWorker(staying[-1].name))
        return staying[-1].name

    def kill_worker(self, name: str) -> None:
        """SIGKILL a worker and its children; the keeper starts it again after the shortest pause."""
        self._link.send(orders.KillWorker(name))

    def freeze_worker(self, name: str) -> None:
        """SIGSTOP a worker and its children."""
        self._link.send(orders.FreezeWorker(name, True))

    def thaw_worker(self, name: str) -> None:
        """SIGCONT a worker and its children."""
        self._link.send(orders.FreezeWorker(name, False))

    def restart_workers(self, visibility_timeout: int) -> None:
        """End every worker warmly, SIGKILL after 8 s; start it with that visibility timeout, in seconds."""
        with self._changed:
            self._state = replace(self._state, visibility_timeout=visibility_timeout)
        self._link.send(orders.RestartWorkers(visibility_timeout))

    def kill_server(self) -> None:
        """SIGKILL the embedded server; it comes back empty, in the same place. Nothing on a named broker."""
        self._link.send(orders.KillServer())

    def close(self, timeout: float = 8.0) -> None:
        """End everything and wait for it; after `timeout` seconds it is done by force. Idempotent."""
        if self._closed:
            return
        self._closed = True
        self._link.send(orders.Quit())
        # The reader ends what is left by a keeper that had to be killed, as after any loss of it.
        self._link.hang_up(timeout)
        self._reader.join(cleanup.LONGEST)

    def _take(self, report: Report) -> None:
        with self._changed:
            self._state = self._state.after(report)
            self._unread.append(report)
            self._changed.notify_all()

    def _clear_left(self) -> None:
        """End and remove what is left of labs whose program and keeper were killed."""
        # Where the registry is not usable the keeper says so.
        with contextlib.suppress(RegistryError):
            for record in registry.look().left:
                what = cleanup.clear(record).words
                self._take(reports.LeftCleared(at=time.time(), lab=record.id, what=what))

    def _read(self) -> None:
        ended: str | None = None
        for report in self._link.reports():
            self._take(report)
            if isinstance(report, reports.KeeperEnded):
                ended = report.why
        how = self._link.end()
        if ended is None:
            left = cleanup.clear_lab(self._state.id)
            why = f"The lab's keeper {how}: its broker and workers were ended"
            self._take(reports.KeeperLost(at=time.time(), why=f"{why}. {left}" if left else why))
        elif ended != "quit":
            why = f"The lab's keeper ended by itself ({ended}): its broker and workers were ended"
            self._take(reports.KeeperLost(at=time.time(), why=why))
        self._link.close()
