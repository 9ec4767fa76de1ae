"""The one rule for text from outside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.watch.outputs import untrusted_text


@pytest.mark.parametrize(
    "evil", ["\x1b[2J", "\x07", "\x9b31m", "\u202e", "\u2066", "\r\n", "\u200b", "\ud800"]
)
def test_nothing_that_a_terminal_obeys_is_left(evil: str) -> None:
    cleaned = untrusted_text.clean(f"a{evil}b")
    assert cleaned.startswith("a") and cleaned.endswith("b")
    assert cleaned.isprintable() and untrusted_text.UNSHOWABLE in cleaned


def test_marks_do_not_pile_up() -> None:
    assert len(untrusted_text.clean("a" + "\u0301" * 50)) <= 2


def test_a_very_long_text_is_cut_with_a_sign() -> None:
    assert untrusted_text.clean("x" * 10_000) == "x" * untrusted_text.LONGEST + "…"


def test_a_whole_line_may_be_longer() -> None:
    line = "x" * 2_000
    assert untrusted_text.clean(line, untrusted_text.LONGEST_LINE) == line


@given(st.text())
def test_whatever_comes_the_rest_is_printable(words: str) -> None:
    assert untrusted_text.clean(words).isprintable()


@given(st.text())
def test_lines_keep_their_ends_and_nothing_else(words: str) -> None:
    shown = untrusted_text.printable(words)
    assert shown.count("\n") == words.count("\n")
    assert all(line.isprintable() for line in shown.split("\n"))


def test_a_large_text_is_not_remembered() -> None:
    before = untrusted_text._clean.cache_info().misses
    untrusted_text.clean("ö" * untrusted_text.LONGEST + "1")
    untrusted_text.clean("ö" * untrusted_text.LONGEST + "2" * 1_000_000)
    assert untrusted_text._clean.cache_info().misses == before + 1, "only what is shown of it is"
    assert untrusted_text.clean("ä" * 1_000_000) == "ä" * untrusted_text.LONGEST + "…"
