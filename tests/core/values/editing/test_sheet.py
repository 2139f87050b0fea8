"""Where what lay on a sheet lies after that was cropped, turned, flipped, resized."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from core.values.editing import sheet
from core.values.editing.sheet import UNMOVED, Affine, lying, moved_on


def laid(pixels: np.ndarray, how: sheet.Lying) -> np.ndarray:
    """A picture as it lies."""
    rows = pixels[:, ::-1] if how.mirrored else pixels
    return np.rot90(rows, -how.quarters)


WAYS = {
    "left to right": (lambda rows: rows[:, ::-1], lambda w, h: sheet.mirrored(w)),
    "upside down": (lambda rows: rows[::-1], lambda w, h: sheet.upside_down(h)),
    "right": (lambda rows: np.rot90(rows, -1), lambda w, h: sheet.turned(1, w, h)),
    "around": (lambda rows: np.rot90(rows, 2), lambda w, h: sheet.turned(2, w, h)),
    "left": (lambda rows: np.rot90(rows, 1), lambda w, h: sheet.turned(3, w, h)),
    "cropped": (lambda rows: rows[2:, 3:], lambda w, h: sheet.shifted(-3, -2)),
    "larger": (
        lambda rows: rows.repeat(2, axis=0).repeat(3, axis=1),
        lambda w, h: sheet.scaled(3, 2),
    ),
}


@pytest.mark.parametrize("names", list(itertools.permutations(WAYS, 2)), ids=" ".join)
def test_a_result_goes_with_what_it_lies_on(names: tuple[str, str]) -> None:
    """However it was changed, what lies there is what lay under it."""
    paper = np.arange(24 * 32).reshape(24, 32)
    left, top, width, height = place = (8, 9, 10, 7)
    result = paper[top : top + height, left : left + width]
    now, scale = UNMOVED, np.ones(2, int)
    for name in names:
        change, way = WAYS[name]
        now = moved_on(now, way(paper.shape[1], paper.shape[0]))
        paper = change(paper)
        if name == "larger":
            scale = np.array([3, 2])
        elif name in ("right", "left"):
            scale = scale[::-1]
    how = lying(place, UNMOVED, now)
    x, y, wide, high = how.box
    seen = laid(result, how).repeat(scale[1], axis=0).repeat(scale[0], axis=1)
    assert np.array_equal(paper[y : y + high, x : x + wide], seen)
    assert lying(how.box, now, now) == sheet.Lying(how.box)


def test_straightened_it_lies_about_its_middle_and_is_not_upright() -> None:
    now = sheet.rotated(10.0, 100.0, 80.0)
    assert lying((90, 70, 20, 20), UNMOVED, now) == sheet.Lying((90, 70, 20, 20))
    assert not sheet.is_upright(UNMOVED, now)
    assert sheet.is_upright(now, moved_on(now, sheet.scaled(2.0, 3.0)))
    there = now.at(31.0, 47.0)
    assert now.inverse().at(*there) == pytest.approx((31.0, 47.0))


def test_what_cannot_be_told_any_more_begins_anew() -> None:
    now = UNMOVED
    for _ in range(4):
        now = moved_on(now, sheet.scaled(1 / 8192, 1 / 8192))
        assert now.is_possible()
    assert not Affine(xx=0.0).is_possible()
