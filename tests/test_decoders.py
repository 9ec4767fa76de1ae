"""Every decoder refuses what it cannot read by the one error that it names, and makes nothing unbelievable.

The inputs are what real workers and brokers said, changed (`bench.mutation`). `python -m bench.fuzz` tries
them for as long as one likes; here it is a few, the same ones every time.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.decoders import DECODERS, Decoder
from bench.mutation import mutated

SAME_EACH_TIME = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

FOUND = {
    "INFO": [
        b"run_id:" + b"a" * 2_000,
        b"maxmemory_policy:" + b"a" * 2_000,
        b"cmdstat_zrange:calls=[],usec=1",
        b"cmdstat_zrange:calls",
        b"rdb_last_save_time:17956149333",
        b"used_memory:" + b"9" * 30,
    ],
    "inspection replies": ['{"body": "\u00b2", "content-type": "application/json"}'.encode()],
    "URLs": [b"redis://h/" + b"9" * 5_000, b"sentinel://a/1?master_name=\xbd", b"redis://\xff@h"],
    "settings": [b"BROKER_URL=redis://h/" + b"9" * 5_000, b"BROKER_URL=redis://\xff@h"],
}
"""What the fuzzing found, each mended."""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Without what python-dotenv has to say of each line."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


def named(decoder: Decoder) -> str:
    return decoder.name


@pytest.mark.parametrize("decoder", DECODERS, ids=named)
def test_what_is_real_is_read(decoder: Decoder) -> None:
    assert decoder.samples()
    for sample in decoder.samples():
        decoder.decode(sample)


@pytest.mark.parametrize("decoder", DECODERS, ids=named)
@SAME_EACH_TIME
@given(seed=st.integers(0, 2**32))
def test_what_was_changed_on_its_way_is_read_or_refused(decoder: Decoder, seed: int) -> None:
    chance = random.Random(seed)
    samples = decoder.samples()
    decoder.decode(mutated(chance.choice(samples), samples, chance))


@pytest.mark.parametrize("decoder", DECODERS, ids=named)
@SAME_EACH_TIME
@given(data=st.binary(max_size=200))
def test_anything_at_all_is_read_or_refused(decoder: Decoder, data: bytes) -> None:
    decoder.decode(data)


@pytest.mark.parametrize(("name", "data"), [(name, data) for name in FOUND for data in FOUND[name]])
def test_what_was_found_stays_mended(name: str, data: bytes) -> None:
    next(decoder for decoder in DECODERS if decoder.name == name).decode(data)
