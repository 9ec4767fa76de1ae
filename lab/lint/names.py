"""What an app's configuration says in vain, under names that Celery does not read. It knows no rule."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from lab.lint.app_settings import Misnamed, Written

OPTIONS = "broker_transport_options"
BACKEND_OPTIONS = "result_backend_transport_options"

TIMEOUT_NAME = re.compile(r"(celery_)?(broker_|worker_|redis_)?visibility_timeout(_seconds)?", re.IGNORECASE)
"""Names that can mean nothing but kombu's visibility timeout."""

WATCHED = (
    "task_acks_late",
    "task_reject_on_worker_lost",
    "task_time_limit",
    "task_soft_time_limit",
    "task_default_rate_limit",
    "worker_prefetch_multiplier",
    "worker_disable_prefetch",
    "worker_disable_rate_limits",
    "worker_concurrency",
    "worker_deduplicate_successful_tasks",
    "result_expires",
)
"""Settings that rules go by, and that are looked for under wrong names."""

ALIKE = 0.9
"""How alike two names must be for one to be a slip of the other (`difflib.SequenceMatcher.ratio`)."""

UNPREFIXED_SINCE = "5.7"
"""The Celery that first reads an old name without the prefix under a namespace; 5.6.3 does not."""


def written_in_vain(conf: Any, options: Mapping[str, Any]) -> Iterator[Written]:
    """Visibility timeouts that stand anywhere but in the transport options of the broker connection."""
    for key, value in options.items():
        if key != "visibility_timeout" and _slip(str(key).lower().replace("-", "_"), "visibility_timeout"):
            yield Written(f"{OPTIONS}[{key!r}]", _number(value))
    in_force = options.get("visibility_timeout")
    for key, value in _configured(conf):
        if isinstance(value, Mapping) and "visibility_timeout" in value and "transport_option" in key.lower():
            timeout = value["visibility_timeout"]
            if _reads(conf, key, OPTIONS):
                continue
            if _old_name_without_prefix(conf, key) and timeout == in_force:
                yield Written(f"{key}['visibility_timeout']", _number(timeout), UNPREFIXED_SINCE)
            elif timeout != in_force:
                yield Written(f"{key}['visibility_timeout']", _number(timeout))
        elif not isinstance(value, Mapping) and TIMEOUT_NAME.fullmatch(key) and value != in_force:
            yield Written(key, _number(value))


def misnamed(conf: Any) -> Iterator[Misnamed]:
    """Settings of those that rules go by, under a name that is nearly theirs and that nothing reads."""
    from celery.app.defaults import SETTING_KEYS

    configured = dict(_configured(conf))
    said = {meant for meant in WATCHED for key in configured if _reads(conf, key, meant)}
    for key, value in configured.items():
        bare = re.sub("^celery_", "", key.lower())
        for meant in WATCHED:
            if bare != meant and (bare in SETTING_KEYS or not _slip(bare, meant)):
                continue
            # Who says it where it is read has something else by the other name, such as what it is made of.
            if meant not in said and conf[meant] != value:
                yield Misnamed(key, meant, repr(value)[:60], repr(conf[meant])[:60])
            break


def _configured(conf: Any) -> Iterator[tuple[str, Any]]:
    """All that was configured, and of a settings module everything that it has: the maps of
    `celery.app.utils:Settings` (5.3.6 to 5.7.0), of which the last are Celery's own defaults."""
    seen: set[str] = set()
    for source in conf.maps[:-1]:
        for key in list(source):
            if isinstance(key, str) and not key.startswith("_") and key not in seen:
                seen.add(key)
                try:
                    yield key, source[key]
                except Exception:
                    # An attribute of a settings object may raise anything when it is read.
                    continue


def _reads(conf: Any, key: str, setting: str) -> bool:
    """Whether Celery reads this setting under this name, in every version."""
    prefix = getattr(conf, "prefix", None) or ""
    if key == setting or (prefix and key.lower() == (prefix + setting).lower()):
        return True
    return not prefix and setting == OPTIONS and key == OPTIONS.upper()


def _old_name_without_prefix(conf: Any, key: str) -> bool:
    # What `app.conf.update()` was given is read under an old name in every version.
    return key == OPTIONS.upper() and key not in conf.maps[0]


def _slip(name: str, meant: str) -> bool:
    return difflib.SequenceMatcher(None, name, meant).ratio() >= ALIKE


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
