"""The gate of the screen: every text that a widget draws becomes a segment or a title here, and nowhere else.

What a pane shows was made clean where it was worded, so that it could be measured. Here it passes once more,
so that what was forgotten there is not obeyed by the terminal either.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from lab.watch.outputs.untrusted_text import LONGEST_LINE, clean


def segment(words: str, style: Style) -> Segment:
    """A piece of a line."""
    return Segment(clean(words, LONGEST_LINE), style)


def framed(pieces: Iterable[tuple[str, Style]]) -> Text:
    """A line in a frame: markup means nothing in it."""
    return Text.assemble(*((clean(words, LONGEST_LINE), style) for words, style in pieces))
