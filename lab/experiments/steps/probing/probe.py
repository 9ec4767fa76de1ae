"""The step that asks the workers whether they live, and notes its sweeps."""

from __future__ import annotations

from dataclasses import dataclass

from lab.experiments.step import Check, StepFailed, in_background
from lab.experiments.steps.probing import kinds
from lab.experiments.steps.probing.tap import Tap
from lab.experiments.testbed import Probed, Sweep, Testbed
from lab.watch.outputs.plurals import plural

REPEATED = 3
"""How often a probe asks, at most. Whether one sweeps is a race: it waits a second for replies, and BRPOP as
long for a message; where BRPOP is first, that one does not (`MultiChannelPoller.get`, kombu 5.7.0)."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask every worker whether it lives, in the way that the setup says, again until it swept."""

    says: str = "ask the workers whether they live, as a liveness probe does"

    def begin(self, testbed: Testbed) -> Check:
        kind = testbed.setup.probe
        if kind is None:
            raise StepFailed("the setup names no probe")
        testbed.tell("probe", kinds.words_of(kind))
        url, prefix, folder = testbed.url, testbed.session.prefix, testbed.folder
        worker = testbed.setup.workers[0]

        def work() -> Probed:
            for _ in range(REPEATED):
                with Tap(url, folder / "probe") as tap:
                    answer = kinds.ask(kind, tap.url, prefix, worker, folder)
                sweeps = tuple(Sweep(who, restored) for who, restored in tap.sweeps(prefix).items())
                if sweeps:
                    break
            return Probed(answer, sweeps)

        def use(probed: Probed) -> None:
            testbed.probed = probed
            back = sum(sweep.restored for sweep in probed.sweeps)
            testbed.tell("probe", f"{probed.answer}; it put back {plural(back, 'message')}")

        return in_background(testbed, work, use)
