"""The colours: few, each with one meaning, on a dark ground."""

from __future__ import annotations

import os

from textual.theme import Theme

THEME = Theme(
    name="unacked",
    primary="#7aa2c8",
    secondary="#8a94a6",
    accent="#7aa2c8",
    foreground="#d5d9e0",
    background="#11141a",
    surface="#161a21",
    panel="#1d222b",
    success="#7fbf7f",
    warning="#e0b060",
    error="#f07070",
    dark=True,
    variables={"line": "#3a424f", "dim": "#7d8796", "chosen": "#1d2530", "focused": "#27354a"},
)
"""Blue leads the eye, amber is held and waiting, red ran twice, green ran as it should."""

PLAIN_THEME = "ansi-dark"
"""Textual's theme of the terminal's own colours."""


def plain() -> bool:
    """Whether the user wants no colours of ours (https://no-color.org): then the terminal's own are used."""
    return "NO_COLOR" in os.environ
