"""Names as the screen shows them: of workers, of messages, of their ids. Cleaned; pure functions."""

from __future__ import annotations

from rich.cells import cell_len

from lab.watch.model.accounts.account import Attempt
from tui.cells.text import clean, cut

HOME = "@lab"
"""What the names of the lab's own workers end with; the screen leaves it out."""


def worker(name: str) -> str:
    """A worker's name as it is shown: the lab's own without their common ending."""
    return clean(name).removesuffix(HOME) if name else "?"


def short(task_id: str) -> str:
    """The first eight characters of a task id."""
    return clean(task_id[:8])


def title(task: str, args: str) -> str:
    """A message in a few words: the last part of its task's name and its arguments, `run CELERY`."""
    name = task.rsplit(".", 1)[-1] if task else "?"
    inner = args.strip()
    # `task-sent` has a list where the message's header has a tuple.
    if inner[:1] + inner[-1:] in ("()", "[]"):
        inner = inner[1:-1].removesuffix(",")
    if len(inner) > 1 and inner[0] == inner[-1] == "'" and "'" not in inner[1:-1]:
        inner = inner[1:-1]
    return clean(f"{name} {inner}".strip())


def attempt(one: Attempt, width: int) -> str:
    """An attempt's title with what tells it from others under its id: `run CELERY r1` a retry, `·2` another
    sending. The marks always have room; the title is cut to what is left of `width` cells."""
    marks = f" r{one.retries}" if one.retries else ""
    marks += f" ·{one.publication}" if one.publication > 1 else ""
    return cut(title(one.task, one.args), width - cell_len(marks)) + marks
