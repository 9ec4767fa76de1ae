"""Faults of the way to the server: no name, no port, no answer, another protocol, bytes lost or changed."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.faulting.fault import COMPLETE, NOT_WATCHED, Ground, fault
from tests.lab.watch.sources.proxy import answering, held_up
from tests.lab.watch.sources.tls import encrypted


@fault("nothing listens there", "away", NOT_WATCHED, at_start=True, heals=False)
def nothing_listens(ground: Ground) -> Iterator[None]:
    ground.url = "redis://127.0.0.1:1/0"
    yield


@fault("a name that does not resolve", "name", NOT_WATCHED, at_start=True, heals=False)
def no_name(ground: Ground) -> Iterator[None]:
    ground.url = "redis://no-such-host.invalid:6379/0"
    yield


@fault("a web server answers there", "no Redis", NOT_WATCHED, at_start=True, heals=False)
def web_server(ground: Ground) -> Iterator[None]:
    said = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
    ground.url = f"redis://127.0.0.1:{answering(ground.kept, said)}/0"
    yield


@fault("who listens there says nothing", "half-open", NOT_WATCHED, at_start=True, heals=False)
def silent_server(ground: Ground) -> Iterator[None]:
    ground.url = f"redis://127.0.0.1:{answering(ground.kept, b'')}/0"
    yield


@fault("TLS where there is none", "TLS", NOT_WATCHED, at_start=True, heals=False)
def tls_for_none(ground: Ground) -> Iterator[None]:
    ground.url = ground.server.url.replace("redis://", "rediss://")
    yield


@fault("no TLS where there is", "TLS|no Redis|cut off", NOT_WATCHED, at_start=True, heals=False)
def none_for_tls(ground: Ground) -> Iterator[None]:
    front = encrypted(ground.server.port)
    ground.url = f"redis://127.0.0.1:{front.__enter__().port}/0"
    ground.kept.append(_Left(front))
    yield


@fault("a certificate that nobody trusts", "certificate", NOT_WATCHED, at_start=True, heals=False)
def untrusted(ground: Ground) -> Iterator[None]:
    front = encrypted(ground.server.port)
    ground.url = f"rediss://localhost:{front.__enter__().port}/0?ssl_cert_reqs=required"
    ground.kept.append(_Left(front))
    yield


@fault("a db that is not there", "db|DB", NOT_WATCHED, at_start=True, heals=False)
def no_such_db(ground: Ground) -> Iterator[None]:
    ground.url = ground.server.url.replace("/0", "/99")
    yield


@fault("a db on which nothing is", "no worker and no queue", at_start=True, heals=False)
def empty_db(ground: Ground) -> Iterator[None]:
    ground.url = ground.server.url.replace("/0", "/7")
    yield


@fault("a path to a Unix socket that is not there", "away", NOT_WATCHED, at_start=True, heals=False)
def no_socket(ground: Ground) -> Iterator[None]:
    ground.url = f"redis+socket://{ground.folder}/none.sock"
    yield


@fault("connections cut once", "cut off")
def cut(ground: Ground) -> Iterator[None]:
    ground.proxy.cut()
    yield


@fault("way gone: nobody listens any more", "away", heals=False)
def way_gone(ground: Ground) -> Iterator[None]:
    ground.proxy.close()
    yield


@fault("connections cut, and each new one at once", "cut off")
def cut_again(ground: Ground) -> Iterator[None]:
    ground.proxy.refuses = True
    ground.proxy.cut()
    yield
    ground.proxy.refuses = False


@fault("what is sent is swallowed, both ways", "half-open")
def swallowed(ground: Ground) -> Iterator[None]:
    ground.proxy.swallows = True
    yield
    ground.proxy.swallows = False
    ground.proxy.cut()


@fault("answers come 0.3 s late", code=COMPLETE)
def late(ground: Ground) -> Iterator[None]:
    ground.proxy.spoil = held_up(0.3)
    yield


@fault("answers come 5 s late", "half-open")
def very_late(ground: Ground) -> Iterator[None]:
    ground.proxy.spoil = held_up(5.0)
    yield
    ground.proxy.spoil = lambda data: data
    ground.proxy.cut()


@fault("answers come a byte at a time", code=COMPLETE)
def in_bytes(ground: Ground) -> Iterator[None]:
    # A whole look at the counters has some kilobytes.
    ground.proxy.pieces = 7
    yield


@fault("answers are halved, then cut", "cut off|no Redis")
def halved(ground: Ground) -> Iterator[None]:
    ground.proxy.halves = True
    yield
    ground.proxy.halves = False
    ground.proxy.cut()


@fault("answers are garbled, so that no line ends", "no Redis|half-open|cut off")
def scrambled(ground: Ground) -> Iterator[None]:
    ground.proxy.spoil = lambda data: bytes(byte ^ 0x55 for byte in data)
    yield
    ground.proxy.spoil = lambda data: data
    ground.proxy.cut()


@fault("answers are garbled, a byte of each kind", "no Redis")
def garbled(ground: Ground) -> Iterator[None]:
    ground.proxy.spoil = lambda data: data.replace(b"$", b"&").replace(b"*", b"&").replace(b":", b"&")
    yield
    ground.proxy.spoil = lambda data: data
    ground.proxy.cut()


@fault("an answer that is never over", "no Redis|more than is read|half-open|larger")
def endless(ground: Ground) -> Iterator[None]:
    ground.proxy.spoil = lambda data: b"$2000000000\r\n" + data
    yield
    ground.proxy.spoil = lambda data: data
    ground.proxy.cut()


@fault("answers come twice", "no Redis|cut off|fault|half-open")
def doubled(ground: Ground) -> Iterator[None]:
    ground.proxy.spoil = lambda data: data + data
    yield
    ground.proxy.spoil = lambda data: data
    ground.proxy.cut()


@fault("server away for a while, then back", "away", direct=True)
def way_closed(ground: Ground) -> Iterator[None]:
    ground.server.kill()
    yield
    time.sleep(1.0)
    ground.server.start()


class _Left:
    """A context that is left with the ground."""

    def __init__(self, context: object) -> None:
        self.context = context

    def close(self) -> None:
        self.context.__exit__(None, None, None)  # type: ignore[attr-defined]
