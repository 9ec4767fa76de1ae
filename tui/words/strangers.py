"""The strangers: who sweeps and is no worker, in a few words."""

from __future__ import annotations

from math import inf

from lab.watch.model.model import Model
from lab.watch.outputs.plurals import plural
from tui.cells.durations import duration
from tui.cells.text import clean


def stranger_words(model: Model, now: float) -> list[str]:
    """That somebody sweeps who is no worker: from where, and after how long it puts messages back."""
    up = model.forecast.up(now)
    strangers = model.sweeps.strangers(now, up)
    if not strangers or not up:
        return []
    known = {each.worker for each in model.sweeps.sweeping(now) if each.worker}
    more = len(strangers) - (len(up) - len(known))
    named = [clean(each.name or each.address) for each in strangers if each.name or each.address]
    where = f" ({', '.join(named[:2])})" if named and len(strangers) == more else ""
    restored = min(each.restored for each in strangers)
    after = f", and put back what was {duration(restored)} old" if restored < inf else ""
    return [f"{plural(more, 'sweeper')} more than workers{where}{after}: a probe or a dashboard sweeps too"]
