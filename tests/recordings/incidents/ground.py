"""The ground of an incident: a server, workers of any celery, and the program's own sources, recorded."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import redis

from lab.rig.broker import free_port, server_command, wait_answer
from lab.watch.observer import Observer
from lab.watch.recording.recorder import Recorder

HERE = Path(__file__).parent
HOME = HERE.parents[2]

FAST = {"visibility_timeout": 5, "unacked_restore_interval": 1, "unacked_restore_throttle": 1}
"""Transport options: in seconds 5 and 1; every call sweeps."""
LONG = {**FAST, "visibility_timeout": 600}

PRODUCER = """
import json, socket, sys
socket.gethostname = lambda: "producer"
import tasks
name, args, options = json.loads(sys.argv[1])
print(getattr(tasks, name).apply_async(args, **options).id)
"""
"""Its host is named so that this machine's name is in no recording."""


class Ground:
    """One server, and whoever is started on it; all is gone with `close`."""

    def __init__(self, python: str, recording: Path, server: Sequence[str] = ()) -> None:
        self._stack = ExitStack()
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        self.truth = self.folder / "truth"
        self.truth.touch()
        self._python, self._options, self._port = python, server, free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.ids: dict[str, str] = {}
        """Task ids by the names of their messages."""
        self.start_server()
        self.redis: redis.Redis = self._stack.enter_context(redis.Redis(port=self._port))
        self.observer = Observer()
        self._recorder = Recorder(recording)
        self.observer.listeners.append(self._recorder.take)
        self.observer.watch(self.url, ask=True)
        self._stack.callback(self._recorder.close)
        self._stack.callback(self.observer.stop)

    def start_server(self) -> None:
        """Start the server, or start it again on what it saved."""
        self.server = self._spawn(server_command(self._port, self.folder, self._options), {}, "server")
        wait_answer(self.url, 10)

    def worker(
        self, name: str, *words: str, options: dict[str, Any] = LONG, wait: bool = True, **conf: Any
    ) -> subprocess.Popen[bytes]:
        """Start a worker with these transport options and settings, and wait until it is online."""
        conf["broker_transport_options"] = options
        command = [self._python, "-m", "celery", "-A", "tasks", "worker", "-l", "INFO"]
        command += ["-n", f"{name}@h", *words]
        process = self._spawn(command, {"CONF": json.dumps(conf)}, name)
        if wait:
            self.until(lambda: any(life.worker == f"{name}@h" for life in self._lives()), 30)
        return process

    def send(self, task: str, name: str, *args: Any, **options: Any) -> str:
        """Send a message by a producer of the workers' celery; its id."""
        words = json.dumps([task, [name, *args], options])
        told = subprocess.run(
            [self._python, "-c", PRODUCER, words], env=self._environ({}), capture_output=True, check=True
        )
        self.ids[name] = told.stdout.decode().strip()
        return self.ids[name]

    def notes(self, name: str = "", what: str = "") -> list[dict[str, Any]]:
        """What the tasks noted, of one name and kind."""
        found = [json.loads(line) for line in self.truth.read_text().splitlines()]
        return [line for line in found if name in ("", line["name"]) and what in ("", line["what"])]

    def starts(self, name: str) -> int:
        """How often its code was entered."""
        return len(self.notes(name, "start"))

    def ends(self, name: str) -> int:
        """How often its code came to its end."""
        return len(self.notes(name, "end"))

    def received(self, name: str) -> int:
        """How often workers logged that they received it (`celery.worker.strategy`)."""
        said = f"[{self.ids[name]}] received"
        return sum(log.read_text(errors="replace").count(said) for log in self.folder.glob("*.log"))

    def unacked(self) -> int:
        """Entries of `unacked`."""
        return int(self.redis.hlen("unacked"))

    def queued(self) -> int:
        """Messages that wait in the queue."""
        return int(self.redis.llen("celery"))

    def until(self, condition: Callable[[], object], timeout: float = 30.0) -> None:
        """Watch until something is so."""
        end = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"not within {timeout:g} s; noted: {self.notes()}")
            self.observer.drain()
            time.sleep(0.05)

    def watch(self, seconds: float) -> None:
        """Watch on: what is said late is recorded too."""
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > end, seconds + 1)

    def close(self) -> None:
        """End all of it."""
        self._stack.close()

    def _lives(self) -> list[Any]:
        return list(self.observer.model.ledger.lives.present(time.time()))

    def _environ(self, more: dict[str, str]) -> dict[str, str]:
        path = os.pathsep.join([str(HERE), str(HOME)])
        base = {**os.environ, "BROKER": self.url, "TRUTH": str(self.truth), "PYTHONPATH": path}
        return {**base, "TMPDIR": str(self.folder), **more}

    def _spawn(self, command: Sequence[str], environ: dict[str, str], name: str) -> subprocess.Popen[bytes]:
        log = self._stack.enter_context((self.folder / f"{name}.log").open("ab"))
        process = subprocess.Popen(
            command,
            env=self._environ(environ),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._stack.callback(process.wait)
        self._stack.callback(signal_group, process, signal.SIGKILL)
        return process


def signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal a process and its children; nothing where they are gone."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
