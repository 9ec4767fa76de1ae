"""What the rules say that Celery and kombu do: seen on the installed ones."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from celery import Celery

from tests.lab.lint.cases import REFUSES, add_task, app_with, namespaced, task_with
from tests.lab.watch.sources.reader import port_of, serving

TEXT = """
from celery import Celery

app = Celery("proj", broker="redis://127.0.0.1:{port}/0")
app.conf.broker_transport_options = {{"visibility_timeout": "43200"}}
"""


def test_a_timeout_that_is_a_text_ends_a_worker_as_it_connects(tmp_path: Path) -> None:
    with serving(tmp_path) as client:
        (tmp_path / "proj.py").write_text(TEXT.format(port=port_of(client)))
        # It ends by itself; the limit is for one that does not.
        done = subprocess.run(
            [sys.executable, "-m", "celery", "-A", "proj", "worker", "-c", "1"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert "TypeError: unsupported operand type(s) for -: 'float' and 'str'" in done.stderr


def test_a_timeout_in_the_url_keeps_everything_from_connecting() -> None:
    with pytest.raises(TypeError, match="visibility_timeout"):
        app_with(broker_url=f"{REFUSES}?visibility_timeout=43200").connection()


def test_a_soft_limit_beyond_the_hard_one_is_refused_when_the_task_is_sent() -> None:
    app = task_with(time_limit=120, soft_time_limit=150)
    with pytest.raises(ValueError, match="soft_time_limit"):
        app.tasks["proj.send"].apply_async()


@pytest.mark.parametrize(
    "elsewhere",
    [
        app_with(visibility_timeout=43_200),
        app_with(result_backend_transport_options={"visibility_timeout": 43_200}),
        namespaced(CELERY_VISIBILITY_TIMEOUT=43_200),
    ],
)
def test_no_connection_has_a_timeout_that_stands_elsewhere(elsewhere: Celery) -> None:
    connection = elsewhere.connection_for_read()
    assert connection.transport_options == {}
    assert connection.transport_cls and connection.get_transport_cls().Channel.visibility_timeout == 3600


def test_the_last_of_twelve_doublings_is_what_the_backoff_reaches() -> None:
    from celery.utils.time import get_exponential_backoff_interval

    from lab.lint.reader import read_app
    from lab.lint.rules.retries import longest_backoff

    app = app_with()
    add_task(
        app, "proj.send", autoretry_for=(OSError,), retry_backoff=3, retry_backoff_max=10**9, max_retries=12
    )
    [task] = read_app(app).tasks
    # `retry()` refuses the thirteenth: the twelfth is the one that `request.retries` 11 makes.
    assert longest_backoff(task) == get_exponential_backoff_interval(3, 11, 10**9)
