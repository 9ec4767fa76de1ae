"""The signals: those that end the program, terminal given back, and the one that comes after ctrl+z."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from textual.app import App


def heed_signals(app: App[Any]) -> None:
    """Leave the app at SIGTERM and SIGHUP, with 128 + the signal's number; draw all of it after a stop.

    To be called within its event loop. Where it is headless, as in a test, the process is not the app's own.
    """
    if app.is_headless:
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, app.exit, None, 128 + number)
    # Textual comes back to an empty screen, and would draw only what changes from then on (8.2,
    # `textual.drivers.linux_driver:LinuxDriver._sigcont_application`).
    app.app_resume_signal.subscribe(app, lambda _: app.screen.refresh())
