"""kill -9 of program and keeper at once, again and again: what is left a second later, and after the cleanup.

    python -m bench.kills [TIMES]

Half of the kills come while the rig starts. A registry and a folder for temporary files of its own.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

PROGRAM = """
import json, signal, sys, time
from lab.rig.rig import Rig
from lab.settings import Settings
rig = Rig.start(Settings(workers=2, concurrency=2))
print(rig.state.keeper_pid, flush=True)
signal.pause()
"""


def in_session(session: int) -> list[psutil.Process]:
    """The processes of the keeper's session that run: all that it started, and what those did."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, ProcessLookupError):
            continue
    return found


def kill(environ: dict[str, str], after: float) -> tuple[int, int]:
    """One program with its rig, killed with its keeper `after` seconds; how many processes there were, and
    how many there are a second later."""
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, env=environ) as program:
        assert program.stdout
        keeper = int(program.stdout.readline())
        time.sleep(after)
        before = len(in_session(keeper))
        os.kill(keeper, signal.SIGKILL)
        program.kill()
        time.sleep(1.0)
        return before, len(in_session(keeper))


def command(environ: dict[str, str], name: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "lab", name], env=environ, capture_output=True, text=True, check=False
    ).stdout.strip()


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with tempfile.TemporaryDirectory(prefix="kills-") as place:
        temporary, runtime = Path(place) / "tmp", Path(place) / "run"
        temporary.mkdir()
        environ = {**os.environ, "TMPDIR": str(temporary), "UNACKED_RUNTIME_DIR": str(runtime)}
        for n in range(times):
            after = random.uniform(0.0, 1.0) if n % 2 else random.uniform(3.0, 6.0)
            before, left = kill(environ, after)
            files = sum(1 for _ in runtime.glob("*")), sum(1 for _ in temporary.glob("*"))
            print(json.dumps({"after_s": round(after, 2), "processes": before, "left": left, "files": files}))
        print(command(environ, "ls"))
        print(command(environ, "clean"))
        left_files = [str(path) for path in (*runtime.glob("*"), *temporary.glob("*"))]
        print(json.dumps({"after the cleanup": left_files}))


if __name__ == "__main__":
    main()
