"""Every decoder of what comes from outside, with real inputs to begin with, and what it may do with others.

A decoder takes bytes. It may refuse them by the one error that it names; whatever else it raises is
wrong, and so is a fact with a number that cannot be, or a text without an end.
"""

from __future__ import annotations

import json
import struct
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from lab.rig import registry
from lab.settings import ENVIRONMENT, SettingError, load
from lab.target import TargetError, environment_url, from_url
from lab.watch.bounds import absurd
from lab.watch.broker.address import AddressError, masked
from lab.watch.broker.connection import Address
from lab.watch.facts import AnyFact, Fact
from lab.watch.model.model import Model
from lab.watch.outputs.lines import summary
from lab.watch.outputs.narrator import Narrator
from lab.watch.outputs.untrusted_text import clean, printable
from lab.watch.recording.lines import BARE, FORMAT, Header, header_line, read_header
from lab.watch.recording.reading import opened
from lab.watch.sources import decoding
from lab.watch.sources.access import Access
from lab.watch.sources.channel import parsed
from lab.watch.sources.clients import client_list
from lab.watch.sources.command_counts import counts_of, may_prune
from lab.watch.sources.discovery import bindings
from lab.watch.sources.inspection import pidbox
from lab.watch.sources.inspection.inspection import configured, kombu_version
from lab.watch.sources.keys import payload
from lab.watch.sources.keys.following import Following
from lab.watch.sources.keys.identity import Identity
from lab.watch.sources.keys.look import task_id
from lab.watch.sources.keys.memory_use import MemoryUse

RECORDINGS = Path(__file__).parents[1] / "tests" / "recordings"

NOW = 1_795_000_000.0
LONGEST_TEXT = 600
"""Characters of any text of a fact that a decoder makes."""


@dataclass(frozen=True)
class Decoder:
    """One decoder. `decode` raises where it did what it may not."""

    name: str
    samples: Callable[[], Sequence[bytes]]
    """Real inputs."""
    decode: Callable[[bytes], None]


class Unsound(AssertionError):
    """A decoder made something that nobody should believe."""


@cache
def wire() -> dict[str, list[bytes]]:
    """What real workers and a real broker said (`tests.recordings.wire`)."""
    read: dict[str, list[bytes]] = {}
    for path in sorted(RECORDINGS.glob("wire-*.json")):
        for kind, inputs in json.loads(path.read_text()).items():
            read.setdefault(kind, []).extend(each.encode("latin-1") for each in inputs)
    return read


@cache
def recorded() -> list[bytes]:
    """Recordings of real workers, the shorter ones, and one of each version."""
    found = [path.read_bytes() for path in sorted(RECORDINGS.glob("**/*.jsonl"))]
    small = sorted(found, key=len)[:12]
    return [*small, _as_written_today(small[0])]


def _as_written_today(old: bytes) -> bytes:
    from lab.watch.recording.recorder import Recorder

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "old"
        path.write_bytes(old)
        recorder = Recorder(Path(folder) / "new", "redis://h/0")
        for fact in opened(path)[1]:
            recorder.take(fact)
        recorder.close()
        return recorder.path.read_bytes()


def sound(*facts: Fact) -> None:
    """Whether these can be believed, and recorded."""
    for fact in facts:
        if field := absurd(fact):
            raise Unsound(f"{field} of {fact!r}"[:300])
        for field in fact.__struct_fields__:
            value = getattr(fact, field)
            if isinstance(value, str) and len(value) > LONGEST_TEXT:
                raise Unsound(f"{field} has {len(value):,} characters")
        msgspec.json.encode(fact)


def event(data: bytes) -> None:
    try:
        sound(*decoding.decode(data, NOW))
    except decoding.BadEvent as bad:
        str(bad)


def reply(data: bytes) -> None:
    try:
        _, end = parsed(data)
    except ValueError:
        return
    if end > len(data):
        raise Unsound("it ends beyond its end")


def payload_of(data: bytes) -> None:
    task_id(data)
    try:
        sound(payload.decode("tag", NOW, data, NOW))
    except payload.BadPayload as bad:
        str(bad)


def index(data: bytes) -> None:
    """Eight bytes are the score, the others the name; then the entry is asked for again, and is gone."""
    told: list[AnyFact] = []
    following = Following(told.append)
    score = struct.unpack("<d", data[:8].ljust(8, b"\0"))[0]
    following.index([(data[8:], score)], [(data[8:], NOW)], [], NOW)
    for tag in following.unnamed(10, NOW):
        following.named(tag)
    following.answers(list(following.scores), [None], NOW, NOW)
    sound(*told)


def clients(data: bytes) -> None:
    for connection in client_list.parse(data, {1, 22}):
        if len(connection.address) > LONGEST_TEXT or len(connection.name) > LONGEST_TEXT:
            raise Unsound("a text without an end")


def info(data: bytes) -> None:
    """The library turns the text into numbers and texts as it likes; then each reader takes its own."""
    from redis._parsers.helpers import parse_info

    said: dict[str, Any] = parse_info(data)
    told: list[AnyFact] = []
    access = Access("keys", Address(), told.append)
    counts_of(said)
    may_prune(said)
    memory = MemoryUse(access, told.append)
    memory.told([said, said, said], NOW)
    identity = Identity(access, told.append)
    identity.told(said, (int(NOW), 5), [said, said], NOW, NOW)
    sound(*told)


