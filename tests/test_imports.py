"""What may not be loaded, proved where the static contracts cannot: at run time, and for dynamic imports.

Celery and kombu are looked for in `sys.modules` of a fresh interpreter: whatever way they got in, a lazy
import or somebody else's, they are there. Nothing that the instruments or the screen rest on needs them.

`socket`, `threading` and `time` cannot be proved absent that way: msgspec and the standard library load some
of them for themselves. So each pure module's own imports are read from its source, wherever in it they stand.
That is sound because a module gets at another one only by an import: every name that it takes from our own
tree is of a module that is checked as well, every other must be on a list, and the ways round an import
statement are refused by name. The list says what is allowed, so that no way to a clock is left out of it.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

PURE = (
    "lab/watch/facts.py",
    "lab/watch/bounds.py",
    "lab/watch/sweep_options.py",
    "lab/watch/model",
    "lab/watch/findings",
    "lab/lint/app_settings.py",
    "lab/lint/rule.py",
    "lab/lint/words.py",
    "lab/lint/rules",
    "lab/lint/linting.py",
)
"""Files and folders that do no I/O and read no clock."""

ALLOWED = frozenset(
    {
        "__future__",
        "abc",
        "bisect",
        "collections",
        "contextlib",
        "copy",
        "dataclasses",
        "enum",
        "fractions",
        "functools",
        "heapq",
        "itertools",
        "json",
        "math",
        "msgspec",
        "operator",
        "re",
        "statistics",
        "string",
        "types",
        "typing",
        "typing_extensions",
    }
)
"""What they may import besides each other: packages without a clock, a thread, a socket or chance."""

ROUND_ABOUT = frozenset({"__import__", "importlib", "exec", "eval", "open", "__builtins__"})
"""Names by which a module could get at another one, or at a file, without an import statement."""


def loaded(program: str) -> set[str]:
    """The names of all modules that a fresh interpreter has loaded after this program."""
    told = f"{program}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def under(names: set[str], *packages: str) -> list[str]:
    """Those of the names that are one of these packages, or in it."""
    return sorted(
        name for name in names if any(name == one or name.startswith(f"{one}.") for one in packages)
    )


def test_the_instruments_load_no_celery_and_no_kombu() -> None:
    program = """
import importlib, pkgutil
import lab.watch, lab.watch.observer
for module in pkgutil.walk_packages(lab.watch.__path__, "lab.watch."):
    importlib.import_module(module.name)
"""
    names = loaded(program)
    assert "lab.watch.sources.keys.keys" in names and "lab.watch.model.accounts.verdicts" in names
    assert under(names, "celery", "kombu") == []
    assert [name for name in under(names, "lab") if not under({name}, "lab.watch") and name != "lab"] == []


FIRST_FRAME = """
import asyncio
from lab.attachment import Attachment
from lab.target import from_url
from tui.actions.producer_thread import Firing
from tui.app import UnackedApp

async def first_frame():
    session = Attachment(from_url("redis://127.0.0.1:1/0"))
    firing = Firing(session.producer)
    app = UnackedApp(session, 30, firing)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert app.ready
    firing.close()
    session.close()

asyncio.run(first_frame())
"""
"""The screen, headless, of a broker that is not there."""


def test_the_first_frame_loads_no_celery_no_kombu_and_no_experiments() -> None:
    names = loaded(FIRST_FRAME)
    assert "textual.app" in names and "tui.app" in names
    assert under(names, "celery", "kombu", "lab.experiments") == []


def pure_files() -> Iterator[Path]:
    for place in PURE:
        path = ROOT / place
        yield from [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))


def imported(tree: ast.AST) -> Iterator[str]:
    """Every name that a source imports, also within a function; `from a import b` may be a module `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", list(pure_files()), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_rule_reaches_no_clock_no_thread_and_no_socket(path: Path) -> None:
    tree = ast.parse(path.read_text())
    pure = [place.removesuffix(".py").replace("/", ".") for place in PURE]
    for name in imported(tree):
        own = name.split(".")[0] == "lab"
        assert under({name}, *pure) if own else name.split(".")[0] in ALLOWED, name
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert names & ROUND_ABOUT == set()
