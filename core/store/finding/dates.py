"""Days, months and years as a query names them, in the time of this machine's place."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from core.values.gallery.day import day_of

_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_EPOCH = date(1970, 1, 1)


def day_named(text: str) -> tuple[date, date]:
    """The first day of what is named and the first day behind it. Raises ValueError where it is
    none: a date, month or year in ISO 8601, "today", "yesterday", "week" or "month"."""
    today = date.today()
    match text.lower():
        case "today":
            return today, today + timedelta(1)
        case "yesterday":
            return today - timedelta(1), today
        case "week":
            return today - timedelta(6), today + timedelta(1)
        case "month":
            return today - timedelta(29), today + timedelta(1)
        case _:
            return _iso(text)


def _iso(text: str) -> tuple[date, date]:
    parts = _DATE.fullmatch(text)
    if parts is None:
        raise ValueError(text)
    year, month, day = (None if part is None else int(part) for part in parts.groups())
    assert year is not None
    if month is None:
        return date(year, 1, 1), date(year + 1, 1, 1)
    if day is None:
        first = date(year, month, 1)
        return first, date(year + month // 12, month % 12 + 1, 1)
    first = date(year, month, day)
    return first, first + timedelta(1)


def span_of(first: date, behind: date) -> tuple[float, float]:
    """From which second until before which, since 1970."""
    return _midnight(first), _midnight(behind)


def _midnight(day: date) -> float:
    """When a day begins. Where clocks are put back over midnight it begins twice: with the second
    time, since an hour of the day before comes between."""
    try:
        first, again = (
            datetime(day.year, day.month, day.day, fold=fold).timestamp() for fold in (0, 1)
        )
    except (ValueError, OverflowError):  # the first and the last days of all, far from any picture
        return (day - _EPOCH).total_seconds()
    return again if again > first and day_of(again - 1) < day.isoformat() else first
