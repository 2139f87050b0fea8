"""Other words from several steps on: which branches are asked for, and what of them is measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.service.insight.steps.prompt_changes import (
    PartsChanged,
    StillChanges,
    change_steps,
    parts_changed,
    prompt_variations,
    shares_of,
    still_changes,
)
from core.service.sweeps.cells import cells_of
from core.values.branching import origin_of
from core.values.picture import Pixels
from core.values.request import Request
from core.values.resolved_request import resolve

ORIGIN = resolve(Request("a red house", seed=4, steps=20, width=64, height=64, template="a {x}"))


@pytest.mark.parametrize(
    ("steps", "asked"),
    [(20, (0, 2, 5, 8, 10, 12, 15, 18)), (8, tuple(range(8))), (3, (0, 1, 2)), (1, (0,))],
)
def test_eight_steps_at_most_are_asked(steps: int, asked: tuple[int, ...]) -> None:
    assert change_steps(steps) == asked


def test_each_branch_has_the_other_words_and_the_same_noise() -> None:
    cells = cells_of(ORIGIN, prompt_variations(ORIGIN, "a blue cat", 20), "ab" * 32)
    assert len(cells) == 8
    for cell, step in zip(cells, change_steps(20), strict=True):
        assert cell.request is not None
        assert (cell.request.prompt, cell.request.template) == ("a blue cat", "")
        assert cell.request.branch.step == step and origin_of(cell.request) == ORIGIN
        assert cell.request.seed == ORIGIN.seed and cell.request.parent == "ab" * 32
        assert replace(cell.request.noise) == ORIGIN.noise


def picture(red: float, coarse: float, fine: float, size: int = 128) -> Pixels:
    rows = np.arange(size)[:, None] + np.zeros((size, size))
    grey = 128 + coarse * np.sin(2 * np.pi * rows / 128) + fine * np.sin(2 * np.pi * rows / 8)
    colours = np.stack([grey + red, grey - red * 0.299 / 0.587, grey], -1)  # of the same brightness
    return Pixels(size, size, colours.round().clip(0, 255).astype(np.uint8).tobytes())


def test_each_part_is_measured_by_itself() -> None:
    plain = picture(0, 20, 0)
    coarse, colour, fine = (
        parts_changed(plain, other)
        for other in (picture(0, 40, 0), picture(30, 20, 0), picture(0, 20, 30))
    )
    assert coarse is not None and colour is not None and fine is not None
    assert coarse.composition > 10 > 3 * max(coarse.colour, coarse.detail)
    assert colour.colour > 10 > 3 * max(colour.composition, colour.detail)
    assert fine.detail > 10 > 3 * max(fine.composition, fine.colour)
    assert parts_changed(plain, picture(0, 20, 0, 64)) is None


def test_the_last_step_that_still_changes_each_part() -> None:
    changed = {
        0: PartsChanged(40, 20, 10),
        5: PartsChanged(20, 15, 10),
        10: PartsChanged(4, 5, 9),
        15: PartsChanged(1, 1, 2),
    }
    shares = shares_of(changed)
    assert shares[5] == (0.5, 0.75, 1.0)
    assert still_changes(shares) == StillChanges(5, 10, 10)
    assert shares_of({5: PartsChanged(1, 1, 1)}) == {}
    assert still_changes({}) == StillChanges(None, None, None)
