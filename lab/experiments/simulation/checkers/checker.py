"""What a checker is: from a truth and a model to what is wrong, in words; none of them knows another."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lab.experiments.simulation.truth import Truth
from lab.watch.model.model import Model

Checker = Callable[[Truth, Model], Iterator[str]]
"""Says what is wrong, a clause each; nothing where all is well or nothing can be known."""
