"""What `lab watch` says while a broker, the way to it, or what stands there is at fault: one table.

    python -m bench.faults [PATTERN]

Each fault has a server of its own, with messages that a worker holds, and events that a real worker sent;
each is watched by a `lab watch` of its own. A fault must be named within 3 s; counts are right or marked; and
the exit code is 0 (complete), 3 (incomplete) or 2 (could not be watched). Ends with 1 where any row is wrong.
"""

from __future__ import annotations

import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from bench.faulting import of_access, of_network, of_server, of_values, of_workers
from bench.faulting.fault import FAULTS
from bench.faulting.traffic import Traffic
from bench.faulting.trial import Result, tried

AT_ONCE = 5
"""Faults that are tried side by side."""

ROOMS = (of_server, of_network, of_access, of_values, of_workers)
"""Importing them declares their faults."""

COLUMNS = ("fault", "said", "after", "counts", "heard again", "exit", "")


def row(result: Result) -> tuple[str, ...]:
    """One line of the table."""
    said = result.said or "; ".join(f"{what}: {why}" for what, why in result.unknown.items())
    if not result.fault.says and not result.fault.unknown:
        said = "–"
    after = f"{result.after:.1f} s" if result.after is not None else "–"
    back = f"{result.back:.1f} s" if result.back is not None else "–"
    wrong = f"WRONG: {'; '.join(result.wrong)}" if result.wrong else "ok"
    return result.fault.name, said, after, result.counts, back, str(result.code), wrong


def main(pattern: str = "") -> int:
    begun = time.monotonic()
    faults = [fault for fault in FAULTS if re.search(pattern, fault.name)]
    traffic = Traffic.of_a_worker()
    print(f"| {' | '.join(COLUMNS)} |\n|{' --- |' * len(COLUMNS)}", flush=True)
    wrong = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for result in pool.map(lambda fault: tried(fault, traffic), faults):
            wrong += bool(result.wrong)
            print(f"| {' | '.join(each.replace('|', chr(92) + '|') for each in row(result))} |", flush=True)
    print(f"\n{len(faults)} faults, {wrong} wrong, in {time.monotonic() - begun:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
