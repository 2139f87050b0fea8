"""What somebody sees of a difference between two pictures."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from core.service.sweeps.figures import figures_of, settled_at
from core.service.sweeps.visible import seen_colours, visibly_apart
from core.values.picture import Pixels

SIDE = 64


def flat(*colour: int, side: int = SIDE) -> Pixels:
    return Pixels(side, side, bytes(colour) * side * side)


def of(rows: np.ndarray) -> Pixels:
    return Pixels(
        rows.shape[1], rows.shape[0], rows.round().clip(0, 255).astype(np.uint8).tobytes()
    )


def scene() -> np.ndarray:
    """Soft forms and a hard edge."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    planes = (140 + 70 * np.sin(6 * x + 3 * y), 120 + 60 * np.cos(5 * y), 90 + 80 * (x > y))
    return np.stack(planes, 2)


def jpeg(rows: np.ndarray, quality: int) -> Pixels:
    file = io.BytesIO()
    Image.fromarray(rows.round().astype(np.uint8)).save(
        file, "JPEG", quality=quality, subsampling=0
    )
    with Image.open(file) as image:
        return Pixels(image.width, image.height, image.convert("RGB").tobytes())


@pytest.mark.parametrize(
    ("colour", "lab"),
    [
        ((255, 255, 255), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((119, 119, 119), (50.03, 0, 0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
    ],
)
def test_surfaces_have_their_colours_of_cielab(
    colour: tuple[int, int, int], lab: tuple[float, float, float]
) -> None:
    seen = seen_colours(flat(*colour))
    assert seen.reshape(3, -1).std(1).max() < 1e-9
    assert seen[:, 5, 5] == pytest.approx(lab, abs=0.06)


def test_a_step_of_grey_is_seen_on_a_surface_and_not_as_finest_stripes() -> None:
    grey = np.full((SIDE, SIDE, 3), 119.0)
    stripes = grey.copy()
    stripes[:, ::2] += 9
    stripes[:, 1::2] -= 9
    broad = grey.copy()
    broad[:, : SIDE // 2] += 9
    broad[:, SIDE // 2 :] -= 9
    assert visibly_apart(of(grey), of(stripes)) == 0
    share = visibly_apart(of(grey), of(broad))
    assert share is not None and share > 0.9
    assert visibly_apart(of(grey), of(grey + 4)) == 0
    assert visibly_apart(of(grey), of(grey + 8)) == 1
    assert visibly_apart(flat(1, 2, 3), flat(1, 2, 3, side=32)) is None


def test_a_fine_jpeg_is_not_told_from_its_original_and_a_coarse_one_is() -> None:
    rows = scene()
    fine, coarse = visibly_apart(of(rows), jpeg(rows, 95)), visibly_apart(of(rows), jpeg(rows, 10))
    assert fine is not None and coarse is not None
    assert fine < 0.01 < 0.2 < coarse


def test_a_row_of_pictures_is_settled_where_the_rest_of_it_looks_the_same() -> None:
    rows = scene()
    row = [of(rows + 40), of(rows + 20), of(rows + 1), of(rows)]
    assert settled_at(row) == 2
    assert settled_at(row[:3]) is None
    assert settled_at([row[3], row[0], row[3]]) is None  # it came back, and did not stay
    assert settled_at(row[:1]) is None and settled_at([]) is None


def test_figures_of_a_cell() -> None:
    found = figures_of(flat(200, 100, 100), flat(100, 100, 100))
    assert found.difference == pytest.approx(100 / np.sqrt(3))
    assert (found.visible, found.saturation, found.clipped) == (1, 0.5, 0)
    other = figures_of(flat(0, 0, 0), flat(0, 0, 0, side=32))
    assert (other.difference, other.visible, other.clipped) == (None, None, 1)
