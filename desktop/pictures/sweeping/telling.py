"""How far a sweep is, in words."""

from __future__ import annotations

from collections.abc import Sequence

from core.service.sweeps.making.now import Stand, SweepNow
from desktop.widgets.figures import time_words
from desktop.widgets.i18n import tr


def made_words(stands: Sequence[Stand]) -> str:
    """How many of its cells are made."""
    return tr("{made} of {all} made", made=stands.count(Stand.MADE), all=len(stands))


def stand_words(now: SweepNow, stands: Sequence[Stand]) -> str:
    """That, how long the rest takes, and what is wrong with others; `stands` are those of its
    cells."""
    parts = [made_words(stands)]
    if left := seconds_left(stands, [picture.seconds for picture in now.pictures.values()]):
        parts.append(tr("about {time} left", time=time_words(left)))
    for stand, words in (
        (Stand.REFUSED, tr("{n} do not suit", n=stands.count(Stand.REFUSED))),
        (Stand.FAILED, tr("{n} failed", n=stands.count(Stand.FAILED))),
    ):
        if stand in stands:
            parts.append(words)
    if refused := next(iter(now.refused), None):
        parts.append(f"{refused.name}: {refused.refusal}")
    return " · ".join(parts)


def seconds_left(stands: Sequence[Stand], took: Sequence[float]) -> float:
    """As many as those that are made took on the average, for each that waits; 0 where nothing
    does, or none is made yet."""
    open_cells = stands.count(Stand.WAITING) + stands.count(Stand.MAKING)
    return open_cells * sum(took) / len(took) if took else 0.0
