"""The keymap: every key of the main screen, with its words, and where there is such a key. No widgets.

The app's bindings, its `check_action`, the footer and the help are all read from `KEYS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lab.session import Way

Phase = Literal["watched", "scenario", "verdict"]
"""What is shown: what the screen was started on, a scenario that runs, or one with its verdict."""

Need = Literal["own rig", "own workers"]
"""What must be there for a key to be of use: a rig that this program started, workers of that rig."""

LAB_ONLY: frozenset[Way] = frozenset({"lab"})
"""The ways in of a key that sends a message or changes a worker."""

EVERYWHERE: frozenset[Way] = frozenset({"lab", "attached", "replay"})

WATCHED: frozenset[Phase] = frozenset({"watched"})

ALWAYS: frozenset[Phase] = frozenset({"watched", "scenario", "verdict"})


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides which keys there are."""

    way_in: Way
    phase: Phase = "watched"
    has: frozenset[Need] = frozenset()
    alone: bool = False
    """Whether the timeline stands in the place of the lists."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key. The words say what it does: `label` in the footer, `help` in the help."""

    name: str
    """As Textual calls it."""
    action: str
    """The method `action_…` of the app; several keys may share one."""
    label: str
    help: str
    display: str = ""
    """As it is shown, where that is not its name."""
    ways_in: frozenset[Way] = EVERYWHERE
    """In which ways in there is such a key at all."""
    during: frozenset[Phase] = ALWAYS
    """In which phases it works."""
    alone: bool | None = None
    """Whether it works only while the timeline has the place of the lists, or only while it has not."""
    need: Need | None = None
    """Without it the key still answers, but the footer does not show it."""
    in_footer: bool = True
    priority: bool = False
    """Whether it works in a dialog too."""

    @property
    def shown_as(self) -> str:
        return self.display or self.name

    def exists(self, way_in: Way) -> bool:
        """Whether there is such a key in this way in."""
        return way_in in self.ways_in

    def works(self, situation: Situation) -> bool:
        """Whether it does something, or answers why it does not."""
        there = self.alone is None or self.alone == situation.alone
        return there and self.exists(situation.way_in) and situation.phase in self.during

    def offered(self, situation: Situation) -> bool:
        """Whether the footer shows it."""
        has_need = self.need is None or self.need in situation.has
        return self.in_footer and has_need and self.works(situation)


BACK = "Back to the lists; out of a scenario, which stops it"
ZOOM = "Zoom the timeline out, in"
MOVE = "Move it to earlier, to later; show all of it"

KEYS = (
    Key("e", "fire", "fire", "Send one message with the set ETA", ways_in=LAB_ONLY, during=WATCHED),
    Key(
        "E",
        "ask",
        "fire…",
        "Send messages with an ETA of your own",
        ways_in=LAB_ONLY,
        during=WATCHED,
        in_footer=False,
    ),
    Key(
        "s",
        "catalogue",
        "scenarios",
        "Run a failure mode on a rig of its own",
        during=frozenset({"watched", "verdict"}),
    ),
    Key(
        "escape",
        "lists",
        "lists",
        BACK,
        display="esc",
        alone=True,
        in_footer=False,
    ),
    Key(
        "escape",
        "leave",
        "back",
        BACK,
        display="esc",
        during=frozenset({"scenario", "verdict"}),
        alone=False,
    ),
    Key(
        "t",
        "timeline",
        "timeline",
        "The timeline of the chosen message in place of the lists, and back",
    ),
    Key(
        "v",
        "timeout",
        "timeout",
        "Restart the workers with another visibility timeout",
        ways_in=LAB_ONLY,
        during=WATCHED,
        need="own workers",
    ),
    Key(
        "plus",
        "add",
        "add",
        "Add a worker",
        display="+",
        ways_in=LAB_ONLY,
        during=WATCHED,
        need="own rig",
    ),
    Key(
        "minus",
        "retire",
        "retire",
        "Retire the newest worker, warmly",
        display="-",
        ways_in=LAB_ONLY,
        during=WATCHED,
        need="own workers",
    ),
    Key(
        "k",
        "kill",
        "kill",
        "SIGKILL the holder of the chosen message",
        ways_in=LAB_ONLY,
        during=WATCHED,
        need="own workers",
    ),
    Key("left_square_bracket", "picture('out')", "zoom", ZOOM, display="[", in_footer=False),
    Key("right_square_bracket", "picture('in')", "zoom", ZOOM, display="]", in_footer=False),
    Key("less_than_sign", "picture('out')", "zoom", ZOOM, display="<", in_footer=False),
    Key("greater_than_sign", "picture('in')", "zoom", ZOOM, display=">", in_footer=False),
    Key("left", "picture('earlier')", "move", MOVE, display="←", in_footer=False),
    Key("right", "picture('later')", "move", MOVE, display="→", in_footer=False),
    Key("0", "picture('all')", "all", MOVE, in_footer=False),
    Key("question_mark", "help", "help", "Show the keys and the words", display="?"),
    Key("q", "quit", "quit", "Leave; a lab that this screen started ends with it"),
    Key(
        "ctrl+c",
        "quit",
        "quit",
        "Leave; a lab that this screen started ends with it",
        in_footer=False,
        priority=True,
    ),
    Key(
        "ctrl+z",
        "suspend_process",
        "suspend",
        "Back to the shell; fg brings the screen back",
        in_footer=False,
        priority=True,
    ),
)
"""In the order of the footer."""


def works(action: str, situation: Situation) -> bool:
    """Whether an action may be done. What no key of this table does is not its business, so yes."""
    keys = [key for key in KEYS if key.action.partition("(")[0] == action]
    return not keys or any(key.works(situation) for key in keys)
