"""The search: who attaches before there is a deployment finds it as soon as a worker is up."""

from __future__ import annotations

from lab.attachment import Attachment
from lab.rig.rig import Rig
from lab.rig.workers import WorkerSpec
from lab.settings import Settings
from lab.target import from_url
from lab.watch.broker.layout import Layout
from lab.watch.sources.discovery.discovery import discover
from tests.waiting import wait_until


def test_a_deployment_that_comes_later_and_under_a_prefix_is_found() -> None:
    with Rig.start(Settings(workers=0)) as rig:
        rig.wait_ready(20)
        attached = Attachment(from_url(rig.state.url or ""))
        try:
            ledger = attached.model.ledger
            wait_until(lambda: attached.look() and ledger.server, 10, "the broker is read")
            rig.add_worker(WorkerSpec("w1@later", 1, 60, 1, 1, environment={"LAB_PREFIX": "later:"}))
            wait_until(lambda: attached.look() and list(ledger.lives), 30, "the worker is heard")
            assert attached.prefix == "later:"
            assert any("found only then" in doubt for doubt in ledger.doubts)
        finally:
            attached.close()


def test_who_says_the_layout_is_believed() -> None:
    with Rig.start(Settings(workers=0)) as rig:
        rig.wait_ready(20)
        attached = Attachment(from_url(rig.state.url or "", Layout(prefix="mine:")))
        try:
            rig.add_worker(WorkerSpec("w1@later", 1, 60, 1, 1, environment={"LAB_PREFIX": "later:"}))
            heard = discover(rig.state.url or "", 20, scan=False).found
            assert [each.prefix for each in heard] == ["later:"]
            assert attached.look() and attached.prefix == "mine:"
        finally:
            attached.close()
