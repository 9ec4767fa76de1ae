"""Names as the screen shows them."""

from __future__ import annotations

import pytest

from tui.cells import names


@pytest.mark.parametrize(
    ("args", "said"),
    [("('CELERY',)", "run CELERY"), ("['CELERY']", "run CELERY"), ("(1, 2)", "run 1, 2"), ("", "run")],
)
def test_a_message_in_a_few_words(args: str, said: str) -> None:
    assert names.title("lab.run", args) == said
