"""The notices: what a report of the rig's keeper has to tell the user, in one line each."""

from __future__ import annotations

from collections.abc import Iterable

from lab.rig import reports
from lab.rig.reports import Report

FULL = "the broker is full and refuses commands: what a worker takes now is lost"
"""A pop needs no memory, and the record of it in `unacked` does (`kombu.transport.redis:QoS.append`)."""


def notices(told: Iterable[Report]) -> list[str]:
    """What reports tell beyond what the screen shows anyway."""
    return [words for report in told if (words := _notice(report))]


def _notice(report: Report) -> str:
    match report:
        case reports.RigFailed(line=line):
            return line
        case reports.LeftCleared(lab=lab, what=what):
            return f"The lab {lab} had been killed: {what}"
        case reports.BrokerDied():
            return "The embedded server ended; it starts again, empty: what stood in it is lost"
        case reports.WorkerGaveUp(name=name, log=log):
            return f"{name} ended too often and is not started again: see {log}"
        case reports.WorkerExited(why="crashed", name=name, status=status):
            return f"{name} ended by itself (status {status})"
    return ""
