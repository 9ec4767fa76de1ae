"""A Celery app by its name, found and loaded as Celery does it. Loading it runs its code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NoReturn

from lab.commands.options import fail


def found_app(name: str) -> Any:
    """The Celery app, found as Celery's own commands find it (`celery.bin.celery`). One that cannot be loaded
    ends the program with one line."""
    # As `celery -A` does: an app is looked for from the folder that one stands in.
    sys.path.insert(0, str(Path.cwd()))
    try:
        from celery.app.utils import find_app

        return find_app(name)
    except (Exception, SystemExit) as error:
        # Importing somebody's app runs their code, which may raise anything.
        module, colon, attribute = name.partition(":")
        if colon and isinstance(error, ModuleNotFoundError) and error.name == name:
            # What Celery tries last, when the module has no such attribute.
            fail(f"The app {name} cannot be loaded: {module} has no {attribute}")
        _cannot(f"The app {name} cannot be loaded", error)


def load_tasks(app: Any, name: str) -> None:
    """Load the modules with its tasks, as a worker does when it starts (`celery.loaders.base`). What cannot
    be loaded, or is no app at all, ends the program with one line."""
    if not hasattr(app, "loader"):
        fail(f"{name} is no Celery app, but of type {type(app).__name__}")
    try:
        app.loader.import_default_modules()
        app.finalize()
    except (Exception, SystemExit) as error:
        _cannot(f"The tasks of the app {name} cannot be loaded", error)


def _cannot(what: str, error: BaseException) -> NoReturn:
    fail(f"{what}: {type(error).__name__}: {' '.join(str(error).split())}")
