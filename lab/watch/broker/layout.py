"""The names of keys and channels on one deployment, as kombu's transport options set them. No I/O.

`kombu.transport.redis:Channel` (5.7): `_q_for_pri`, `_get_publish_topic`, `keyprefix_fanout`.
"""

from __future__ import annotations

from dataclasses import dataclass

from lab.watch.broker.address import glob_escaped

BEFORE_5_4 = "/{{db}}."
"""Behind Sentinels, kombu before 5.4 forgot to put the db's number in: its channels have a literal `{db}`."""


SEP = "\x06\x16"
"""What kombu puts between the parts of a name, unless the transport option `sep` says otherwise."""

EVENT_EXCHANGE = "celeryev"
"""Celery's `event_exchange`, unless it is set."""


@dataclass(frozen=True)
class Layout:
    """How a deployment names its keys and its event channel; each field is the transport option of that name,
    and its default kombu's. Raises `ValueError` where kombu could not work with it either."""

    prefix: str = ""
    """`global_keyprefix`, before every key and every channel."""
    unacked_key: str = "unacked"
    unacked_index_key: str = "unacked_index"
    unacked_mutex_key: str = "unacked_mutex"
    sep: str = SEP
    priority_steps: tuple[int, ...] = (0, 3, 6, 9)
    event_exchange: str = EVENT_EXCHANGE
    fanout_prefix: bool | str = True
    fanout_patterns: bool = True
    queues: tuple[str, ...] = ("celery",)
    """Queues that are known from the start."""

    def __post_init__(self) -> None:
        if not self.priority_steps:
            raise ValueError("there is no priority step")
        self.event_pattern(0)

    @classmethod
    def under(cls, layout: Layout | str) -> Layout:
        """The layout itself, or kombu's own under a key prefix."""
        return cls(prefix=layout) if isinstance(layout, str) else layout

    @property
    def unacked(self) -> str:
        """The hash of delivery tag to message."""
        return self.prefix + self.unacked_key

    @property
    def index(self) -> str:
        """The sorted set of delivery tag to the time of its last pop."""
        return self.prefix + self.unacked_index_key

    @property
    def mutex(self) -> str:
        """The string that a sweep holds."""
        return self.prefix + self.unacked_mutex_key

    def queue_list(self, queue: str, step: int) -> str:
        """The list of one queue's messages of one priority step."""
        return f"{self.prefix}{queue}{self.sep}{step}" if step else self.prefix + queue

    def queue_lists(self, queue: str) -> list[str]:
        """The lists of one queue, one for each priority step."""
        return [self.queue_list(queue, step) for step in self.priority_steps]

    def channel(self, exchange: str, db: int) -> str:
        """The channel that a fanout exchange of one db is published on, without a routing key."""
        before = self.fanout_prefix if isinstance(self.fanout_prefix, str) else "/{db}."
        try:
            named = before.format(db=db) if self.fanout_prefix else ""
        except (LookupError, ValueError, AttributeError):
            raise ValueError("the fanout prefix has braces around something that is not db") from None
        return f"{self.prefix}{named}{exchange}"

    def event_pattern(self, db: int) -> str:
        """What matches every channel that Celery's events of one db are published on, and no other."""
        channel = glob_escaped(self.channel(self.event_exchange, db))
        return f"{channel}/*" if self.fanout_patterns else channel
