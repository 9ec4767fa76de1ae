"""Every rule on real Celery apps: one that has what it finds, and one that nearly has it."""

from __future__ import annotations

import pytest
from celery import Celery

from lab.lint.linting import lint, unknown
from lab.lint.reader import ReadingError, read_app
from lab.lint.rules.index import RULES
from lab.watch.findings.finding import SEVERITIES, Finding
from tests.lab.lint.cases import CASES, Made, add_task, app_with, beat_with, namespaced, task_with


def found(app: Celery) -> tuple[Finding, ...]:
    return lint(read_app(app))


def only(app: Celery, rule: str) -> Finding:
    [finding] = [each for each in found(app) if each.id == rule]
    return finding


def pairs() -> list[tuple[str, int, Made, Made]]:
    return [(rule, n, *pair) for rule, some in CASES.items() for n, pair in enumerate(some)]


@pytest.mark.parametrize(
    ("rule", "n", "has", "nearly"), pairs(), ids=lambda each: "" if callable(each) else None
)
def test_a_rule_finds_what_is_there_and_not_what_is_nearly_there(
    rule: str, n: int, has: Made, nearly: Made
) -> None:
    assert rule in {each.id for each in found(has())}
    assert rule not in {each.id for each in found(nearly())}


def test_every_rule_has_its_cases() -> None:
    assert list(CASES) == sorted(CASES, key=list(RULES).index) and set(CASES) == set(RULES)


def test_a_healthy_app_has_no_finding() -> None:
    assert found(task_with({"worker_prefetch_multiplier": 1})) == ()


def test_every_text_of_a_finding_is_there_and_one_line() -> None:
    for rule, _, has, _ in pairs():
        for finding in found(has()):
            texts = (finding.title, finding.evidence, finding.advice)
            assert all(text and "\n" not in text and not text.endswith(".") for text in texts), rule
            assert finding.severity in SEVERITIES and finding.rests_on in ("known", "assumed")
            assert (
                finding.rests_on != "assumed"
                or "assumed" in finding.evidence
                or "not known" in finding.evidence
            )


def test_the_worst_comes_first() -> None:
    severities = [each.severity for each in found(task_with({"task_acks_late": True}, time_limit=7_200))]
    assert severities == sorted(severities, key=SEVERITIES.index) and len(set(severities)) > 1


def test_a_finding_names_the_setting_the_numbers_and_what_they_do() -> None:
    finding = only(task_with(default_retry_delay=7_200), "retry-beyond-timeout")
    assert finding.title == "proj.send: default_retry_delay = 7,200 s (2 h) is beyond the visibility timeout"
    assert "3,600 s (1 h) (kombu's default)" in finding.evidence and "up to 3 runs" in finding.evidence
    assert (finding.severity, finding.rests_on) == ("critical", "assumed")


def test_what_is_known_to_be_retried_rests_on_nothing_assumed() -> None:
    sure = only(task_with(autoretry_for=(OSError,), default_retry_delay=7_200), "retry-beyond-timeout")
    assert sure.rests_on == "known" and "assumed" not in sure.evidence


def test_the_setting_of_the_app_is_named_before_the_tasks_that_have_it() -> None:
    app = task_with({"task_acks_late": True, "task_time_limit": 7_200})
    assert only(app, "run-beyond-timeout").title.startswith("task_time_limit = 7,200 s (2 h) (proj.send)")


def test_many_tasks_are_one_finding_that_names_some_and_counts_the_others() -> None:
    app = app_with()
    for n in range(9):
        add_task(app, f"proj.t{n}", default_retry_delay=7_200)
    title = only(app, "retry-beyond-timeout").title
    assert title.startswith("proj.t0, proj.t1, proj.t2 and 6 more: default_retry_delay")


def test_annotations_and_classes_count_as_celery_has_them() -> None:
    app = task_with({"task_annotations": {"proj.send": {"rate_limit": "10/h"}}})
    assert only(app, "rate-limit-beyond-timeout").title.startswith("proj.send: rate_limit = '10/h'")


