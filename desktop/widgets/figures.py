"""Durations and sizes in words: one number, or a span where it is one."""

from __future__ import annotations

import math

from desktop.widgets.i18n import tr

MINUTE = 60  # seconds
HOUR = 3600
APART = 1.3  # a span is said where its ends differ by more


def _rounded(value: float) -> str:
    """One figure behind the point below 10 where it is not 0, whole numbers above."""
    return f"{value:.0f}" if value >= 9.95 else f"{value:.1f}".removesuffix(".0")


def _unit(seconds: float) -> int:
    """Seconds of the unit that a duration is said in."""
    if seconds >= 1.5 * HOUR:
        return HOUR
    return MINUTE if seconds >= 1.5 * MINUTE else 1


def _in(seconds: float, unit: int) -> str:
    """The number of units; whole minutes from 3 on."""
    number = seconds / unit
    return f"{number:.0f}" if unit == MINUTE and number >= 3 else _rounded(number)


def _with_unit(text: str, unit: int) -> str:
    if unit == HOUR:
        return tr("{n} h", n=text)
    if unit == MINUTE:
        return tr("{n} min", n=text)
    return tr("{n} s", n=text)


def time_words(seconds: float) -> str:
    """A duration for people, at least one second."""
    unit = _unit(seconds)
    number = _in(seconds, unit) if unit > 1 else f"{max(1, round(seconds))}"
    return _with_unit(number, unit)


def span_words(low: float, high: float) -> str:
    """A span of seconds: "2.5 s", "4 to 7 min"; both ends in the unit of the upper one."""
    unit = _unit(high)
    # "3 to 6 min", not "2.9 to 6 min"
    whole = unit == MINUTE and low >= 1.5 * MINUTE and high >= 3 * MINUTE
    first = f"{low / unit:.0f}" if whole else _in(low, unit)
    last = _in(high, unit)
    if first == "0" and unit == 1:  # "0.1 s", not "0 to 0.1 s"
        return _with_unit(last if last != "0" else "0.1", unit)
    if high <= low * APART or first == last:
        middle = math.sqrt(low * high)  # as far from either end, as a factor
        unit = _unit(middle)
        return _with_unit(_in(middle, unit), unit)
    own_unit = _unit(low)
    if own_unit != unit and low < unit / 4:  # "10 s to 5 min" says more than "0.2 to 5 min"
        first = _with_unit(_in(low, own_unit), own_unit)
        return tr("{low} to {high}", low=first, high=_with_unit(last, unit))
    return _with_unit(tr("{low} to {high}", low=first, high=last), unit)


def size_words(count: int) -> str:
    """Bytes for people."""
    if count >= 1e9:
        return f"{count / 1e9:.1f} GB"
    if count >= 1e6:
        return f"{count / 1e6:.0f} MB"
    return f"{count / 1e3:.0f} kB"
