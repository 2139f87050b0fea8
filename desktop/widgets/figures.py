"""Durations and sizes in words: one number, or a span where it is one."""

from __future__ import annotations

from desktop.widgets.i18n import tr

APART = 1.3  # a span is said where its ends differ by more


def _rounded(value: float) -> str:
    """One figure behind the point below 10 where it is not 0, whole numbers above."""
    return f"{value:.0f}" if value >= 9.95 else f"{value:.1f}".removesuffix(".0")


def _unit(seconds: float) -> int:
    """Seconds of the unit that a duration is said in."""
    return 3600 if seconds >= 5400 else 60 if seconds >= 90 else 1


def _in(value: float, unit: int) -> str:
    return f"{value / unit:.0f}" if unit == 60 and value >= 180 else _rounded(value / unit)


def _with_unit(text: str, unit: int) -> str:
    return (
        tr("{n} h", n=text)
        if unit == 3600
        else tr("{n} min", n=text)
        if unit == 60
        else tr("{n} s", n=text)
    )


def time_words(seconds: float) -> str:
    """A duration for people, at least one second."""
    unit = _unit(seconds)
    return _with_unit(_in(seconds, unit) if unit > 1 else f"{max(1, round(seconds))}", unit)


def span_words(low: float, high: float) -> str:
    """ "2.5 s", "4 to 7 min"; both ends in the unit of the upper one."""
    unit = _unit(high)
    whole = unit == 60 and low >= 90 and high >= 180  # "3 to 6 min", not "2.9 to 6 min"
    first, last = f"{low / unit:.0f}" if whole else _in(low, unit), _in(high, unit)
    if high <= low * APART or first == last:
        unit = _unit((low * high) ** 0.5)
        return _with_unit(_in((low * high) ** 0.5, unit), unit)
    if _unit(low) != unit and low < unit / 4:  # "10 s to 5 min" says more than "0.2 to 5 min"
        return tr(
            "{low} to {high}",
            low=_with_unit(_in(low, _unit(low)), _unit(low)),
            high=_with_unit(last, unit),
        )
    return _with_unit(tr("{low} to {high}", low=first, high=last), unit)


def size_words(count: int) -> str:
    """Bytes for people."""
    return (
        f"{count / 1e9:.1f} GB"
        if count >= 1e9
        else f"{count / 1e6:.0f} MB"
        if count >= 1e6
        else f"{count / 1e3:.0f} kB"
    )
