"""The screen, fed with facts."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import cast

import pytest
from textual.binding import Binding
from textual.widgets import Input

from lab.app.producer import FireError
from lab.rig.rig import Rig
from lab.watch import facts
from tests.lab.watch.telling import ZERO, Telling, redelivered
from tests.tui.staging import Recorder, Sender, Stage, Staged
from tui.panes.scheduled import Scheduled

SIZES = [(120, 36), (80, 24)]


def played(
    stage: Stage, script: Callable[[Stage], Awaitable[None]], width: int = 120, height: int = 36
) -> None:
    """Play a script on the stage."""

    async def run() -> None:
        async with stage.shown(width, height):
            await script(stage)

    asyncio.run(run())


def waiting(id: str = "task-1", eta: float = 28.0, at: float = 0.0) -> Telling:
    told = Telling(id=id, tag=f"tag-{id}", eta=eta).sent(at).payload(at + 0.004)
    return told.popped(at + 0.004).received(at + 0.006, "w1")


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_empty_lists_say_what_e_will_do(width: int, height: int) -> None:
    async def script(stage: Stage) -> None:
        assert "Press e" in stage.text and "Nothing is scheduled. e sends" in stage.text
        assert "Nothing ran twice" in stage.text
        assert "hidden for 5 s" in stage.text and "sweep every 1 s" in stage.text
        assert "secret" not in stage.text
        assert all(len(line) == width for line in stage.text.splitlines())

    played(Stage(Staged()), script, width, height)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_one_message_from_sending_to_its_duplicates(width: int, height: int) -> None:
    told = redelivered("w1 w2 w1")

    async def script(stage: Stage) -> None:
        stage.session.tell(*(fact for fact in told.facts if fact.at < ZERO + 12))
        await stage.look(12)
        assert "Scheduled — 1 waiting" in stage.text and "Unacked — 1 held" in stage.text
        assert "3 held" in stage.text and "16 s" in stage.text and "▼ twice" in stage.text
        assert "Nobody acknowledged it for 5 s" in stage.text
        stage.session.tell(
            *(fact for fact in told.facts if fact.at >= ZERO + 12), *told.left(28.2).facts[-1:]
        )
        await stage.look(29)
        assert "Scheduled — 0 waiting · 1 finished" in stage.text and "✖ ran 3×" in stage.text
        assert "Duplicate executions — 2 of 3 runs" in stage.text
        assert "×3" in stage.text and "×2" in stage.text and "✖ duplicate" in stage.text
        assert "1 sent · 3 deliveries · ran 3 times · 2 duplicates" in " ".join(stage.text.split())

    played(Stage(Staged()), script, width, height)


def test_an_overdue_entry_is_marked() -> None:
    async def script(stage: Stage) -> None:
        await stage.look(9)
        assert "1 overdue" in stage.text and "▓ overdue" in stage.text

    played(Stage(Staged(waiting().facts)), script)


def test_a_burst_of_duplicates_rings_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[int] = []

    async def script(stage: Stage) -> None:
        monkeypatch.setattr(stage.app, "bell", lambda: rung.append(1))
        stage.session.tell(*redelivered("w1 w2 w1").facts)
        await stage.look(29)
        assert stage.app.query_one("#duplicates").has_class("lit")
        stage.session.tell(*Telling().started(28.1, "w2").facts)
        await stage.look(29.2)
        assert rung == [1]
        stage.session.tell(*Telling().started(40, "w2").facts)
        await stage.look(40)
        assert rung == [1, 1]
        await stage.look(45)
        assert not stage.app.query_one("#duplicates").has_class("lit")

    played(Stage(Staged()), script)


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize(
    "evil",
    [
        "\x1b[2J\x07\x9b",
        "[/x][bold]",
        "[@click=app.quit]x[/]",
        "漢字" * 40,
        "x" * 10_000,
        "\u202eabc",
        "🏳️‍🌈é",
    ],
)
def test_whatever_comes_from_the_wire_is_only_text(evil: str, width: int, height: int) -> None:
    at = {"at": ZERO, "seen": ZERO}
    told = [
        facts.Sent(id=evil, worker=evil, task=evil, args=evil, eta=ZERO + 28, **at),
        facts.Payload(tag=evil, id=evil, task=evil, args=evil, eta=ZERO + 28, **at),
        facts.Popped(tag=evil, **at),
        facts.Online(worker=evil, pid=9, **at),
        facts.Received(id=evil, worker=evil, pid=9, task=evil, args=evil, eta=ZERO + 28, **at),
        facts.Unreadable(source="events", why=evil, **at),
        facts.Gap(source="keys", since=ZERO, why=evil, **at),
    ]
    runs = [facts.Started(id=evil, worker=evil, pid=9, clock=n, at=ZERO + 28 + n / 100) for n in range(3)]

    async def script(stage: Stage) -> None:
        await stage.look(2)
        stage.session.tell(*runs)
        await stage.look(29)
        stage.app.say(evil, bad=True)
        await stage.look(29)
        assert all(char.isprintable() for char in stage.text.replace("\n", ""))
        assert "incomplete" in stage.text
        if evil.startswith("["):
            assert evil[:4] in stage.text

    played(Stage(Staged(told)), script, width, height)


def test_only_rows_in_sight_are_built(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [fact for n in range(10_000) for fact in waiting(f"{n:05}", 28 + n, n / 1e5).facts]
    built: list[int] = []
    row = Scheduled.row

    def counted(self: Scheduled, index: int, columns: object) -> object:
        built.append(index)
        return row(self, index, columns)  # type: ignore[arg-type]

    async def script(stage: Stage) -> None:
        await stage.look(3)
        assert "Scheduled — 10,000 waiting" in stage.text
        monkeypatch.setattr(Scheduled, "row", counted)
        await stage.look(4)
        height = stage.app.query_one("#scheduled").size.height
        assert built and set(built) <= set(range(height))
        built.clear()
        await stage.pilot.press("end")
        await stage.look(5)
        assert "09999" in stage.text
        assert set(built) <= {0, *range(10_000 - 2 * height, 10_000)}

    played(Stage(Staged(many)), script)


def test_nothing_is_drawn_again_while_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    told = redelivered("w1 w2")

    async def script(stage: Stage) -> None:
        stage.session.tell(*told.left(28.2).facts)
        await stage.look(60)
        await stage.look(60)
        drawn: list[object] = []
        for widget in stage.app.query("Rows, Lines"):
            monkeypatch.setattr(widget, "refresh", lambda *_, **__: drawn.append(1))
        stage.app.look()
        assert not drawn

    played(Stage(Staged()), script)


def test_more_on_the_broker_than_is_listed_is_said() -> None:
    totals = facts.Totals(at=ZERO, unacked=10_000, index=10_000, unread=500, queued=7)

    async def script(stage: Stage) -> None:
        assert "1 of 10,000 shown · 500 came too fast to be read" in stage.text
        assert "7 messages waiting in queues" in stage.text

    played(Stage(Staged([*waiting().facts, totals])), script)


def test_a_mutex_that_is_held_for_long_is_said() -> None:
    async def script(stage: Stage) -> None:
        stage.session.tell(facts.Totals(at=ZERO, mutex=True))
        await stage.look(2)
        assert "a sweep is running" in stage.text
        stage.session.tell(facts.Totals(at=ZERO + 12, mutex=True))
        await stage.look(12)
        told = "the sweep lock is held for 12 s: nothing is redelivered (it expires after 300 s)"
        assert told in stage.text and "a sweep is running" not in stage.text
        stage.session.tell(facts.Totals(at=ZERO + 13))
        await stage.look(13)
        assert "lock" not in stage.text

    played(Stage(Staged()), script)


def test_runs_of_which_too_little_was_seen_are_counted_in_the_title() -> None:
    async def script(stage: Stage) -> None:
        stage.session.model.ledger.counts.executions = 5
        stage.session.model.ledger.counts.unclear = 2
        await stage.look(2)
        assert "Duplicate executions — 0 of 5 runs · 2 unclear" in stage.text

    played(Stage(Staged()), script)


def test_what_runs_is_not_gone() -> None:
    async def script(stage: Stage) -> None:
        told = waiting(eta=5).started(5, "w1")
        stage.session.tell(*told.facts)
        await stage.look(6)
        assert "1 running w1" in stage.text and "holder gone" not in stage.text

    played(Stage(Staged()), script)


def test_the_choice_stays_with_the_message_when_rows_move() -> None:
    async def script(stage: Stage) -> None:
        stage.session.tell(*waiting("b", 20).facts, *waiting("c", 30).facts)
        await stage.look(1)
        await stage.pilot.press("down")
        assert stage.app.chosen == ("c", 0)
        stage.session.tell(*waiting("a", 10).facts)
        await stage.look(2)
        assert stage.app.chosen == ("c", 0)
        assert next(line for line in stage.text.splitlines() if "▸" in line).find("c  ") > 0
        stage.session.tell(*Telling(id="c", tag="tag-c").started(5, "w1").succeeded(5.1, "w1", 0.1).facts)
        stage.session.tell(facts.Left(at=ZERO + 5.2, tag="tag-c"))
        await stage.look(6)
        assert stage.app.chosen == ("c", 0)
        await stage.pilot.press("tab", "up")
        assert stage.app.chosen in (("a", 0), ("b", 0))

    played(Stage(Staged()), script)


def test_e_fires_at_once_and_chooses_what_was_sent() -> None:
    async def script(stage: Stage) -> None:
        stage.session.tell(*waiting("other", 10).facts)
        await stage.look(1)
        await stage.pilot.press("e")
        await stage.until(lambda: stage.sender.sent)
        assert stage.sender.sent == [(30, "CELERY", 1)]
        stage.session.tell(*waiting("task-1", 30).facts)
        await stage.until(lambda: stage.app.chosen == ("task-1", 0))
        assert "CELERY was sent, to run in 30 s" in stage.text

    played(Stage(Staged()), script)


def test_what_is_fired_before_there_is_a_broker_waits_for_it() -> None:
    async def script(stage: Stage) -> None:
        assert "broker is starting" in stage.text
        await stage.pilot.press("e")
        await stage.look()
        assert "it is sent as soon as there is one" in stage.text and not stage.sender.sent
        stage.session.url = "redis://127.0.0.1/0"
        await stage.until(lambda: stage.sender.sent)

    played(Stage(Staged(url=None)), script)


def test_a_refused_broker_is_one_line() -> None:
    async def script(stage: Stage) -> None:
        await stage.pilot.press("e")
        await stage.until(lambda: "✖ not sent: refused [/x]" in stage.text)

    played(Stage(Staged(), Sender(FireError("not sent: refused [/x]"))), script)


def test_the_dialog_checks_what_it_is_given() -> None:
    async def script(stage: Stage) -> None:
        await stage.pilot.press("E")
        await stage.until(lambda: len(stage.app.screen_stack) == 2)
        stage.app.screen.query_one("#seconds", Input).value = "[/x]"
        await stage.pilot.press("enter")
        await stage.until(lambda: "a number of seconds from 0 to" in stage.text)
        stage.app.screen.query_one("#seconds", Input).value = "12"
        stage.app.screen.query_one("#name", Input).value = "quiet"
        stage.app.screen.query_one("#count", Input).value = "3"
        await stage.pilot.press("enter")
        await stage.until(lambda: stage.sender.sent)
        assert stage.sender.sent == [(12.0, "quiet", 3)]

    played(Stage(Staged()), script)


def test_the_keys_order_the_rig() -> None:
    rig = Recorder()

    async def script(stage: Stage) -> None:
        stage.session.tell(
            facts.Online(at=ZERO, worker="w1", pid=101), facts.Heartbeat(at=ZERO + 1, worker="w1", pid=101)
        )
        await stage.look(2)
        assert "kill w1" in stage.text and "timeout 60 s" in stage.text
        await stage.pilot.press("v", "v", "plus", "minus", "k")
        assert rig.orders == [("restart", 60), ("restart", 5), ("add",), ("retire",), ("kill", "w1")]

    played(Stage(Staged(waiting().facts, rig=cast("Rig", rig))), script)


def test_a_long_eta_gets_a_timeout_that_outlasts_it() -> None:
    async def script(stage: Stage) -> None:
        assert "timeout 150 s" in stage.text

    played(Stage(Staged(rig=cast("Rig", Recorder())), eta=120), script)


@pytest.mark.parametrize("key", ["v", "plus", "minus", "k"])
def test_another_programs_rig_is_left_alone(key: str) -> None:
    async def script(stage: Stage) -> None:
        await stage.pilot.press(key)
        await stage.look()
        assert "belongs to another program" in stage.text and " kill" not in stage.text

    played(Stage(Staged()), script)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_help_lists_every_key(width: int, height: int) -> None:
    async def script(stage: Stage) -> None:
        await stage.pilot.press("question_mark")
        await stage.until(lambda: "Keys and words" in stage.text)
        for words in ("SIGKILL", "Retire", "overdue", "recovery"):
            assert words in stage.text
        for binding in stage.app.BINDINGS:
            assert isinstance(binding, Binding)
            key = re.escape(binding.key_display or binding.key)
            assert re.search(rf"│ +(\S+ )?{key} ", stage.text), key
        await stage.pilot.press("question_mark")
        await stage.until(lambda: "Keys and words" not in stage.text)

    played(Stage(Staged()), script, width, height)


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
def test_it_quits(key: str) -> None:
    async def script(stage: Stage) -> None:
        await stage.pilot.press(key)
        await stage.until(lambda: not stage.app.is_running)

    played(Stage(Staged()), script)


def test_it_ends_when_the_rig_is_lost() -> None:
    async def script(stage: Stage) -> None:
        stage.session.lost = "The keeper is gone"
        await stage.until(lambda: not stage.app.is_running)
        assert stage.app.return_code == 1

    played(Stage(Staged()), script)


def test_no_color_means_the_terminals_own_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def script(stage: Stage) -> None:
        stage.session.tell(*redelivered("w1 w2").facts)
        await stage.look(29)
        assert stage.app.native_ansi_color
        assert "✖ duplicate" in stage.text and "▸" in stage.text

    played(Stage(Staged()), script)


@pytest.mark.parametrize("width", [30, 46, 60, 100, 200])
def test_any_width_shows_no_half_word_without_a_sign(width: int) -> None:
    async def script(stage: Stage) -> None:
        await stage.look(7)
        assert all(len(line) == width for line in stage.text.splitlines())

    played(Stage(Staged(redelivered().facts)), script, width)


def test_the_footer_has_room_for_every_key_at_eighty_columns() -> None:
    rig = Recorder()

    async def script(stage: Stage) -> None:
        stage.session.tell(facts.Online(at=ZERO, worker="w1", pid=101))
        await stage.look(2)
        keys = stage.text.splitlines()[-1].split()
        assert {"e", "s", "v", "+", "-", "k", "?", "q"} <= set(keys)

    played(Stage(Staged(waiting().facts, rig=cast("Rig", rig))), script, 80, 24)
