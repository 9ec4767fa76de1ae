"""A way to a server that can be spoilt: cut, refused, held up, swallowed, halved, flooded or garbled."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable

CHUNK = 65_536


class Proxy:
    """Listens on a loopback port and passes on what it hears, through `spoil` on the way to the client."""

    def __init__(self, port: int) -> None:
        self._server = port
        self.spoil: Callable[[bytes], bytes] = lambda data: data
        """What becomes of bytes on their way to the client."""
        self.pieces = 0
        """Bytes that are passed on to the client at once; 0 where it does not matter."""
        self.halves = False
        """Whether a client is given half of what comes next, and then cut off."""
        self.swallows = False
        """Whether nothing is passed on, either way."""
        self.refuses = False
        """Whether who comes is sent away at once."""
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def cut(self) -> None:
        """Hang up on everybody."""
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                # Without it a thread that waits in `recv` keeps the connection open.
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Nobody listens any more."""
        # Without it a thread that waits in `accept` keeps the port open.
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                try:
                    if self.refuses:
                        raise ConnectionRefusedError
                    server = socket.create_connection(("127.0.0.1", self._server))
                except OSError:
                    client.close()
                    continue
                self._pairs.append((client, server))
                for ends in ((client, server, False), (server, client, True)):
                    threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, to_client: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                if self.swallows:
                    continue
                if not to_client:
                    target.sendall(data)
                    continue
                data = self.spoil(data)
                if self.halves:
                    target.sendall(data[: len(data) // 2])
                    break
                for at in range(0, len(data), self.pieces or len(data) or 1):
                    target.sendall(data[at : at + (self.pieces or len(data))])
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def held_up(seconds: float) -> Callable[[bytes], bytes]:
    """Every answer comes so much later."""

    def spoil(data: bytes) -> bytes:
        time.sleep(seconds)
        return data

    return spoil


def answering(port_of: list[socket.socket], said: bytes) -> int:
    """The port of a server that says one thing to everybody, or nothing; its sockets go to the list."""
    listening = socket.create_server(("127.0.0.1", 0))
    port_of.append(listening)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listening.accept()
                port_of.append(client)
                if said:
                    client.recv(CHUNK)
                    client.sendall(said)
                    client.close()

    threading.Thread(target=serve, daemon=True).start()
    return int(listening.getsockname()[1])
