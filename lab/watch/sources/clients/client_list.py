"""The answer to `CLIENT LIST`, which is untrusted text: one connection a line."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from lab.watch.sources.command_counts import Counts

LINE, LONGEST = 4_096, 200
"""Bytes of a line that is read, and characters kept of an address or a name."""


@dataclass(frozen=True, slots=True)
class Connection:
    """One line of `CLIENT LIST`; `idle` and `age` in whole seconds."""

    id: int
    db: int
    command: str
    idle: int
    age: int
    address: str = ""
    name: str = ""
    commands: int | None = None
    """How many commands it sent, where the server says so (`tot-cmds`)."""

    @property
    def host(self) -> str:
        """Where it comes from, as the server sees it."""
        return self.address.rpartition(":")[0]


def _address(said: str) -> str:
    """Where a connection comes from; empty for a Unix socket, whose own path says nothing of a client."""
    return "" if said.startswith(("/", "[/")) else said[:LONGEST]


@dataclass(frozen=True, slots=True)
class Look:
    """One look: sent and answered when, on the observer's clock; how old our own connection is, in the
    server's whole seconds; the counts before and after; the connections by id."""

    sent: float
    got: float
    age: int
    before: Counts
    after: Counts
    connections: Mapping[int, Connection]


def parse(data: bytes, wanted: Collection[int]) -> Iterator[Connection]:
    """The connections that ran a script or wait for messages, and those whose ids are `wanted`. Lines that do
    not fit are left out. The server lets no blank into a name, so a field begins after each."""
    ids = {b"id=%d" % each for each in wanted}
    for line in data.splitlines():
        scripted = b" cmd=evalsha" in line or b" cmd=brpop" in line
        if len(line) > LINE or not (scripted or line.partition(b" ")[0] in ids):
            continue
        words = line.decode("utf-8", "replace").split(" ")
        fields = {name: value for name, _, value in (word.partition("=") for word in words)}
        try:
            yield Connection(
                id=int(fields["id"]),
                db=int(fields["db"]),
                command=fields["cmd"],
                idle=max(0, int(fields["idle"])),
                age=max(0, int(fields["age"])),
                address=_address(fields.get("addr", "")),
                name=fields.get("name", "")[:LONGEST],
                commands=int(fields["tot-cmds"]) if "tot-cmds" in fields else None,
            )
        except (KeyError, ValueError):
            continue
