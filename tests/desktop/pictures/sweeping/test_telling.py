"""How far a sweep is, in words."""

from __future__ import annotations

from core.service.sweeps.making.now import Stand, SweepNow
from core.values.request import Request
from core.values.sweeping.sweep import Axis, new_sweep
from desktop.pictures.sweeping.telling import seconds_left, stand_words


def test_what_waits_takes_as_long_as_what_is_made() -> None:
    stands = [Stand.MADE, Stand.MADE, Stand.MAKING, Stand.WAITING, Stand.REFUSED, Stand.FAILED]
    assert seconds_left(stands, (2.0, 4.0)) == 6.0
    assert seconds_left(stands, ()) == seconds_left([Stand.MADE, Stand.FAILED], (2.0,)) == 0.0


def test_nothing_is_said_of_time_before_one_is_made() -> None:
    now = SweepNow(new_sweep(Request("a house"), (Axis("steps", ("1", "2")),)), (), {}, {})
    assert stand_words(now, [Stand.WAITING, Stand.WAITING]) == "0 of 2 made"
    assert stand_words(now, [Stand.MADE, Stand.FAILED]) == "1 of 2 made · 1 failed"
