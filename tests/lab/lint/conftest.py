"""What every test of lint needs: an environment that names no broker."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_broker_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    # These win over the settings (`celery.app.utils:Settings`).
    for name in ("CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_RESULT_BACKEND"):
        monkeypatch.delenv(name, raising=False)
