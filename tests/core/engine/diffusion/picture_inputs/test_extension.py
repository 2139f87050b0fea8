"""The passes that add to a picture's sides: each new pixel once, each with enough to go by."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.engine.contract.box import Box
from core.engine.contract.extension import Side, passes

WINDOW = st.sampled_from([(64, 64), (96, 64), (64, 120)])


@settings(max_examples=80, deadline=None)
@given(
    width=st.integers(1, 200),
    height=st.integers(1, 200),
    added=st.tuples(*[st.one_of(st.just(0), st.integers(0, 200))] * 4),
    window=WINDOW,
)
def test_everything_is_made_once_and_from_what_was_there(
    width: int, height: int, added: tuple[int, int, int, int], window: tuple[int, int]
) -> None:
    left, top, right, bottom = added
    size = (left + width + right, top + height + bottom)
    made = np.zeros((size[1], size[0]), np.uint8)
    known = Box(left, top, left + width, top + height)
    made[known.rows_and_columns] = 1
    for step in passes(known, size, window):
        place = step.new.rows_and_columns
        assert not step.new.is_empty and not made[place].any()
        seen = made[step.box.rows_and_columns].copy()
        new = step.new.seen_from(step.box)
        assert new.within(Box.of(step.box.size)) == new
        seen[new.rows_and_columns] = 1
        assert seen.all(), "a window sees only what is there"
        assert step.box.width <= window[0] * 9 / 8 and step.box.height <= window[1] * 9 / 8
        depth, of = (
            (step.new.width, step.box.width)
            if step.side in (Side.RIGHT, Side.LEFT)
            else (step.new.height, step.box.height)
        )
        assert depth * 2 <= of, "half is known"
        made[place] = 1
    assert made.all()


def test_nothing_to_add_is_no_pass() -> None:
    assert not list(passes(Box(0, 0, 64, 64), (64, 64), (64, 64)))


def test_a_small_addition_is_one_pass_of_a_whole_window() -> None:
    (only,) = passes(Box(0, 0, 512, 512), (768, 512), (512, 512))
    assert only.side is Side.RIGHT
    assert only.new == Box(512, 0, 768, 512) and only.box == Box(256, 0, 768, 512)


def test_a_long_side_is_made_window_by_window() -> None:
    found = list(passes(Box(256, 0, 768, 1024), (768, 1024), (512, 512)))
    assert [one.box.size for one in found] == [(512, 512)] * 3
    assert found[1].box.top < found[0].box.bottom
