"""Ids on the command line: which scenario or cure is meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from lab.commands.options import fail


def known_id(name: str, ids: Iterable[str], what: str) -> str:
    """The id that is meant, whatever its case; an unknown one ends the program with those that are near."""
    by_fold = {each.casefold(): each for each in ids}
    if name.casefold() not in by_fold:
        near = difflib.get_close_matches(name.casefold(), list(by_fold), n=5, cutoff=0.3) or list(by_fold)
        fail(f"no {what} {name!r}; near it: {', '.join(by_fold[each] for each in near)}")
    return by_fold[name.casefold()]