def answer(data: bytes) -> None:
    try:
        worker, said = pidbox.reply(data)
    except pidbox.BadReply as bad:
        str(bad)
        return
    kombu_version(said)
    for version in (None, (5, 4), (5, 7)):
        if fact := configured(worker, said, NOW, version):
            sound(fact)
        if isinstance(said.get("ok"), dict) and (fact := configured(worker, said["ok"], NOW, version)):
            sound(fact)


def binding(data: bytes) -> None:
    members = [bindings.name(member) for member in data.split(b"\n")]
    sep = bindings.separator(members)
    for queue in bindings.bound(members, sep or "x"):
        bindings.holds_messages(queue, queue)


def name(data: bytes) -> None:
    text = bindings.name(data)
    bindings.event_channel(text)
    bindings.table(text)


def recording(data: bytes) -> None:
    """The model takes in whatever is read, and what it says of it can be said."""
    if read_header(data.partition(b"\n")[0]) is None:
        data = header_line(Header(format=FORMAT, version=BARE)) + data
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        model, narrator = Model(), Narrator()
        for fact in opened(Path(file.name))[1]:
            model.apply(fact)
        lines = [*narrator.tell(model.settle()), summary(model, NOW)]
    for line in lines:
        if not line.as_text().isprintable() or not line.as_json().isprintable():
            raise Unsound("a line that a terminal obeys")


def registered(data: bytes) -> None:
    """A file of the registry, held by somebody."""
    import fcntl

    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        fcntl.flock(file, fcntl.LOCK_EX)
        if record := registry._read(Path(file.name), time.monotonic()):
            masked(record.url)


def url(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    masked(text)
    try:
        address = Address.from_url(text, master="any")
    except AddressError as error:
        printable(str(error))
    else:
        printable(address.masked)
    try:
        from_url(text)
    except TargetError:
        return


def setting(data: bytes) -> None:
    """The first line is one setting in the environment; all of it is a .env file."""
    first = data.partition(b"\n")[0].decode("utf-8", "surrogateescape")
    named, _, value = first.partition("=")
    environ = {named: value, **dict.fromkeys(list(ENVIRONMENT.values())[:1], value)}
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        try:
            load({}, environ, dotenv=Path(file.name))
        except SettingError as error:
            clean(str(error))
        try:
            environment_url({}, dotenv=Path(file.name))
        except TargetError as error:
            clean(str(error))


def text(data: bytes) -> None:
    for words in (data.decode("utf-8", "surrogateescape"), data.decode("latin-1")):
        lines = printable(words).split("\n")
        if not clean(words).isprintable() or not all(line.isprintable() for line in lines):
            raise Unsound("it is obeyed by a terminal")
        if len(clean(words)) > LONGEST_TEXT:
            raise Unsound("a text without an end")


def _entries() -> list[bytes]:
    return [struct.pack("<d", NOW) + tag for tag in wire()["index"]]


def _registered() -> list[bytes]:
    return [
        msgspec.json.encode(
            registry.RigRecord(
                id="a1b2c3",
                url="redis://:secret@127.0.0.1:6379/0",
                prefix="lab:",
                keeper_pid=12,
                server_pid=None,
                worker_pids={"w1@lab": 13},
                folder="/run/f",
                logs="/run/l",
                truth_log="/run/t",
                visibility_timeout=5,
                restore_interval=1,
                restore_throttle=1,
                started=NOW,
            )
        )
    ]


URLS = (
    b"redis://user:pa%23ss@host:6379/3?socket_timeout=5",
    b"rediss://:p@h/0?ssl_cert_reqs=CERT_REQUIRED&ssl_ca_certs=/x",
    b"redis+socket:///run/redis.sock?virtual_host=2",
    b"sentinel://a:26379/1?master_name=m;sentinel://:p@b:26380",
    b"redis://[::1]:6379",
)
SETTINGS = (
    b"BROKER_URL=redis://:p@h:6379/0\nVISIBILITY_TIMEOUT=60\n",
    b"WORKERS=3\nexport ETA_SECONDS='30'\n",
    b'LAB_PREFIX="a${B}"\nCELERY_BROKER_URL=unix:///x\n',
)
TEXTS = ("\x1b[2J\u202ea\u0301\u0301".encode(), "漢字🏳️‍🌈é\r\n\t".encode())

DECODERS = (
    Decoder("events", lambda: wire()["event"], event),
    Decoder("replies of a subscription", lambda: wire()["reply"], reply),
    Decoder("payloads", lambda: wire()["payload"], payload_of),
    Decoder("index entries", _entries, index),
    Decoder("CLIENT LIST", lambda: wire()["clients"], clients),
    Decoder("INFO", lambda: wire()["info"], info),
    Decoder("inspection replies", lambda: wire()["answer"], answer),
    Decoder("binding tables", lambda: [b"\n".join(wire()["binding"])], binding),
    Decoder("names of keys and channels", lambda: wire()["name"], name),
    Decoder("recordings", recorded, recording),
    Decoder("registry files", _registered, registered),
    Decoder("URLs", lambda: URLS, url),
    Decoder("settings", lambda: SETTINGS, setting),
    Decoder("text", lambda: TEXTS, text),
)
