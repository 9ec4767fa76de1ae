"""A fault of the program's own: told in one line, its traceback kept in a file."""

from __future__ import annotations

import tempfile
import traceback

from lab.watch.outputs.untrusted_text import printable


def recorded(error: BaseException) -> str:
    """Write the traceback to a file; one line that says what failed and where that file is."""
    what = " ".join(f"{type(error).__name__}: {error}".split())
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", prefix="unacked-fault-", suffix=".log", delete=False
        ) as file:
            file.write(printable("".join(traceback.format_exception(error))))
    except OSError:
        return f"a fault of its own ended it ({what})"
    return f"a fault of its own ended it ({what}); please report it with {file.name}"
