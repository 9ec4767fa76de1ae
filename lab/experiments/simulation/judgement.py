"""The judgement of a checker: valid, invalid, or unknown, with its evidence; of several the worst counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Validity = Literal["valid", "invalid", "unknown"]

ORDER: tuple[Validity, ...] = ("invalid", "unknown", "valid")
"""The worst first."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one checker found. `unknown` is a verdict: the model said itself that it cannot know."""

    checker: str
    validity: Validity = "valid"
    evidence: tuple[str, ...] = ()
    """Plain sentences, each with the ids it is about."""


def judged(checker: str, wrong: Iterable[str], excused: Iterable[str] = ()) -> Judgement:
    """The judgement where this is wrong, and that is wrong too but was marked as doubtful."""
    if evidence := tuple(wrong):
        return Judgement(checker, "invalid", evidence)
    if evidence := tuple(excused):
        return Judgement(checker, "unknown", evidence)
    return Judgement(checker)


def worst(judgements: Iterable[Judgement]) -> Validity:
    """What they come to together."""
    return min((each.validity for each in judgements), key=ORDER.index, default="valid")
