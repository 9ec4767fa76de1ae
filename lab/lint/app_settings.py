"""An app's settings, as far as rules go by them: plain values, filled by the reader. It knows no Celery app.

Times are seconds. None is what Celery takes it for: no limit, no delay of its own, not set.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lab.watch import sweep_options


@dataclass(frozen=True)
class TaskSettings:
    """What one task runs with: its own options, else its app's (`celery.app.task:Task.from_config`)."""

    name: str = ""
    """Empty for what the app says of every task that says nothing else."""
    time_limit: float | None = None
    soft_time_limit: float | None = None
    acks_late: bool = False
    acks_on_timeout: bool = True
    """Whether the hard time limit acknowledges; where not, the message goes back into its queue."""
    reject_on_worker_lost: bool = False
    retry_on_worker_lost: bool = False
    """Since Celery 5.7: the retries count, and end it."""
    rate_limit: str = ""
    """As it was written."""
    rate: float = 0.0
    """The same, in runs a second; 0 is no limit."""
    default_retry_delay: float = 180.0
    max_retries: int | None = 3
    """None retries for ever."""
    autoretry: bool = False
    """Whether `autoretry_for` names an exception, so that it is known to be retried."""
    retry_countdown: float | None = None
    """Of `retry_kwargs`."""
    retry_backoff: float = 0.0
    """The first of the growing delays; 0 is none."""
    retry_backoff_max: float = 600.0


@dataclass(frozen=True)
class BeatEntry:
    """One entry of `beat_schedule`, with those of its `options` that make a message wait."""

    name: str
    countdown: float | None = None
    eta: str = ""
    """As it was written; empty where there is none."""


@dataclass(frozen=True)
class Written:
    """A visibility timeout that stands where the broker connection does not read it."""

    place: str
    """As Celery, or whoever wrote it, names it."""
    timeout: float | None
    """None where it is no number."""
    only_since: str = ""
    """The Celery from which on it is read there after all; empty where none does."""


@dataclass(frozen=True)
class Misnamed:
    """A setting under a name that Celery does not read."""

    name: str
    meant: str
    written: str
    in_force: str


@dataclass(frozen=True)
class AppSettings:
    """One app's settings. `defaults` is what holds for a task that says nothing else."""

    name: str = ""
    celery: str = ""
    """The version that they were read with."""
    transport: str = "redis"
    """The scheme of the broker's URL; empty where no broker is named."""
    timeout: float = sweep_options.DEFAULT_TIMEOUT
    """What the workers hide messages for; 0 where what is set cannot be one."""
    timeout_written: str = ""
    """What `broker_transport_options` say, as it was written; empty where they say nothing."""
    timeout_in_url: bool = False
    ack_emulation: bool = True
    """Where not, nothing is put back: there is no visibility timeout at all."""
    period: float = sweep_options.DEFAULT_INTERVAL * sweep_options.DEFAULT_THROTTLE
    """From one sweep of a worker to its next."""
    written: tuple[Written, ...] = ()
    misnamed: tuple[Misnamed, ...] = ()
    defaults: TaskSettings = field(default_factory=TaskSettings)
    tasks: tuple[TaskSettings, ...] = ()
    beat: tuple[BeatEntry, ...] = ()
    beat_scheduler: str = ""
    prefetch_multiplier: int = 4
    """0 is no limit."""
    prefetch_disabled: bool = False
    concurrency: int | None = None
    """None is as many as the worker's machine has cores."""
    rate_limits_disabled: bool = False
    result_backend: str = ""
    """Its scheme; empty where there is none."""
    result_expires: float | None = 86_400.0
    """None is never."""
    deduplicates: bool = False
    """`worker_deduplicate_successful_tasks`."""

    @property
    def redelivers(self) -> bool:
        """Whether kombu's Redis transport hides and puts back; where no broker is named, that is assumed."""
        return self.transport in ("", "redis", "rediss", "sentinel") and self.ack_emulation

    @property
    def hides(self) -> bool:
        """Whether there is a visibility timeout to hold other times against."""
        return self.redelivers and self.timeout > 0
