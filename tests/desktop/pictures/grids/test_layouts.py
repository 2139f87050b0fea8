"""Where cells lie: any counts and shapes, in any width, by sections and lines alone."""

from __future__ import annotations

import math
from array import array
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale, QRect

from core.values.gallery.question import Order
from desktop.pictures.grids.headings import heading_words
from desktop.pictures.grids.layout.groups import Groups, key_of, months
from desktop.pictures.grids.layout.justified import (
    BLOCK,
    NARROWEST,
    WIDEST,
    Justified,
    changed_sums,
    sums_of,
)
from desktop.pictures.grids.layout.plan import GAP, Plan, Squares

COUNTS = st.lists(st.integers(1, 2 * BLOCK), max_size=5)
SHAPES = st.lists(st.floats(0.1, 5), min_size=1, max_size=7)
HEADING = 40


def plans(counts: list[int], shapes: list[float], width: int, cell: int) -> tuple[Plan, Justified]:
    count = sum(counts)
    many = (shapes * (count // len(shapes) + 1))[:count]
    justified = Justified(counts, sums_of(many, count), width, cell=cell, heading=HEADING)
    return Squares(counts, width, cell=cell, heading=HEADING), justified


@given(COUNTS, SHAPES, st.integers(120, 1500), st.integers(72, 360), st.randoms())
def test_every_row_has_its_cell_and_no_two_touch(
    counts: list[int], shapes: list[float], width: int, cell: int, chance: object
) -> None:
    count = sum(counts)
    squares, justified = plans(counts, shapes, width, cell)
    justified.settle(math.inf)
    for plan in (squares, justified):
        lines = list(plan.lines_between(0, plan.height))
        assert [row for line in lines for row in line.rows] == list(range(count))
        for above, below in pairwise(lines):
            assert above.top + above.height + GAP <= below.top
        for line in lines:
            cells = plan.cells(line)
            for (left, wide), (behind, _) in pairwise(cells):
                assert left + wide + GAP == behind
            assert cells[0][0] == GAP and line.height > 0
            assert sum(cells[-1]) <= max(width - GAP, GAP + 24)
        if lines:
            assert lines[-1].top + lines[-1].height + GAP == plan.height
        for row in {0, count // 2, count - 1} if count else ():
            place = plan.rect(row)
            assert plan.row_at(place.left(), place.top()) == row
            assert plan.row_at(place.right(), place.bottom()) == row
            assert plan.row_at(place.center().x(), place.bottom() + 1) == -1
            assert row in plan.rows_between(place.top(), place.top())
            assert plan.rows_touching(place) == [range(row, row + 1)]
            assert plan.areas(range(row, row + 1), 5) == [place.translated(0, -5)]
        areas = plan.areas(range(count), 0)
        assert areas == [plan.rect(line.rows[0]).united(plan.rect(line.rows[-1])) for line in lines]


@given(COUNTS.filter(len), SHAPES, st.integers(300, 1500))
def test_lines_of_shapes_fill_the_width_but_the_last_of_a_section(
    counts: list[int], shapes: list[float], width: int
) -> None:
    _, plan = plans(counts, shapes, width, 120)
    said = plan.height
    plan.settle(math.inf)
    assert plan.settled()
    if width > WIDEST * 120:  # else a panorama alone is wider than its line
        assert abs(said - plan.height) <= 0.3 * plan.height
    ends = {sum(counts[:at]) for at in range(1, len(counts) + 1)}
    for line in plan.lines_between(0, plan.height):
        cells = plan.cells(line)
        full = sum(cells[-1]) == width - GAP
        assert full or line.height == 120 or line.height == 180 or line.rows.stop in ends
        for row, (_, wide) in zip(line.rows, cells, strict=True):
            shape = min(max(shapes[row % len(shapes)], NARROWEST), WIDEST)
            assert abs(wide - shape * line.height) <= 0.03 * wide + 2, "no picture is cut"


def test_a_last_line_that_is_nearly_full_fills_the_width_and_panoramas_have_their_shape() -> None:
    width = 10 * 100 + 9 * GAP + 2 * GAP  # of ten squares

    def last_line(*shapes: float) -> tuple[int, int]:
        plan = Justified([len(shapes)], sums_of(shapes, len(shapes)), width, cell=100)
        line = list(plan.lines_between(0, plan.height))[-1]
        return sum(plan.cells(line)[-1]) + GAP, line.height

    full, higher = last_line(*[1.0] * 9)
    assert full == width and 100 < higher <= 125, "a little higher, and no gap is left"
    ragged, height = last_line(*[1.0] * 7)
    assert ragged < width and height == 100, "not so high that it stands out"
    wide, height = last_line(3.5)
    assert (wide, height) == (350 + 2 * GAP, 100), "whole, not within a box"


def test_bit_by_bit_it_becomes_what_it_is_in_one_go() -> None:
    counts, shapes = [700, 30, 900], [1.5, 0.6, 1.0, 2.2]
    _, slowly = plans(counts, shapes, 700, 120)
    _, at_once = plans(counts, shapes, 700, 120)
    at_once.settle(math.inf)
    middle = slowly.height // 2
    slowly.look(middle, middle + 500)
    first = next(slowly.lines_between(middle, middle + 500))
    assert not slowly.settled() and first.rows
    while not slowly.settled():
        slowly.settle(0.0)
    assert slowly.tops == at_once.tops
    assert slowly.rect(1200) == at_once.rect(1200)


@given(COUNTS.filter(len), SHAPES, st.integers(200, 900), st.data())
def test_keys_go_through_all_lines(
    counts: list[int], shapes: list[float], width: int, data: st.DataObject
) -> None:
    for plan in plans(counts, shapes, width, 100):
        last = plan.count - 1
        row = data.draw(st.integers(0, last))
        x = plan.rect(row).center().x()
        line = plan.line_of(row)
        below = plan.below(row, x)
        if line.rows.stop <= last:
            assert plan.line_of(below).rows.start == line.rows.stop
        else:
            assert below == last
        above = plan.above(row, x)
        if line.rows.start:
            assert plan.line_of(above).rows.stop == line.rows.start
        else:
            assert above == 0
        down, up = plan.page_down(row, x, 400), plan.page_up(row, x, 400)
        assert (down > row or row == last or down == last) and (up < row or up == 0)
        for far, edge in ((down, last), (up, 0)):
            moved = abs(plan.rect(far).top() - plan.rect(row).top())
            there = plan.line_of(far).rows
            next_to = there.start == line.rows.stop or there.stop == line.rows.start
            assert moved <= 400 or next_to or far == edge


def test_a_page_is_a_page_where_a_section_was_taken_for_lower_than_it_is() -> None:
    _, plan = plans([186, 1], [3.3125, 2.375, 1.0, 4.0], 509, 100)
    row = 166
    assert plan.rect(185).top() > plan.tops[1]  # which is not laid out yet
    for far in (plan.page_down(row, 0, 400), plan.page_up(row, 0, 400)):
        assert 300 < abs(plan.rect(far).top() - plan.rect(row).top()) <= 400


def test_a_heading_is_above_its_rows_and_nowhere_else() -> None:
    squares, justified = plans([3, 300], [1.0], 500, 100)
    for plan in (squares, justified):
        tops = [plan.tops[plan.section_of(row)] for row in (0, 3)]
        for top in tops:
            assert plan.heading_at(top) == plan.heading_at(top + HEADING - 1) >= 0
            assert plan.heading_at(top + HEADING) == -1
        assert plan.heading_at(plan.height + 5) == -1
        assert sum(plan.heading_at(y) >= 0 for y in range(plan.height)) == 2 * HEADING


@given(SHAPES, st.data())
def test_sums_follow_rows_that_come_and_go(shapes: list[float], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(shapes)))
    stop = data.draw(st.integers(start, len(shapes)))
    new = data.draw(SHAPES)
    sums = changed_sums(sums_of(shapes, len(shapes)), range(start, stop), new)
    after = [*shapes[:start], *new, *shapes[stop:]]
    assert list(sums) == pytest.approx(list(sums_of(after, len(after))))
    assert sums_of([], 3) == array("d", [0, 1, 2, 3]), "a square where none is known"


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 4))), st.integers(0, 12))
def test_groups_fit_any_number_of_rows(pairs: list[tuple[str, int]], rows: int) -> None:
    groups = Groups.of(pairs)
    assert all(groups.counts) and all(a != b for a, b in pairwise(groups.keys))
    fitted = groups.fitted(rows)
    if groups.keys and rows:
        assert fitted.rows == rows and all(fitted.counts)
        by_row = [key for key, n in zip(fitted.keys, fitted.counts, strict=True) for _ in range(n)]
        assert [fitted.keys[fitted.at(row)] for row in range(rows)] == by_row
        more = fitted.with_first("new")
        assert more.rows == rows + 1 and more.keys[0] == "new"
        assert fitted.with_more(rows - 1, -1).rows == rows - 1
    assert Groups().with_more(0, 1) == Groups()


