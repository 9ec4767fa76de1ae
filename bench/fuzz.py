"""Every decoder with mutated bytes, for as long as one likes: what was tried, and what it found.

Begins with what real workers and brokers said (`bench.decoders`). Peer: none.

    python -m bench.fuzz [SECONDS [SEED]]

A fault is printed with its input, which is kept in the folder `fuzz-found`. Exits 1 if there is any.
"""

from __future__ import annotations

import logging
import random
import sys
import time
import traceback
from pathlib import Path

from bench.decoders import DECODERS, Decoder
from bench.mutation import mutated

SLOW = 1.0
"""Seconds of CPU that no input may take."""

DEEPER = 0.1
"""How often a mutated input becomes one to begin with."""

MOST_KEPT = 200
FOUND = Path("fuzz-found")


class Trial:
    """One decoder, and what was tried on it."""

    def __init__(self, decoder: Decoder, chance: random.Random) -> None:
        self.decoder, self.chance = decoder, chance
        self.samples = list(decoder.samples())
        self._whole = len(self.samples)
        self.tried = 0
        self.slowest = 0.0
        self.faults: dict[str, bytes] = {}
        """What went wrong where, to the first input that did it."""

    def go_on(self, seconds: float) -> None:
        """Try mutated inputs for so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            data = mutated(self.chance.choice(self.samples), self.samples, self.chance)
            self.try_one(data)
            if self.chance.random() < DEEPER:
                self._keep(data)

    def try_one(self, data: bytes) -> None:
        """Decode one input; note what it may not do."""
        self.tried += 1
        begun = time.thread_time()
        try:
            self.decoder.decode(data)
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            self._fault(f"{type(error).__name__}: {error} ({place.filename}:{place.lineno})", data)
        took = time.thread_time() - begun
        self.slowest = max(self.slowest, took)
        if took > SLOW:
            self._fault(f"it takes {took:.1f} s", data)

    def _keep(self, data: bytes) -> None:
        if len(self.samples) < self._whole + MOST_KEPT:
            self.samples.append(data)
        else:
            # The real ones stay.
            self.samples[self.chance.randrange(self._whole, len(self.samples))] = data

    def _fault(self, what: str, data: bytes) -> None:
        kind = what.partition(":")[0] + what.rpartition("(")[2]
        if all(kind != known.partition(":")[0] + known.rpartition("(")[2] for known in self.faults):
            self.faults[what] = data


def main(seconds: float, seed: int) -> int:
    """Try all in turns; the number of faults."""
    # What python-dotenv has to say of a line.
    logging.disable()
    trials = [Trial(decoder, random.Random(f"{seed} {decoder.name}")) for decoder in DECODERS]
    until = time.monotonic() + seconds
    share = min(5.0, seconds / len(trials))
    for trial in trials:
        for sample in list(trial.samples):
            trial.try_one(sample)
    while time.monotonic() < until:
        for trial in trials:
            trial.go_on(share)
    for trial in trials:
        found = f"{len(trial.faults)} faults" if trial.faults else "nothing found"
        print(f"{trial.decoder.name:<28} {trial.tried:>11,} inputs  {trial.slowest * 1000:>7.1f} ms  {found}")
        for n, (what, data) in enumerate(trial.faults.items()):
            FOUND.mkdir(exist_ok=True)
            kept = FOUND / f"{trial.decoder.name.replace(' ', '-')}-{n}"
            kept.write_bytes(data)
            print(f"  {what[:300]!r}\n  {data[:200]!r} ({kept})")
    print(f"{sum(trial.tried for trial in trials):,} inputs in {seconds:g} s, seed {seed}")
    return sum(len(trial.faults) for trial in trials)


if __name__ == "__main__":
    asked = sys.argv[1:]
    chosen = int(asked[1]) if asked[1:] else time.time_ns() % 2**32
    sys.exit(bool(main(float(asked[0]) if asked else 60.0, chosen)))
