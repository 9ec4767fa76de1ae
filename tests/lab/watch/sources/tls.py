"""TLS in front of a server of a test's own: the embedded Valkey has none.

`localhost.pem` is a key and its certificate, for localhost and 127.0.0.1 and until 2120, which nobody trusts
but these tests.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

CERTIFICATE = Path(__file__).with_name("localhost.pem")

RECORD = 512
"""Bytes at most that are encrypted as one record: a client is given one at a time, however many came."""


class Front:
    """Clients are served with TLS, and what they say and hear is passed on in the clear."""

    def __init__(self, server: int) -> None:
        self.port = 0
        """Where it listens, on loopback."""
        self.told = bytearray()
        """What was passed on to clients."""
        self._server = server

    async def run(self, begun: threading.Event, until: asyncio.Event) -> None:
        """Serve until the event is set."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        listening = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self.port = listening.sockets[0].getsockname()[1]
        begun.set()
        await until.wait()
        listening.close()

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_connection("127.0.0.1", self._server)
        asked = bytearray()
        await asyncio.gather(_pass_on(client, to_server, asked), _pass_on(server, to_client, self.told))


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passed: bytearray) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(RECORD):
            writer.write(data)
            await writer.drain()
            passed += data
    writer.close()


@contextlib.contextmanager
def encrypted(server: int) -> Iterator[Front]:
    """The server on a loopback port, with TLS at another one."""
    front, begun, until = Front(server), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(front.run(begun, until))

    thread = threading.Thread(target=run, name="tls", daemon=True)
    thread.start()
    assert begun.wait(10)
    try:
        yield front
    finally:
        loop.call_soon_threadsafe(until.set)
        thread.join(10)
