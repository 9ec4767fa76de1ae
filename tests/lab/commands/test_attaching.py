"""Attaching from the command line: what cannot be watched is one clear line, exit code 2, and soon."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lab.commands import choosing
from lab.commands.cli import cli
from lab.rig.broker import free_port
from tests.lab.watch.sources.reader import port_of, serving
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with serving(tmp_path_factory.mktemp("server")) as client:
        # A queue is what there is of a deployment whose workers are all off.
        client.sadd("_kombu.binding.celery", "celery\x06\x16\x06\x16celery")
        yield client


@pytest.fixture
def url(server: Any) -> str:
    return f"redis://127.0.0.1:{port_of(server)}/0"


@pytest.fixture(autouse=True)
def nothing_but_what_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("BROKER_URL", "CELERY_BROKER_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(choosing, "FIND_WITHIN", 0.3)


def watch(*arguments: str, **more: Any) -> Result:
    return CliRunner().invoke(cli, ["watch", *arguments], **more)


def refused(*arguments: str) -> str:
    """The one line with which a watch ends that cannot be."""
    begun = time.monotonic()
    result = watch(*arguments, "--for", "1")
    assert result.exit_code == 2, result.output + repr(result.exception)
    assert result.stdout == "" and len(result.stderr.splitlines()) == 1, result.stderr
    assert time.monotonic() - begun < 5
    return result.stderr


@contextmanager
def answering(*answers: bytes) -> Iterator[str]:
    """The URL of something that is no Redis: it says so to the first few who connect, or says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            for each in answers:
                with listener.accept()[0] as connection:
                    connection.recv(1000)
                    connection.sendall(each)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


@pytest.mark.parametrize(
    ("url", "named"),
    [
        (f"redis://127.0.0.1:{free_port()}/0", "refused"),
        ("redis://no-such-host.invalid/0", "no-such-host.invalid"),
        ("redis+socket:///no/such.sock", "/no/such.sock"),
        ("amqp://:hunter2@host//", "none of Redis"),
        ("redis://:hunter2@host/0?foo=1", "not known"),
        ("", "empty"),
    ],
)
def test_a_broker_that_is_none_or_not_there(url: str, named: str) -> None:
    line = refused(url)
    assert named in line and "hunter2" not in line


def test_something_that_speaks_no_redis() -> None:
    with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as url:
        assert "cannot be watched: no Redis: Protocol Error" in refused(url)
    with answering(b"") as url:
        assert "cut off: " in refused(url)
    with answering() as url:
        assert "half-open: " in refused(url)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--attach",), "CELERY_BROKER_URL"),
        (("--prefix", "acme:"), "nothing to attach to"),
        (("--visibility-timeout", "5"), "attached broker"),
        (("redis://h", "--attach"), "a URL and --attach"),
        (("redis://h", "--replay", "file"), "a URL and --replay"),
        (("redis://h", "--lab", "ab"), "a URL and --lab"),
        (("redis://h", "--visibility-timeout", "nan"), "--visibility-timeout is 'nan'"),
        (("redis://h", "--restore-interval", "-1"), "--restore-interval is '-1'"),
        (("redis://h", "--restore-throttle", "1.5"), "--restore-throttle is '1.5'"),
        (("redis://h", "--event-exchange", ""), "cannot be watched"),
        (("redis://h", "--password-file", "/no/file"), "No such file"),
        (("-A", "no_such_module"), "no_such_module"),
        (("-A", "x", "--master", "m"), "master_name"),
    ],
)
def test_what_does_not_go_together(arguments: tuple[str, ...], named: str) -> None:
    assert named in refused(*arguments)


@pytest.mark.parametrize("option", ["--for", "--speed"])
def test_a_number_that_is_none_is_not_taken(option: str) -> None:
    result = watch(option, "nan")
    assert result.exit_code == 2 and "is not a number" in result.stderr


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("raise RuntimeError('first\\nsecond')", "RuntimeError: first second"),
        ("raise SystemExit('bye')", "SystemExit: bye"),
        ("import no_such_thing", "no_such_thing"),
        ("app = 5", "no attribute 'conf'"),
        ("from celery import Celery; app = Celery('shop', broker='amqp://:hunter2@host//')", "none of Redis"),
        ("from celery import Celery; app = Celery('shop'); app.config_from_object('nowhere')", "nowhere"),
    ],
)
def test_an_app_that_cannot_be_used(code: str, named: str, tmp_path: Path) -> None:
    # A module of that name is imported once a process.
    module = f"broken_{abs(hash(code))}"
    (tmp_path / f"{module}.py").write_text(code)
    line = refused("-A", module)
    assert named in line and "hunter2" not in line


