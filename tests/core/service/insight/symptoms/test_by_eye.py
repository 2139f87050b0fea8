"""What can be seen to have gone wrong."""

from __future__ import annotations

import numpy as np
import pytest

from core.service.insight.symptoms.by_eye import seen
from core.service.insight.symptoms.measures.measured import LEAST_SIDE, measured
from core.values.insight.symptoms import Judged, Symptom
from tests.core.service.insight.symptoms.drawn import FAULTS, doubled, pixels_of, scene


def symptoms(rows: np.ndarray) -> tuple[Symptom, ...]:
    found = measured(pixels_of(rows))
    assert found is not None
    return seen(found)


@pytest.mark.parametrize("kind", FAULTS)
def test_each_fault_is_named_first_with_figures_beyond_their_thresholds(kind: str) -> None:
    first, *_ = symptoms(FAULTS[kind](scene()))
    assert first.id == kind and first.judged is Judged.PICTURE
    assert first.evidence and all(one.is_beyond for one in first.evidence)
    assert 0.5 <= first.confidence <= 1


@pytest.mark.parametrize("side", [128, 256, 300])
def test_a_good_picture_has_none(side: int) -> None:
    assert symptoms(scene(side)) == ()


def test_dark_pale_and_grey_pictures_are_none_of_these() -> None:
    rows = scene()
    night = rows * 0.35 + 5
    pale = rows * 0.6 + 100
    pencil = np.repeat(rows.mean(2, keepdims=True), 3, 2)
    for good in (night, pale, pencil):
        assert symptoms(good) == ()


def test_what_is_there_twice_counts_only_where_a_picture_is_large() -> None:
    twice = doubled(scene(128))
    assert symptoms(twice) == ()
    large = measured(pixels_of(doubled(scene())))
    assert large is not None
    assert [one.id for one in seen(large, 256 * 256)] == ["doubled"]
    assert seen(large, 1024 * 1024) == () == seen(large, 256 * 256, is_composed=False)


def test_a_row_of_the_same_is_no_doubled_picture() -> None:
    rows = scene(512)
    house = rows[110:420, 110:330].copy()
    for left in (0, 280):
        rows[110:420, left : left + 220] = house
    found = measured(pixels_of(rows))
    assert found is not None
    assert "doubled" not in {one.id for one in seen(found, 256 * 256)}


def test_a_sharp_horizon_hides_no_blur() -> None:
    rows = FAULTS["blur"](scene())
    rows[170:] = rows[170:] * 0.4
    assert [one.id for one in symptoms(rows)] == ["blur"]


def test_frames_and_bars_are_no_missing_tiles() -> None:
    rows = scene()
    rows[:40] = 0
    rows[-40:] = 0
    assert symptoms(rows) == ()


def test_small_pictures_are_not_judged() -> None:
    assert measured(pixels_of(scene(LEAST_SIDE - 1))) is None
