"""The dialog of `E`: how many messages, due in how many seconds, under which name."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label

from lab.settings import LIMITS
from tui.actions.producer_thread import FireRequest

MOST = 10_000
"""Messages that are sent at once."""

LONGEST_NAME = 60
"""Characters of a name."""


def read(seconds: str, name: str, count: str) -> FireRequest | str:
    """The request that three fields ask for, or one line that says what is wrong with them."""
    longest = LIMITS["eta_seconds"][1]
    try:
        due = float(seconds)
    except ValueError:
        due = -1.0
    if not 0 <= due <= longest:
        return f"Due in {seconds!r} s: a number of seconds from 0 to {longest:,} is allowed"
    if not name.strip() or len(name) > LONGEST_NAME:
        return f"The name must have 1 to {LONGEST_NAME} characters"
    try:
        many = int(count)
    except ValueError:
        many = 0
    if not 1 <= many <= MOST:
        return f"{count!r} messages: a whole number from 1 to {MOST:,} is allowed"
    return FireRequest(due, name.strip(), many)


class Fire(ModalScreen[FireRequest | None]):
    """Three fields; enter sends, escape leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "leave")]

    def __init__(self, usual: FireRequest) -> None:
        super().__init__()
        self._usual = usual
        """What stands in the fields at first."""

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Send messages"
            box.border_subtitle = "enter sends · escape leaves"
            for label, id, value in (
                ("due in seconds", "seconds", str(self._usual.seconds)),
                ("name", "name", self._usual.name),
                ("how many", "count", str(self._usual.count)),
            ):
                with Horizontal():
                    yield Label(label)
                    yield Input(value, id=id, compact=True)
            yield Label("", id="error", markup=False)

    def on_input_submitted(self) -> None:
        """Send, or say in one line why not."""
        fields = (self.query_one(f"#{id}", Input).value for id in ("seconds", "name", "count"))
        request = read(*fields)
        if isinstance(request, str):
            self.query_one("#error", Label).update(request)
        else:
            self.dismiss(request)
