"""Days as queries name them and as headings count them, wherever the machine stands: also where
clocks are put forward or back over midnight, or a whole day is left out."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import pytest

from core.service.stores import Stores
from core.store.finding.language import parse
from core.store.finding.terms import Made
from core.values.gallery.day import day_of
from core.values.gallery.question import PictureQuestion

# each with a day on which its clocks do something, and what
PLACES = {
    "UTC": date(2026, 11, 27),
    "Europe/Berlin": date(2026, 10, 25),  # back at three: 25 hours
    "America/New_York": date(2039, 3, 13),  # forward at two, later than SQLite knows of
    "America/Sao_Paulo": date(2018, 11, 4),  # forward at midnight, which is left out
    "America/Havana": date(2026, 11, 1),  # back from one to midnight, which comes twice
    "America/St_Johns": date(2010, 11, 7),  # back from a minute past midnight to the day before
    "Africa/Cairo": date(2040, 10, 26),  # back from midnight to eleven
    "Australia/Lord_Howe": date(2026, 4, 5),  # back by half an hour
    "Pacific/Apia": date(2011, 12, 30),  # a day that was left out
    "Pacific/Kiritimati": date(2026, 1, 1),  # 14 hours before UTC
    "Etc/GMT+12": date(2026, 1, 1),  # 12 hours behind it
}


@pytest.fixture(params=PLACES)
def changing_day(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[date]:
    """The day of a place at which the test stands."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield PLACES[request.param]
    monkeypatch.undo()
    time.tzset()


def record(stores: Stores, moments: Iterable[float]) -> None:
    """A row without a file for each, the first with the id 1."""
    with stores.database.transaction() as db:
        db.executemany(
            "INSERT INTO pictures (path, created, width, height, request, job_id, prompt, "
            "negative, model_name, seconds, sha256) "
            "VALUES (?, ?, 8, 8, '{}', '', '', '', '', 0, '')",
            [(f"{number}.png", moment) for number, moment in enumerate(moments)],
        )


def span(text: str) -> tuple[float, float]:
    (term,) = parse(f"date:{text}").terms
    assert isinstance(term.meaning, Made)
    assert term.meaning.low is not None and term.meaning.high is not None
    return term.meaning.low, term.meaning.high


def test_a_day_asked_for_holds_what_stands_under_its_heading(
    stores: Stores, changing_day: date
) -> None:
    """Three days around the change, a picture each half hour and some just beside midnights."""
    days = [changing_day + timedelta(more) for more in (-1, 0, 1)]
    first = span(days[0].isoformat())[0]
    moments = {first + 1800 * turn for turn in range(3 * 48)}
    for low, high in (span(day.isoformat()) for day in days):
        moments |= {low, low + 0.001, high - 0.0001, high - 1}
    # not the minute after midnight that comes before an hour of the day before
    clear = sorted(moment for moment in moments if day_of(moment) <= day_of(moment + 60))
    record(stores, clear)
    made = [day_of(moment) for moment in clear]
    for text in ("", "width:8"):  # by their rows, and by the index
        assert dict(stores.gallery.days(PictureQuestion(text))) == Counter(made)
        for day in map(date.isoformat, days):
            wanted = [number for number, of in enumerate(made, 1) if of == day]
            assert stores.gallery.ids(f"{text} date:{day}") == tuple(reversed(wanted)), day
            before = [number for number, of in enumerate(made, 1) if of < day]
            assert stores.gallery.ids(f"{text} date:<{day}") == tuple(reversed(before)), day


def test_days_lie_beside_one_another(changing_day: date) -> None:
    for year in {2026, changing_day.year}:
        ends = [span((date(year, 1, 1) + timedelta(number)).isoformat()) for number in range(365)]
        for (low, high), (next_low, _) in itertools.pairwise(ends):
            assert low <= high == next_low
            assert high == low or day_of(low) == day_of(high - 1) != day_of(high)
        assert span(str(year))[0] == ends[0][0]
        assert span(f"{year}-02") == (ends[31][0], ends[31 + 28][0] if year % 4 else ends[60][0])


def test_today_and_yesterday_are_days_of_the_place(changing_day: date) -> None:
    now = time.time()
    low, high = span("today")
    assert low <= now < high and day_of(low) == day_of(high - 1) == day_of(now)
    assert span("yesterday")[1] == low and span("week")[1] == high == span("month")[1]


def test_months_that_are_offered_are_those_of_the_place(stores: Stores, changing_day: date) -> None:
    low, high = span(f"{changing_day.year}-{changing_day.month}")
    record(stores, (low - 1, low, high - 1, high))
    month = f"{changing_day.year}-{changing_day.month:02}"
    offered = {one.text: one.count for one in stores.gallery.suggestions("date:2", 6)}
    assert offered[f"date:{month}"] == 2 and sum(offered.values()) == 4


@pytest.mark.parametrize("when", [1e20, -1e20, float("inf"), float("nan")])
def test_a_time_that_no_clock_tells_is_of_no_day(when: float) -> None:
    assert day_of(when) == ""


def test_the_first_and_the_last_days_of_all_can_be_named(changing_day: date) -> None:
    for text in ("0001", "0001-01-01", ">=0001-01-01", "<9999-12-30", "9999-12-30"):
        query = parse(f"date:{text}")
        assert len(query.terms) == 1 and not query.problems, text
