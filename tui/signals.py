"""The signals that end the program: the terminal must be given back first, as at `q`."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from textual.app import App


def exit_on_signals(app: App[Any]) -> None:
    """Leave the app at SIGTERM and SIGHUP, with 128 + the signal's number. From within its event loop."""
    if app.is_headless:
        # A test's: the process is not the app's own.
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, app.exit, None, 128 + number)
