"""A fault of the program's own: told in one line, its traceback kept in a file."""

from __future__ import annotations

import tempfile
import traceback


def recorded(error: BaseException) -> str:
    """Write the traceback to a file; one line that says what failed and where that file is."""
    what = " ".join(f"{type(error).__name__}: {error}".split())
    try:
        with tempfile.NamedTemporaryFile("w", prefix="unacked-fault-", suffix=".log", delete=False) as file:
            traceback.print_exception(error, file=file)
    except OSError:
        return f"a fault of its own ended it ({what})"
    return f"a fault of its own ended it ({what}); please report it with {file.name}"
