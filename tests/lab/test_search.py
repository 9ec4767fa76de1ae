"""The search: who attaches before there is a deployment finds it as soon as a worker is up."""

from __future__ import annotations

import time

from lab.attachment import Attachment
from lab.rig.rig import Rig
from lab.rig.workers import WorkerSpec
from lab.settings import Settings
from lab.target import chosen, from_url
from lab.watch.broker.connection import connect
from lab.watch.broker.layout import Layout
from lab.watch.sources.discovery.discovery import discover
from tests.lab.watch.sources.reader import put
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


def test_of_what_was_watched_until_then_nothing_stays() -> None:
    """An entry of somebody who is gone, and what a reader may not look at there but may at the deployment."""
    with Rig.start(Settings(workers=0)) as rig:
        rig.wait_ready(20)
        url = rig.state.url or ""
        with connect(url) as client:
            put(client, "left-behind", time.time())
            rights = "~later:* ~unacked ~unacked_index &* -@all +@read +@connection +psubscribe +info +time"
            client.execute_command("ACL", "SETUSER", "few", "on", ">pw", *rights.split(), "+client|list")
        attached = Attachment(from_url(url.replace("://", "://few:pw@")))
        try:
            ledger = attached.model.ledger
            wait_until(lambda: attached.look() and ledger.entries and ledger.unknown, 10, "it is read")
            rig.add_worker(WorkerSpec("w1@later", 1, 60, 1, 1, environment={"LAB_PREFIX": "later:"}))
            wait_until(lambda: attached.look() and attached.target.found, 30, "the deployment is found")
            wait_until(lambda: attached.look() and list(ledger.lives), 30, "the worker is heard")
            assert attached.prefix == "later:" and not ledger.entries
            assert not ledger.unknown
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


def test_the_deployment_that_was_chosen_stays_though_another_one_has_more_workers() -> None:
    with Rig.start(Settings(workers=0)) as rig:
        rig.wait_ready(20)
        url = rig.state.url or ""
        for name, prefix in (("w1@one", "one:"), ("w1@big", "big:"), ("w2@big", "big:")):
            rig.add_worker(WorkerSpec(name, 1, 60, 1, 1, environment={"LAB_PREFIX": prefix}))
        found = []
        wait_until(
            lambda: (
                found.append(discover(url, 5).found) or [len(each.workers) for each in found[-1]] == [2, 1]
            ),
            40,
        )
        small = found[-1][1]
        # Of one that nobody was heard of it is searched on, and never for another one.
        small.workers.clear()
        attached = Attachment(chosen(from_url(url), small))
        try:
            ledger = attached.model.ledger
            wait_until(lambda: attached.look() and list(ledger.lives), 30, "its worker is heard")
            wait_until(lambda: attached.look() and attached.target.found, 30, "the search ended")
            assert attached.prefix == "one:" and {life.worker for life in ledger.lives} == {"w1@one"}
        finally:
            attached.close()
