"""What every test of lint needs: an environment that names no broker, and no other app in the process."""

from __future__ import annotations

import pytest
from celery import _state


@pytest.fixture(autouse=True)
def no_broker_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    # These win over the settings (`celery.app.utils:Settings`).
    for name in ("CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_RESULT_BACKEND"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def no_tasks_of_other_apps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks are shared among all apps of a process (`celery.app.base:Celery.task`), those of tests too."""
    own = {each for each in _state._on_app_finalizers if each.__module__ == "celery.app.builtins"}
    monkeypatch.setattr(_state, "_on_app_finalizers", own)
