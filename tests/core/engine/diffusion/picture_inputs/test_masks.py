"""Masks grown, blurred, brought to latents' size; colours for what is masked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.engine.contract.box import Box
from core.engine.diffusion.picture_inputs.masks import (
    at_latent_size,
    blur_reach,
    blurred,
    bounds,
    filled,
    grown,
    hard,
    is_empty,
    soft_threshold,
)

Plane = NDArray[np.uint8]


def noise(height: int, width: int, seed: int) -> Plane:
    return np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)


def spots(height: int, width: int, seed: int, share: float = 0.02) -> Plane:
    """A mask of single pixels."""
    drawn = np.random.default_rng(seed).random((height, width)) < share
    return np.where(drawn, np.uint8(255), np.uint8(0))


def largest_in_disc(mask: Plane, radius: int) -> Plane:
    """`grown`, pixel by pixel."""
    height, width = mask.shape
    y, x = np.mgrid[:height, :width]
    result = np.zeros_like(mask)
    for top in range(height):
        for left in range(width):
            near = (y - top) ** 2 + (x - left) ** 2 <= radius**2
            result[top, left] = mask[near].max()
    return result


sides = st.integers(1, 24)
seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=30, deadline=None)
@given(height=sides, width=sides, radius=st.integers(0, 30), seed=seeds)
def test_grown_is_the_largest_of_a_disc(height: int, width: int, radius: int, seed: int) -> None:
    mask = noise(height, width, seed) & spots(height, width, seed, 0.1)
    assert (grown(mask, radius) == largest_in_disc(mask, radius)).all()


@settings(max_examples=30, deadline=None)
@given(height=sides, width=sides, radius=st.integers(1, 30), seed=seeds)
def test_narrowed_is_the_smallest_and_keeps_touching_the_edge(
    height: int, width: int, radius: int, seed: int
) -> None:
    mask = 255 - spots(height, width, seed)
    assert (grown(mask, -radius) == 255 - largest_in_disc(255 - mask, radius)).all()
    full = np.full_like(mask, 255)
    assert (grown(full, -radius) == 255).all()


@pytest.mark.parametrize("by", [256, -256])
def test_extremes_of_growing(by: int) -> None:
    mask = np.zeros((40, 60), np.uint8)
    assert is_empty(grown(mask, by))
    mask[20, 30] = 255
    result = grown(mask, by)
    assert (result == 255).all() if by > 0 else is_empty(result)


@settings(max_examples=40, deadline=None)
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    sigma=st.floats(0, 64, allow_nan=False),
    seed=seeds,
)
def test_a_blur_ends_after_its_reach(height: int, width: int, sigma: float, seed: int) -> None:
    mask = spots(height, width, seed, 0.01)
    result = blurred(mask, sigma)
    reach = blur_reach(sigma)
    touched = bounds(mask)
    if touched is None:
        assert is_empty(result)
        return
    outside = np.ones_like(mask)
    outside[touched.grown(reach).within(Box.of((width, height))).rows_and_columns] = 0
    assert is_empty(result[outside == 1])
    assert (blurred(np.full_like(mask, 255), sigma) == 255).all()


def test_a_blurred_border_is_half_and_as_wide_as_a_gaussian() -> None:
    mask = np.zeros((40, 80), np.uint8)
    mask[:, 40:] = 255
    row = blurred(mask, 4.0)[20].astype(int)
    assert abs(row[39] + row[40] - 255) <= 1  # the border lies between both
    assert (np.diff(row) >= 0).all()
    # 84 % and 16 % one standard deviation aside
    assert abs((row[43] + row[44]) / 510 - 0.841) < 0.02
    assert row[29] == 0 and row[28] == 0 and row[30] >= 0 and row[51] == 255


@pytest.mark.parametrize("sigma", [0.0, 0.1, 64.0])
def test_a_blur_that_does_nothing_leaves_the_bits(sigma: float) -> None:
    mask = hard(noise(30, 20, 1))
    if blur_reach(sigma) == 0:
        assert (blurred(mask, sigma) == mask).all()
    assert (blurred(np.zeros_like(mask), sigma) == 0).all()


def test_a_latent_counts_from_the_half_of_its_pixels_on() -> None:
    mask = np.zeros((16, 24), np.uint8)
    mask[:4, :8] = 200  # 32 of 64
    mask[:4, 8:16] = 255
    mask[0, 8] = 127  # 31 of 64
    mask[8:, 16:] = 51
    assert at_latent_size(mask, 8).tolist() == [[1, 0, 0], [0, 0, 0]]
    soft = at_latent_size(mask, 8, soft=True)
    assert soft.dtype == np.float32 and soft.shape == (2, 3)
    assert soft[1, 2] == pytest.approx(0.2)
    assert soft[0, 0] == pytest.approx(200 / 510)
    full = at_latent_size(np.full((16, 8), 255, np.uint8), 8, soft=True)
    assert (full == 1.0).all()


def test_a_single_pixel_is_nothing_among_latents() -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[9, 9] = 255
    assert not is_empty(mask)
    assert is_empty(at_latent_size(mask, 8))
    assert not is_empty(at_latent_size(mask, 8, soft=True))


def test_soft_places_have_their_share_of_the_steps() -> None:
    for strength, wanted in ((1.0, 20), (0.5, 10), (0.25, 5), (0.0, 0)):
        assert sum(strength >= soft_threshold(step, 20) for step in range(20)) == wanted


@settings(max_examples=25, deadline=None)
@given(height=st.integers(1, 40), width=st.integers(1, 40), seed=seeds)
def test_a_fill_keeps_what_is_known_and_its_range(height: int, width: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(40, 200, (height, width, 3), np.uint8)
    mask = grown(spots(height, width, seed), seed % 9)
    result = filled(pixels, mask)
    known = mask == 0
    assert (result[known] == pixels[known]).all()
    assert result.min() >= pixels.min() and result.max() <= pixels.max()


def test_a_fill_goes_on_with_what_lies_around() -> None:
    y, x = np.mgrid[:96, :128]
    ramp = np.stack([x, 2 * y, 255 - x], axis=-1).astype(np.uint8)
    mask = np.zeros((96, 128), np.uint8)
    mask[20:70, 30:90] = 255
    hidden = ramp.copy()
    hidden[mask > 0] = 0
    result = filled(hidden, mask).astype(int)
    assert np.abs(result - ramp).max() <= 12  # a membrane over a ramp is the ramp
    across = np.abs(np.diff(result, axis=1)).max()
    assert across <= 4  # no seam: the ramp itself has 1


def test_where_all_is_masked_the_mean_is_filled_in() -> None:
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:4] = (100, 50, 10)
    result = filled(pixels, np.full((8, 8), 255, np.uint8))
    assert (result == (50, 25, 5)).all()
