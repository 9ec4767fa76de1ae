"""The address of a broker: what is shown of it, and what matches only itself."""

from __future__ import annotations

import fnmatch

import pytest
import redis

from lab.watch.broker.address import glob_escaped, masked
from lab.watch.broker.refusal import refusal


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://host:1/0", "redis://host:1/0"),
        ("redis://:secret@host:1/0", "redis://:***@host:1/0"),
        ("rediss://me:se@cret@host/2?password=other", "rediss://me:***@host/2?password=***"),
        ("redis://host:99999/0", "redis://host:99999/0"),
        ("redis://[::1", "***"),
        # A password with #, / or ? in it, not percent-encoded: what stands behind it may be a secret.
        ("redis://user:12#secret@host", "***"),
        ("redis://user:12/secret@host", "***"),
        ("redis://user:12?secret@host", "***"),
        ("redis://host/0#secret", "***"),
        (
            "redis+socket://me:secret@/run/x.sock?virtual_host=2",
            "redis+socket://me:***@/run/x.sock?virtual_host=2",
        ),
        ("redis+socket:///run/x.sock", "redis+socket:///run/x.sock"),
        ("sentinel://:secret@a:1;sentinel://:secret@b:2/0", "sentinel://:***@a:1;sentinel://:***@b:2/0"),
        ("redis://:sec;ret@host", "redis://:***@host"),
    ],
)
def test_a_password_is_masked(url: str, shown: str) -> None:
    assert masked(url) == shown


def test_a_prefix_with_glob_characters_matches_only_itself() -> None:
    assert glob_escaped(r"a*b?c[d]\e") == r"a\*b\?c\[d\]\\e"
    assert glob_escaped("unacked-lab:00ff:") == "unacked-lab:00ff:"
    assert not fnmatch.fnmatch("unacked", glob_escaped("*"))


def test_a_refusal_does_not_repeat_the_password() -> None:
    error = redis.AuthenticationError("invalid password s3cret")
    assert refusal(error, "redis://:s3cret@h/0") == "invalid password ***"


def test_a_refusal_repeats_no_decoded_password_and_is_no_essay() -> None:
    error = redis.AuthenticationError("invalid password p@ss " + "x" * 100_000)
    text = refusal(error, "redis://:p%40ss@h/0")
    assert text.startswith("invalid password *** x") and len(text) <= 300
