"""Shrinking: the shortest history, of those tried, in which the same checker still finds something wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lab.experiments.simulation.plan import Plan
from lab.experiments.simulation.run import SimulatedRun, carry_out

MOST_TRIES = 400
"""Histories that are tried."""


def shrink(run: SimulatedRun) -> SimulatedRun:
    """Leave things out of the plan, one after the other, as long as it stays wrong in the same way."""
    wrong = {each.checker for each in run.wrong()}
    best, tries, progress = run, 0, True
    while progress:
        progress = False
        for plan in _shorter(best.plan):
            tries += 1
            if tries > MOST_TRIES:
                return best
            tried = carry_out(plan)
            if wrong & {each.checker for each in tried.wrong()}:
                best, progress = tried, True
                break
    return best


def _shorter(plan: Plan) -> Iterator[Plan]:
    """Plans with a little less, the largest steps first."""
    for n in range(len(plan.happenings)):
        yield replace(plan, happenings=plan.happenings[:n] + plan.happenings[n + 1 :])
    for n in range(len(plan.messages)):
        yield replace(plan, messages=plan.messages[:n] + plan.messages[n + 1 :])
    for n in range(len(plan.workers)):
        if len(plan.workers) > 1:
            yield replace(plan, workers=plan.workers[:n] + plan.workers[n + 1 :])
    watch = plan.watch
    plain = replace(watch, late=0.0, repeated=0.0, shuffled=0.0, vanishing=0.0)
    if plain != watch:
        yield replace(plan, watch=plain)
    for n, message in enumerate(plan.messages):
        simpler = [replace(message, ends=message.ends[1:])] if len(message.ends) > 1 else []
        if message.acks_late:
            simpler.append(replace(message, acks_late=False))
        if message.countdown is not None:
            simpler.append(replace(message, countdown=None))
        if message.lasts > 0.01:
            simpler.append(replace(message, lasts=0.01))
        for each in simpler:
            yield replace(plan, messages=(*plan.messages[:n], each, *plan.messages[n + 1 :]))
    for n, worker in enumerate(plan.workers):
        if worker.skew:
            plainer = replace(worker, skew=0.0)
            yield replace(plan, workers=(*plan.workers[:n], plainer, *plan.workers[n + 1 :]))
