"""Settings come from flags over environment over `.env` over defaults, and a bad one is one clear line."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.settings import SettingError, Settings, load

NOWHERE = Path("/nonexistent/.env")


def test_nothing_given_is_the_defaults() -> None:
    assert load({}, {}, dotenv=NOWHERE) == Settings()
    assert Settings().sweep_period == 1


def test_a_flag_wins_over_the_environment_over_the_file(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("WORKERS=3\nCONCURRENCY=3\nETA_SECONDS=3\n")
    settings = load({"workers": 1}, {"WORKERS": "2", "CONCURRENCY": "2"}, dotenv=dotenv)
    assert (settings.workers, settings.concurrency, settings.eta_seconds) == (1, 2, 3)


def test_a_file_that_is_no_text_is_one_line(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_bytes(b"WORKERS=3\n\xff\xfe\n")
    with pytest.raises(SettingError, match=r"\.env cannot be read") as caught:
        load({}, {}, dotenv=dotenv)
    assert "\n" not in str(caught.value)


def test_the_seed_profile_is_kombus_own_sweep() -> None:
    settings = load({}, {}, profile="seed", dotenv=NOWHERE)
    assert (settings.sweep_period, settings.eta_seconds) == (100, 120)


@pytest.mark.parametrize(
    ("flags", "environ", "named", "shown"),
    [
        ({}, {"VISIBILITY_TIMEOUT": "0"}, "VISIBILITY_TIMEOUT", "'0'"),
        ({}, {"WORKERS": "many"}, "WORKERS", "'many'"),
        ({"concurrency": 65}, {}, "--concurrency", "65"),
        ({"eta_seconds": -1}, {}, "--eta-seconds", "-1"),
    ],
)
def test_a_bad_number_names_setting_value_and_what_is_allowed(
    flags: dict[str, int], environ: dict[str, str], named: str, shown: str
) -> None:
    with pytest.raises(SettingError) as caught:
        load(flags, environ, dotenv=NOWHERE)
    line = str(caught.value)
    assert named in line and shown in line and "allowed" in line and "\n" not in line


@pytest.mark.parametrize(
    "url",
    [
        "http://:hunter2@host",
        "redis://",
        "redis://:hunter2@host/db",
        "hunter2",
        "redis://user:12#hunter2@host",
        "redis://user:12/hunter2@host",
        "redis://user:12?hunter2@host",
        "redis://:hunter2@host:99999",
        "redis://:hunter2@host:port",
        "redis://:hunter2@host:0",
        "redis://:hunter2@host/²",
        "redis://[::1",
        "redis://:hunter2@host/0?foo=1",
        "redis://:hunter2@host/0?db=1",
    ],
)
def test_a_bad_url_is_not_repeated(url: str) -> None:
    with pytest.raises(SettingError) as caught:
        load({}, {"BROKER_URL": url}, dotenv=NOWHERE)
    line = str(caught.value)
    assert "BROKER_URL" in line and "redis://" in line and "\n" not in line
    assert "hunter2@" not in line and ":hunter2" not in line


@pytest.mark.parametrize("prefix", ["", "  "])
def test_a_named_broker_is_never_used_without_a_prefix(prefix: str) -> None:
    with pytest.raises(SettingError) as caught:
        load({"lab_prefix": prefix}, {"BROKER_URL": "redis://host"}, dotenv=NOWHERE)
    line = str(caught.value)
    assert "--lab-prefix is empty" in line and "allowed" in line and "\n" not in line
    # None given makes one, and an embedded broker is the lab's own.
    assert load({}, {"BROKER_URL": "redis://host"}, dotenv=NOWHERE).lab_prefix is None
    assert load({"lab_prefix": "mine:"}, {"BROKER_URL": "redis://host"}, dotenv=NOWHERE).lab_prefix == "mine:"
    assert load({"lab_prefix": prefix}, {}, dotenv=NOWHERE).lab_prefix == prefix
