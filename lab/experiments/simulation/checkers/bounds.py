"""Bounds: the model keeps no more facts and accounts than there are, and raises nothing."""

from __future__ import annotations

from lab.experiments.simulation.judgement import Judgement, judged
from lab.experiments.simulation.truth import Truth
from lab.experiments.simulation.watching import Watched


def check(truth: Truth, watched: Watched) -> Judgement:
    """Compare what is kept with what was told. Cost: none."""
    wrong: list[str] = []
    if watched.fault:
        wrong.append(f"the model raised {watched.fault}")
    if watched.most_kept > watched.facts:
        wrong.append(f"the model kept {watched.most_kept} facts of {watched.facts}")
    ids = {each.id for each in truth.publications}
    if strangers := watched.model.ledger.accounts.keys() - ids:
        wrong.append(f"the model has accounts of messages that were never sent: {sorted(strangers)}")
    return judged("bounds", wrong)
