"""The broker's small rules: what is shown, what is matched, and where the server comes from."""

from __future__ import annotations

import os
import platform

import pytest

from lab.rig.broker import BrokerError, erase, server_binary


def test_an_empty_prefix_is_not_erased() -> None:
    with pytest.raises(ValueError, match="whole db"):
        erase("redis://127.0.0.1:1/0", "")


def test_the_server_is_executable() -> None:
    assert os.access(server_binary(), os.X_OK)


def test_a_platform_without_a_server_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(BrokerError, match=r"no embedded Valkey for .* on riscv64: name a Redis") as caught:
        server_binary()
    assert "\n" not in str(caught.value)
