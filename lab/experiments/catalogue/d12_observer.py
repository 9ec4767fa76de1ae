"""D12: a probe or a monitor that sweeps with a visibility timeout of its own."""

from lab.experiments import signs
from lab.experiments.scenario import Scenario
from lab.experiments.setup import Setup, worker
from lab.experiments.steps import age, conditions, steps
from lab.experiments.steps.probing import probe

HIDDEN = 12 * 3600

SCENARIO = Scenario(
    id="D12",
    name="a liveness probe or a monitor that sweeps by itself",
    effect="duplicate",
    expect=(
        "The workers hide messages for 12 h and hold three tasks, whose clock in unacked is put back by 67"
        " minutes, since nobody waits an hour. Then a bare `celery -b URL inspect ping` asks whether the"
        " workers live: it puts all three back, and each runs twice."
    ),
    why=(
        "A client that waits for replies is a kombu consumer and sweeps like a worker, with a visibility"
        " timeout of its own: an hour, unless it loads the app's settings."
    ),
    helps=(
        "Give the probe the app (probe-with-app), or ack_emulation: False (no-ack-emulation), or ask over"
        " plain Redis (raw-probe). The workers' own timeout decides nothing (visibility-timeout)."
    ),
    # They sweep as kombu does by default, so that no sweep of theirs falls together with the probe's.
    setup=Setup(
        tuple(worker(name, hidden=HIDDEN, interval=10, throttle=10) for name in ("w1", "w2")), probe="bare"
    ),
    steps=(
        steps.Send(count=3, countdown=25),
        steps.Until("the workers hold all three", conditions.unacked(3)),
        age.Age(minutes=67),
        probe.Ask(),
        steps.Until("they have run, and no copy is left", conditions.finished, 45),
    ),
    reproduced=(signs.swept_by_probe(3), signs.redeliveries(3), signs.duplicates(3)),
    links=("celery#2599", "kombu/transport/redis.py:MultiChannelPoller.maybe_restore_messages"),
    seconds=31,
    longest_wait=25,
)
