"""`python -m lab.rig.keeper`: orders from stdin, reports to stdout. `lab.rig.link` starts it, nobody else."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import msgspec

from lab.rig.keeper.keeper import Keeper
from lab.rig.spec import RigSpec

LONGEST_ORDER = 1 << 20
"""Bytes of one order."""


async def _main() -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTTOU):
        loop.add_signal_handler(number, _do_nothing)
    source = asyncio.StreamReader(limit=LONGEST_ORDER)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(source), sys.stdin)
    out, _ = await loop.connect_write_pipe(asyncio.Protocol, sys.stdout)
    first = await source.readline()
    if first.endswith(b"\n"):
        await Keeper(msgspec.json.decode(first, type=RigSpec), out).run(source)
    # What is buffered is still written if there is a reader.
    out.close()


def _do_nothing() -> None:
    """Handles a signal that is not the keeper's business; were it ignored, children would inherit that."""


if __name__ == "__main__":
    if sys.stdin.isatty():
        sys.exit("lab.rig.keeper is started by the program, not by hand: see `python -m lab up`")
    os.umask(0o077)
    asyncio.run(_main())
