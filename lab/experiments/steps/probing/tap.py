"""A tap: a Unix socket before the server's own, which passes everything on and notes the commands.

Whoever is given its URL, and nobody else, is heard: so it is certain whose sweeps these are. MONITOR names no
connection of a Unix socket, so that it could not tell.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from lab.rig.broker import socket_url
from lab.watch.broker.connection import Address
from lab.watch.broker.layout import Layout

LOOKS = ("ZRANGE", "ZREVRANGEBYSCORE")
"""How a sweep asks for overdue entries: kombu from 5.7 on, and before (`QoS.restore_visible`)."""

CHUNK, MOST = 65_536, 1 << 24
"""Bytes that are passed on at once, and that one connection may send until no more is noted: a probe sends a
few kB, and what it puts back."""


class Tap:
    """Listens at `door` while it is entered, and passes on to the Unix socket of the server at `url`."""

    def __init__(self, url: str, door: Path) -> None:
        self.url = socket_url(door)
        self._server, self._door = Address.from_url(url).path, door
        self._noted: list[bytearray] = []
        """What each connection sent, in the order in which they came."""
        self._connections: list[threading.Thread] = []
        tap = self

        class Connection(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                tap._pass_on(self.request)

        self._listener = socketserver.ThreadingUnixStreamServer(str(door), Connection)
        self._listener.daemon_threads = True
        self._thread = threading.Thread(
            target=self._listener.serve_forever, args=(0.05,), name="tap", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown()
        self._listener.server_close()
        self._thread.join(5)
        for connection in self._connections:
            # Whoever was asked is gone by now; what it sent is read to its end.
            connection.join(5)
        self._door.unlink(missing_ok=True)

    def sweeps(self, prefix: str) -> dict[str, int]:
        """Which connections swept, and how many messages each put back."""
        heard = [
            (f"connection {number}", words)
            for number, noted in enumerate(self._noted, 1)
            for words in commands(bytes(noted))
        ]
        return swept(heard, Layout(prefix=prefix).index)

    def _pass_on(self, client: socket.socket) -> None:
        noted = bytearray()
        self._connections.append(threading.current_thread())
        self._noted.append(noted)
        with socket.socket(socket.AF_UNIX) as server:
            server.connect(self._server)
            answers = threading.Thread(target=_pump, args=(server, client, None), daemon=True)
            answers.start()
            _pump(client, server, noted)
            answers.join(5)


def _pump(source: socket.socket, to: socket.socket, noted: bytearray | None) -> None:
    """Pass on what comes until there is no more, and say so to the other side."""
    with contextlib.suppress(OSError):
        while data := source.recv(CHUNK):
            if noted is not None and len(noted) < MOST:
                noted += data
            to.sendall(data)
    with contextlib.suppress(OSError):
        to.shutdown(socket.SHUT_WR)


def commands(sent: bytes) -> Iterator[str]:
    """The commands, each as one text, in what a client sent: arrays of strings with their lengths, as every
    client library writes them (RESP). What is cut off at the end is left out."""
    at = 0

    def number(kind: bytes) -> int:
        nonlocal at
        end = sent.index(b"\r\n", at)
        if sent[at : at + 1] != kind:
            raise ValueError("no array of strings")
        found, at = int(sent[at + 1 : end]), end + 2
        return found

    with contextlib.suppress(ValueError):
        while at < len(sent):
            words = []
            for _ in range(number(b"*")):
                length = number(b"$")
                words.append(sent[at : at + length].decode("utf-8", "replace"))
                at += length + 2
            if at > len(sent):
                return
            yield " ".join(words)


def swept(heard: Iterable[tuple[str, str]], index: str) -> dict[str, int]:
    """Who looked for overdue entries, and how many messages each put back. A restore takes a delivery tag out
    of the index and pushes its message to the right, in one transaction, which is tried again where somebody
    wrote to `unacked` meanwhile (WATCH); an acknowledgement only takes it out."""
    restored: dict[str, set[str]] = {}
    taken: dict[str, str] = {}
    for sender, words in heard:
        command, _, rest = words.partition(" ")
        key, _, tag = rest.partition(" ")
        match command.upper():
            case "MULTI":
                taken.pop(sender, None)
            case "ZREM" if key == index:
                taken[sender] = tag
            case "RPUSH" if sender in taken and sender in restored:
                restored[sender].add(taken[sender])
            case command if command in LOOKS and key == index:
                restored.setdefault(sender, set())
    return {sender: len(tags) for sender, tags in restored.items()}
