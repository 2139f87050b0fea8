"""What was made over the picture it was made from: alpha, matched colours, and the seam between."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.engine.diffusion.picture_inputs.colour_match import LARGEST_SHIFT, matched
from core.engine.diffusion.picture_inputs.composite import composite
from core.engine.diffusion.picture_inputs.masks import blurred

Array = NDArray[np.uint8]
ROOT = Path(__file__).parents[5]


def colours(width: int, height: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def hills(width: int, height: int) -> Array:
    """A smooth picture with something to see, away from black and white."""
    y, x = np.mgrid[:height, :width]
    waves = [np.sin(x / 13), np.cos(y / 17), np.sin((x + y) / 19)]
    return np.stack([128 + 70 * wave for wave in waves], axis=-1).round().astype(np.uint8)


def square(width: int, height: int, sigma: float = 4.0) -> Array:
    mask = np.zeros((height, width), np.uint8)
    mask[height // 4 : height * 3 // 4, width // 4 : width * 3 // 4] = 255
    return blurred(mask, sigma)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_composite_is_exact(seed: int) -> None:
    source, made = colours(17, 9, seed), colours(17, 9, seed + 1)
    alpha = np.random.default_rng(seed).integers(0, 256, (9, 17), np.uint8)
    alpha[:3] = 0
    alpha[3:6] = 255
    result = composite(source, made, alpha)
    share = alpha[..., None].astype(float) / 255
    wanted = made * share + source * (1 - share)
    assert np.abs(result - wanted).max() <= 0.5 + 1e-9
    assert (result[:3] == source[:3]).all() and (result[3:6] == made[3:6]).all()


def test_a_shift_of_the_decoder_is_taken_back() -> None:
    source, alpha = hills(128, 96), square(128, 96)
    made = (source + np.array([7, -5, 3])).astype(np.uint8)
    assert np.abs(matched(made, source, alpha).astype(int) - source).max() <= 1


def test_a_shift_that_changes_over_the_picture_is_followed() -> None:
    source, alpha = hills(256, 128), square(256, 128)
    slope = np.linspace(-8, 8, 256).round().astype(int)[None, :, None]
    made = (source.astype(int) + slope).astype(np.uint8)
    off = np.abs(matched(made, source, alpha).astype(int) - source)
    assert off[alpha > 0].mean() < 2 and np.abs(slope).mean() > 3.5


def test_what_is_new_in_the_mask_stays_new() -> None:
    source, alpha = hills(128, 128), square(128, 128)
    made = source.copy()
    made[48:80, 48:80] = (250, 10, 30)
    assert (matched(made, source, alpha) == made).all()


def test_other_content_around_is_no_shift() -> None:
    source, alpha = hills(128, 128), square(128, 128)
    made = colours(128, 128, 3)
    assert (matched(made, source, alpha) == made).all()
    dark = np.zeros_like(source)
    assert np.abs(matched(dark, source, alpha).astype(int)).max() <= LARGEST_SHIFT


@pytest.mark.parametrize("kind", ["full", "nearly full", "empty"])
def test_without_a_band_nothing_is_matched(kind: str) -> None:
    source = hills(64, 64)
    made = (source.astype(int) + 5).astype(np.uint8)
    alpha = np.full((64, 64), 0 if kind == "empty" else 255, np.uint8)
    if kind == "nearly full":
        alpha[0, :20] = 0
    assert (matched(made, source, alpha) == made).all()


@settings(max_examples=15, deadline=None)
@given(width=st.integers(1, 70), height=st.integers(1, 70), seed=st.integers(0, 2**32 - 1))
def test_any_size_comes_back_within_the_largest_shift(width: int, height: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    source = colours(width, height, seed)
    made = np.clip(source + random.normal(0, 6, source.shape), 0, 255).astype(np.uint8)
    alpha = random.integers(0, 256, (height, width), np.uint8) * (random.random() < 0.5)
    result = matched(made, source, alpha.astype(np.uint8))
    assert result.shape == made.shape and result.dtype == np.uint8
    assert np.abs(result.astype(int) - made).max() <= LARGEST_SHIFT


def measure() -> Callable[[Array, Array], float | None]:
    """The measure of seams that the trials use."""
    path = ROOT / "tests" / "bench" / "pictures" / "seams.py"
    spec = importlib.util.spec_from_file_location("seams", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast("Callable[[Array, Array], float | None]", module.seam_ratio)


def test_the_measure_sees_a_seam_and_no_other() -> None:
    ratio = measure()
    smooth, mask = hills(128, 128), square(128, 128, 0.0)
    rough = np.clip(smooth + np.random.default_rng(0).normal(0, 9, smooth.shape), 0, 255)
    plain = ratio(rough.astype(np.uint8), mask)
    assert plain is not None and 0.9 < plain < 1.1
    stepped = rough + np.where(mask > 0, 12, 0)[..., None]
    seen = ratio(np.clip(stepped, 0, 255).astype(np.uint8), mask)
    assert seen is not None and seen > 1.15
    assert ratio(smooth, np.zeros_like(mask)) is None


def test_matched_colours_and_a_feather_hide_the_decoders_shift() -> None:
    ratio = measure()
    source = hills(128, 128)
    grain = np.random.default_rng(1).normal(0, 3, source.shape)
    source = np.clip(source + grain, 0, 255).astype(np.uint8)
    made = np.clip(source.astype(int) + 9, 0, 255).astype(np.uint8)
    mask = square(128, 128, 0.0)
    pasted = ratio(composite(source, made, mask), mask)
    hidden = ratio(composite(source, matched(made, source, mask), mask), mask)
    assert pasted is not None and hidden is not None
    assert pasted > 1.15 > hidden
