"""The screen, fed with facts."""

from __future__ import annotations

import pytest
from textual.css.model import SelectorType
from textual.dom import DOMNode

from lab.watch import facts
from tests.lab.watch.telling import ZERO, redelivered
from tests.tui.staging import SIZES, Stage, play
from tests.tui.stand_ins import FedSession


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_empty_lists_say_what_e_will_do(width: int, height: int) -> None:
    async def script(stage: Stage) -> None:
        assert "Press e" in stage.text and "Nothing is scheduled. e sends" in stage.text
        assert "Nothing ran twice" in stage.text
        assert "hidden for 5 s" in stage.text and "sweep every 1 s" in stage.text
        assert "secret" not in stage.text
        assert all(len(line) == width for line in stage.text.splitlines())

    play(Stage(FedSession()), script, width, height)


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

    play(Stage(FedSession()), script, width, height)


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

    play(Stage(FedSession(told)), script, width, height)


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
def test_it_quits(key: str) -> None:
    async def script(stage: Stage) -> None:
        await stage.pilot.press(key)
        await stage.until(lambda: not stage.app.is_running)

    play(Stage(FedSession()), script)


def test_it_ends_when_the_rig_is_lost() -> None:
    async def script(stage: Stage) -> None:
        stage.session.lost = "The keeper is gone"
        await stage.until(lambda: not stage.app.is_running)
        assert stage.app.return_code == 1

    play(Stage(FedSession()), script)


def test_no_color_means_the_terminals_own_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def script(stage: Stage) -> None:
        stage.session.tell(*redelivered("w1 w2").facts)
        await stage.look(29)
        assert stage.app.native_ansi_color
        assert "✖ duplicate" in stage.text and "▸" in stage.text

    play(Stage(FedSession()), script)


@pytest.mark.parametrize("width", [30, 46, 60, 100, 200])
def test_any_width_shows_no_half_word_without_a_sign(width: int) -> None:
    async def script(stage: Stage) -> None:
        await stage.look(7)
        assert all(len(line) == width for line in stage.text.splitlines())

    play(Stage(FedSession(redelivered().facts)), script, width)


def test_whatever_the_stylesheet_names_is_there() -> None:
    async def script(stage: Stage) -> None:
        def named(node: type[DOMNode]) -> set[str]:
            return {node.__name__}.union(*(named(each) for each in node.__subclasses__()))

        styled = {
            selector.name
            for rule in stage.app.stylesheet.rules
            if not rule.is_default_rules
            for selectors in rule.selector_set
            for selector in selectors.selectors
            if selector.type == SelectorType.TYPE
        }
        assert "RunLogView" in styled and styled <= named(DOMNode)
        run_view = stage.app.query_one("#run")
        assert run_view.query_one("#log").styles.scrollbar_size_vertical == 1

    play(Stage(FedSession()), script)
