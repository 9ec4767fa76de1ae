"""The gate: whatever a program prints passes it, and a terminal obeys nothing in that.

It takes the place of `sys.stdout` and `sys.stderr`, so that nobody who prints has to think of it: not click
with its refusals, not Python with its tracebacks. The screen does not print, and has a gate of its own
(`tui.widgets.segments`).
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from typing import Any, TextIO

import click

from lab.watch.outputs.untrusted_text import printable


class OutputError(click.ClickException):
    """What is printed cannot be written. Click ends the program with its one line and exit code."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        click.echo(self.message, err=True)


class Gate:
    """A stream to print to. What has no place in its encoding is replaced; all else is that stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        shown = printable(text)
        if shown:
            # Click tries with an empty text whether this is a stream, and forgives everything.
            with self._held():
                self._stream.write(shown)
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        with self._held():
            self._stream.flush()

    @contextlib.contextmanager
    def _held(self) -> Iterator[None]:
        """Say that the output cannot be written. Nothing more of it is tried, not even as Python ends."""
        try:
            yield
        except OSError as error:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
            if self._stream.fileno() == 2:
                return
            if error.errno == errno.EPIPE:
                # Who reads has enough, as `head` does: click ends the program without a word.
                raise
            raise OutputError(f"The output cannot be written: {error.strerror}") from None


@contextlib.contextmanager
def gated() -> Iterator[None]:
    """Let all that is printed pass the gate, from now on: what Python says after the end, too."""
    sys.stdout, sys.stderr = Gate(sys.stdout), Gate(sys.stderr)
    try:
        yield
    finally:
        try:
            sys.stdout.flush()
        except OutputError as error:
            error.show()
            sys.exit(error.exit_code)
        except OSError:
            sys.exit(1)