def test_days_become_months() -> None:
    groups = Groups.of([("2026-11-27", 2), ("2026-11-02", 1), ("2026-10-30", 4)])
    assert groups.renamed(months) == Groups(("2026-11", "2026-10"), (3, 4))


def test_what_headings_say() -> None:
    today = date.today()
    whole = QLocale.system().toString(today, QLocale.FormatType.LongFormat)
    assert heading_words(Order.DATE, today.isoformat()) == ("Today", whole)
    assert heading_words(Order.DATE, (today - timedelta(1)).isoformat())[0] == "Yesterday"
    weekday = today - timedelta(3)
    name = QLocale.system().standaloneDayName(weekday.isoweekday())
    assert heading_words(Order.DATE, weekday.isoformat())[0].lower() == name.lower()
    assert "1999" in heading_words(Order.DATE, "1999-03-04")[0]
    assert "1999" in heading_words(Order.DATE, "1999-03")[0]
    for odd in ("", "nonsense", "2026-13-45", "9999-99"):
        assert heading_words(Order.DATE, odd) == ("Without a date", "")
    ratings = [heading_words(Order.RATING, key)[0] for key in ("5", "1", "0", "-1")]
    assert ratings == ["5 stars", "1 star", "Not rated", "Rejected"]
    sizes = [
        heading_words(Order.SIZE, key_of(Order.SIZE, str(n * n)))[0] for n in (512, 1024, 9000)
    ]
    assert sizes == ["Up to 0.25 megapixels", "Up to 1 megapixel", "Over 8 megapixels"]
    assert heading_words(Order.MODEL, "")[0] == "Without a model"
    names = [heading_words(Order.NAME, key_of(Order.NAME, letter))[0] for letter in ("7", "Z", "")]
    assert names == ["0–9", "Z", "Without a name"]


def test_a_band_touches_what_it_covers() -> None:
    plan = Squares([10], 4 * 68 + GAP, cell=60)
    assert plan.rows_touching(QRect(10, 10, 100, 100)) == [range(2), range(4, 6)]
    assert plan.rows_touching(QRect(0, 0, 400, 100)) == [range(8)], "whole lines are one piece"
    assert plan.rows_touching(QRect(69, 0, 6, 500)) == [], "between the columns is nothing"
