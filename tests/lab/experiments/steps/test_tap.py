"""Who swept, by what a probe sent through the tap."""

from __future__ import annotations

from lab.experiments.steps.probing.tap import commands, swept

PROBE, WORKER, PRODUCER = "connection 1", "connection 2", "connection 3"


def restore(who: str, tag: str) -> list[tuple[str, str]]:
    """As kombu 5.7 puts one message back (`QoS.restore_by_tag`)."""
    words = ("WATCH unacked", f"HGET unacked {tag}", "MULTI", f"ZREM unacked_index {tag}")
    return [(who, each) for each in (*words, f"HDEL unacked {tag}", 'RPUSH celery {"body": …}', "EXEC")]


def test_a_sweep_is_its_sender_s_with_what_it_put_back() -> None:
    sweep = [
        (PROBE, "SET unacked_mutex … NX"),
        (PROBE, "ZRANGE unacked_index 1796.5 0 BYSCORE REV WITHSCORES"),
    ]
    # The worker sweeps too, and finds nothing that is overdue by its own timeout.
    sweep.append((WORKER, "ZREVRANGEBYSCORE unacked_index 1763.2 0 WITHSCORES"))
    heard = [*sweep, *restore(PROBE, "a"), (PROBE, "EVALSHA …"), *restore(PROBE, "b")]
    assert swept(heard, "unacked_index") == {PROBE: 2, WORKER: 0}


def test_a_restore_that_is_tried_again_puts_one_message_back() -> None:
    heard = [(PROBE, "ZRANGE unacked_index 1 0"), *restore(PROBE, "a"), *restore(PROBE, "a")]
    assert swept(heard, "unacked_index") == {PROBE: 1}


def test_acknowledging_publishing_and_handing_back_are_no_sweeps() -> None:
    heard = [
        (WORKER, "MULTI"),
        (WORKER, "ZREM unacked_index a"),
        (WORKER, "HDEL unacked a"),
        (WORKER, "EXEC"),
    ]
    heard += [(PRODUCER, "LPUSH celery …"), (PRODUCER, "RPUSH celery …"), *restore(WORKER, "b")]
    assert swept(heard, "unacked_index") == {}


def test_another_app_s_index_is_not_this_one_s() -> None:
    heard = [(PROBE, "ZRANGE acme:unacked_index 1 0"), (PROBE, "ZRANGE unacked_index_copy 1 0")]
    assert swept(heard, "unacked_index") == {}


def test_the_commands_are_those_that_were_sent_whole() -> None:
    sent = b"*1\r\n$5\r\nMULTI\r\n*3\r\n$4\r\nZREM\r\n$13\r\nunacked_index\r\n$4\r\n\r\n\xff1\r\n"
    assert list(commands(sent)) == ["MULTI", "ZREM unacked_index \r\n\ufffd1"]
    assert list(commands(sent[:-3])) == ["MULTI"]
    assert list(commands(b"PING\r\n")) == []
