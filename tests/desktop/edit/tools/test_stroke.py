from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from desktop.edit.document.painting import Painting, Target
from desktop.edit.tools.boxes import Held, between, dragged
from desktop.edit.tools.stroke import (
    Brush,
    Spot,
    Stroke,
    coverage,
    erased,
    spot_of,
    with_colour,
)
from tests.desktop.edit.documents import noise, opened, seen


@pytest.mark.parametrize("hardness", [1.0, 0.5, 0.0])
def test_a_disc_covers_what_lies_within_its_radius(hardness: float) -> None:
    spot = Spot(32.3, 30.7, 20.0, 1.0)
    covered = coverage((0, 0, 64, 64), spot, spot, hardness)
    y, x = np.mgrid[0:64, 0:64] + 0.5
    distance = np.hypot(x - spot.x, y - spot.y)
    assert (covered[distance <= 20 * hardness - 1] == 255).all()
    assert not covered[distance > 20.6].any()
    if hardness == 1:  # its edge is smooth, so that its area is the circle's
        assert covered.sum() / 255 == pytest.approx(np.pi * 20**2, rel=0.01)


def test_a_line_is_as_wide_as_its_brush_and_of_one_piece() -> None:
    one, other = Spot(10, 32, 8, 1.0), Spot(90, 32, 8, 1.0)
    covered = coverage((0, 0, 100, 64), one, other, 1.0)
    assert (covered[25:39, 10:90] == 255).all() and not covered[:23].any()
    thinner = coverage((0, 0, 100, 64), one, Spot(90, 32, 2, 1.0), 1.0)
    widths = (thinner > 127).sum(axis=0)[10:90]
    assert (np.diff(widths) <= 0).all() and widths[0] == 16 and widths[-1] == 4


def test_pressure_sizes_and_covers() -> None:
    brush = Brush(100, curve=2.0, pressure_covers=True)
    full, half = spot_of(brush, QPointF(), 1.0), spot_of(brush, QPointF(), 0.5)
    assert (full.radius, full.share) == (50, 1)
    assert half.share == 0.25 and half.radius == pytest.approx(50 * (0.1 + 0.9 * 0.25))
    assert spot_of(Brush(100, pressure_sizes=False), QPointF(), 0.2).radius == 50


def test_a_stroke_that_crosses_itself_is_even_and_leaves_the_rest_alone(qtbot) -> None:
    pixels = noise(300, 300)
    document = opened(pixels)
    brush = Brush(20, hardness=1.0, opacity=0.5, smoothing=0.0)
    painting = Painting(document, Target.LAYER)
    stroke = Stroke(painting, brush, with_colour((255, 0, 0)), first=Spot(50, 150, 10, 1))
    for x, y in ((250, 150), (150, 150), (150, 50), (150, 250), (150, 150)):
        for at in np.linspace(0.2, 1, 5):
            last = stroke._last
            stroke.to(last.between(Spot(x, y, 10, 1), float(at)))
    stroke.end()
    assert painting.finish("Stroke")
    after = seen(document).astype(int)
    crossing = after[148:153, 148:153, 0]
    expected = (pixels[148:153, 148:153, 0].astype(int) + 255) / 2
    assert np.abs(crossing - expected).max() <= 1
    y, x = np.mgrid[0:300, 0:300]
    outside = (np.abs(y - 150) > 12) & (np.abs(x - 150) > 12)
    assert np.array_equal(after[outside], pixels[outside])


def test_erasing_leaves_clear_pixels_without_a_colour() -> None:
    pixels = noise(4, 1)
    shares = np.array([[0, 0.5, 0.999, 1]], np.float32)
    left = erased(pixels.copy(), shares)
    assert left[0, :, 3].tolist() == [255, 128, 0, 0]
    assert left[0, 0].tolist() == pixels[0, 0].tolist() and not left[0, 2:].any()


def test_smoothing_draws_together_what_trembles(qtbot) -> None:
    heights = []
    for smoothing in (0.0, 0.8):
        document = opened(np.full((200, 400, 4), 255, np.uint8))
        painting = Painting(document, Target.LAYER)
        brush = Brush(6, smoothing=smoothing)
        stroke = Stroke(painting, brush, with_colour((0, 0, 0)), first=Spot(20, 100, 3, 1))
        for at in range(60):
            stroke.to(Spot(20 + at * 6, 100 + 20 * (-1) ** at, 3, 1))
        stroke.end()
        painting.finish("Stroke")
        dark = seen(document)[:, 60:340, 0] < 128
        heights.append(np.ptp(np.flatnonzero(dark.any(axis=1))))
    assert heights[1] < heights[0] / 2


def test_boxes_keep_their_steps_ratio_and_least_size() -> None:
    box = (64, 64, 256, 128)
    right = Held((1, 0), QPointF(320, 100), box)
    assert dragged(right, QPointF(401, 0), ratio=0, step=8, least=64) == (64, 64, 336, 128)
    assert dragged(right, QPointF(0, 0), ratio=0, step=8, least=64) == (64, 64, 64, 128)
    corner = Held((-1, -1), QPointF(64, 64), box)
    moved = dragged(corner, QPointF(-36, 64), ratio=2.0, step=1, least=1)
    assert moved == (-36, 14, 356, 178)  # the corner across stays
    inside = Held((0, 0), QPointF(100, 100), box)
    assert dragged(inside, QPointF(105, 83), ratio=2, step=8, least=64) == (72, 48, 256, 128)
    drawn = between(QPointF(200, 200), QPointF(100, 150), ratio=0, step=1, least=1)
    assert drawn == (100, 150, 100, 50)