def test_an_app_names_the_broker_and_one_that_is_away_is_told(tmp_path: Path, url: str) -> None:
    away = f"redis://:hunter2@127.0.0.1:{free_port()}/0"
    for module, broker in (("app_here", url), ("app_away", away)):
        (tmp_path / f"{module}.py").write_text(
            f"from celery import Celery; shop = Celery('shop', broker={broker!r})"
        )
    result = watch("-A", "app_here:shop", "--for", "0.3")
    assert result.exit_code == 0 and "0 messages" in result.stdout, result.output
    assert "has no nothing" in refused("-A", "app_here:nothing")
    line = refused("-A", "app_away")
    assert "refused" in line and "hunter2" not in line


def test_a_watch_for_a_time_ends_well(url: str) -> None:
    result = watch(url, "--prefix", "", "--for", "0.3")
    assert (result.exit_code, result.stderr) == (0, "") and "0 messages" in result.stdout


def test_where_nothing_is_found_nobody_can_say_that_nothing_happens(url: str) -> None:
    result = watch(url.replace("/0", "/7"), "--for", "1")
    assert result.exit_code == 3
    assert "no worker and no queue of Celery was found on db 7" in result.stderr


def test_the_environment_names_the_broker(url: str) -> None:
    result = watch("--attach", "--for", "0.3", env={"CELERY_BROKER_URL": url})
    assert (result.exit_code, result.stderr) == (0, "") and "0 messages" in result.stdout


def test_a_password_is_warned_of_once_and_shown_nowhere(server: Any, tmp_path: Path) -> None:
    server.acl_setuser(
        "reader", enabled=True, passwords=["+hunter2"], categories=["+@all"], keys="*", channels="*"
    )
    url = f"redis://reader:hunter2@127.0.0.1:{port_of(server)}/0"
    recording = tmp_path / "recording"
    result = watch(url, "--for", "0.3", "--json", "--record", str(recording))
    assert result.exit_code == 0, result.output
    assert len(result.stderr.splitlines()) == 1 and "--password-file" in result.stderr
    header = json.loads(recording.read_text().splitlines()[0])
    assert header["broker"] == url.replace("hunter2", "***")
    assert "hunter2" not in result.output + recording.read_text()
    # From a file, a pipe or the environment nobody can read it.
    (tmp_path / "password").write_text("hunter2\n")
    plain = url.replace(":hunter2", "")
    for arguments, more in (
        ((plain, "--password-file", "password"), {}),
        ((plain, "--password-file", "-"), {"input": "hunter2\n"}),
        (("--attach",), {"env": {"BROKER_URL": url}}),
    ):
        result = watch(*arguments, "--for", "0.3", **more)
        assert (result.exit_code, result.stderr) == (0, ""), result.output
    (tmp_path / "password").write_text("\n")
    assert "there is none" in refused(plain, "--password-file", "password")
    wrong = watch(url.replace("hunter2", "hunter3"), "--for", "1")
    assert wrong.exit_code == 2 and "hunter3" not in wrong.output
    server.acl_deluser("reader")


def test_a_server_that_asks_for_a_password_is_told_how_to_give_one(tmp_path: Path) -> None:
    with serving(tmp_path, "--requirepass", "hunter2") as client:
        line = refused(f"redis://127.0.0.1:{port_of(client)}/0")
    assert "Authentication required" in line and "--password-file" in line


def test_ctrl_c_while_it_is_found_out_ends_it_at_once(url: str, server: Any) -> None:
    wait_until(lambda: server.pubsub_numpat() == 0, 10, "nobody listens any more")
    with subprocess.Popen(
        [sys.executable, "-m", "lab", "watch", url],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        wait_until(lambda: server.pubsub_numpat() > 0, 10, "it listens for heartbeats")
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        try:
            out, told = process.communicate(timeout=5)
        finally:
            process.kill()
    assert time.monotonic() - begun < 2
    assert process.returncode == 1 and out == b"" and b"Traceback" not in told