def test_an_entry_of_the_schedule_is_named() -> None:
    finding = only(beat_with(countdown=86_400), "beat-eta-beyond-timeout")
    assert finding.title.startswith("beat_schedule['nightly']: options['countdown'] = 86,400 s (24 h)")
    assert "up to 25 runs" in finding.evidence


def test_periodic_tasks_that_are_added_in_code_are_read() -> None:
    app = task_with()
    app.on_after_finalize.connect(
        lambda sender, **_: sender.add_periodic_task(60.0, sender.tasks["proj.send"].s(), countdown=7_200),
        weak=False,
    )
    app.finalize()
    assert only(app, "beat-eta-beyond-timeout")


def test_celerys_own_tasks_are_none_of_the_apps() -> None:
    # `celery.chord_unlock` retries for ever, and is to.
    assert "celery.chord_unlock" in app_with().tasks
    assert "retries-unlimited" not in {each.id for each in found(app_with())}


@pytest.mark.parametrize("url", ["amqp://localhost//", "sqs://", "memory://"])
def test_a_broker_without_that_timeout_has_no_finding_of_it(url: str) -> None:
    app = task_with({"broker_url": url, "worker_prefetch_multiplier": 0}, default_retry_delay=7_200)
    assert found(app) == () and url.split("://")[0] in unknown(read_app(app))[0]


@pytest.mark.parametrize(
    "url", ["rediss://h/0", "redis+socket:///tmp/s", "sentinel://a;sentinel://b", ["redis://h"]]
)
def test_every_kind_of_redis_has(url: str | list[str]) -> None:
    assert only(task_with({"broker_url": url}, default_retry_delay=7_200), "retry-beyond-timeout")


def test_without_a_broker_it_is_looked_at_as_redis_and_that_is_said() -> None:
    app = Celery("proj", set_as_current=False)
    app.config_from_object({"task_time_limit": 60, "visibility_timeout": 43_200})
    assert only(app, "timeout-unread") and "No broker is named" in unknown(read_app(app))[0]


def test_without_acknowledgements_nothing_is_put_back_and_that_is_said() -> None:
    app = task_with({"broker_transport_options": {"ack_emulation": False}}, default_retry_delay=7_200)
    assert found(app) == () and "ack_emulation" in unknown(read_app(app))[0]


def test_what_settings_cannot_tell_is_said() -> None:
    said = " ".join(
        unknown(read_app(app_with(beat_scheduler="django_celery_beat.schedulers:DatabaseScheduler")))
    )
    assert "apply_async" in said and "same db" in said and "DatabaseScheduler" in said and "no task" in said


def test_a_name_without_the_prefix_counts_as_the_installed_celery_has_it() -> None:
    app = namespaced(BROKER_TRANSPORT_OPTIONS={"visibility_timeout": 43_200})
    read = bool(app.conf.broker_transport_options)
    finding = only(app, "timeout-unread")
    assert finding.severity == ("warning" if read else "critical")


def test_settings_that_celery_refuses_are_one_line() -> None:
    app = Celery("proj", set_as_current=False)
    app.config_from_object({"broker_url": "redis://", "CELERY_ACKS_LATE": True, "task_time_limit": 5})
    with pytest.raises(ReadingError, match="ImproperlyConfigured") as refused:
        read_app(app)
    assert "\n" not in str(refused.value)
    with pytest.raises(ReadingError, match=r"proj\.send: rate_limit = '10/x' is no rate"):
        read_app(task_with(rate_limit="10/x"))
    with pytest.raises(ReadingError):
        read_app("no app")


def test_defaults_that_no_task_has_are_nobodys_finding() -> None:
    settings = {"task_acks_late": True, "task_time_limit": 7_200, "task_soft_time_limit": None}
    assert {each.id for each in found(task_with(settings, acks_late=False, time_limit=60))} == set()
