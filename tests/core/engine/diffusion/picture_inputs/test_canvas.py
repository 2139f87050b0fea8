"""A start picture read, fitted to the result's size, laid on its background, and brought back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from core.engine.contract.box import Box
from core.engine.diffusion.picture_inputs.canvas import (
    Canvas,
    Source,
    canvas_of,
    has_own_size,
    read_source,
)
from core.system.errors import InvalidRequest, WorldError
from core.values.job import StartFiles, StartPixels
from core.values.request_parts.start_picture import StartPicture

ADDRESS = "0" * 64
Array = NDArray[np.uint8]


def colours(width: int, height: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def plane(width: int, height: int, seed: int = 1) -> Array:
    return np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)


def smooth(width: int, height: int) -> Array:
    """A picture whose red is its x and whose green is its y, as shares of 255."""
    y, x = np.mgrid[:height, :width]
    red = 255 * (x + 0.5) / width
    green = 255 * (y + 0.5) / height
    return np.stack([red, green, red * 0], axis=-1).round().astype(np.uint8)


def result_rgb(canvas: Canvas, pixels: Array) -> Array:
    result = canvas.result(pixels)
    return np.frombuffer(result.rgb, np.uint8).reshape(result.height, result.width, 3)


any_side = st.integers(1, 70)


@settings(max_examples=60, deadline=None)
@given(
    width=any_side,
    height=any_side,
    fit=st.sampled_from(["crop", "pad", "stretch", "source"]),
    size=st.tuples(st.integers(8, 12), st.integers(8, 12)),
    with_alpha=st.booleans(),
    background=st.sampled_from(["#ffffff", "#102030", "mask"]),
    extend=st.sampled_from([(0, 0, 0, 0), (5, 0, 0, 0), (3, 9, 4, 1)]),
)
def test_sizes_are_as_promised(
    *,
    width: int,
    height: int,
    fit: str,
    size: tuple[int, int],
    with_alpha: bool,
    background: str,
    extend: tuple[int, int, int, int],
) -> None:
    size = (size[0] * 8, size[1] * 8)
    start = StartPicture(ADDRESS, fit=fit, background=background, extend=extend, mask=ADDRESS)
    alpha = plane(width, height) if with_alpha else None
    source = Source(colours(width, height), alpha, plane(width, height, 2))
    canvas = canvas_of(source, start, size)
    expected = size
    if has_own_size(start, masked=True):
        expected = (width + extend[0] + extend[2], height + extend[1] + extend[3])
    assert canvas.size == expected
    assert canvas.pixels.shape == (expected[1], expected[0], 3)
    assert canvas.mask is not None and canvas.mask.shape == (expected[1], expected[0])
    assert canvas.is_extended == any(extend)
    result = canvas.result(canvas.pixels)
    assert (result.width, result.height) == expected
    assert (result.alpha is not None) == (with_alpha and background != "mask")


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch", "source"])
def test_a_picture_of_the_size_asked_for_stays_bit_for_bit(fit: str) -> None:
    pixels, mask = colours(64, 48), plane(64, 48)
    canvas = canvas_of(Source(pixels, None, mask), StartPicture(ADDRESS, fit=fit), (64, 48))
    assert (canvas.pixels == pixels).all()
    assert canvas.mask is not None and (canvas.mask == mask).all()
    assert result_rgb(canvas, canvas.pixels).tobytes() == pixels.tobytes()


def test_crop_fills_and_cuts_the_middle() -> None:
    canvas = canvas_of(Source(smooth(200, 100)), StartPicture(ADDRESS), (64, 64))
    assert canvas.fitting.cut == (50, 0, 150, 100)
    assert abs(int(canvas.pixels[0, 0, 0]) - 64) < 3 and abs(int(canvas.pixels[0, -1, 0]) - 191) < 3
    assert canvas.pixels[0, 0, 1] < 3 and canvas.pixels[-1, 0, 1] > 252


def test_crop_without_scaling_keeps_whole_pixels() -> None:
    pixels = colours(65, 48)
    canvas = canvas_of(Source(pixels), StartPicture(ADDRESS), (64, 48))
    assert (canvas.pixels == pixels[:, :64]).all()


def test_pad_shows_all_and_repeats_the_edge() -> None:
    pixels = smooth(100, 50)
    canvas = canvas_of(
        Source(pixels, None, np.full((50, 100), 255, np.uint8)),
        StartPicture(ADDRESS, fit="pad"),
        (64, 64),
    )
    assert canvas.fitting.inner == Box(0, 16, 64, 48)
    assert (canvas.pixels[:16] == canvas.pixels[16]).all()
    assert (canvas.pixels[48:] == canvas.pixels[47]).all()
    assert canvas.mask is not None and (canvas.mask == 255).all()  # goes on in the border


def test_extending_adds_edges_that_are_not_in_the_mask() -> None:
    pixels = colours(20, 10)
    canvas = canvas_of(
        Source(pixels, None, np.full((10, 20), 255, np.uint8)),
        StartPicture(ADDRESS, extend=(3, 4, 5, 6)),
        (512, 512),
    )
    assert canvas.size == (28, 20) and canvas.known == Box(3, 4, 23, 14)
    assert (canvas.pixels[4:14, 3:23] == pixels).all()
    assert (canvas.pixels[4:14, :3] == pixels[:, :1]).all()
    assert (canvas.pixels[14:, 23:] == pixels[-1, -1]).all()
    assert canvas.mask is not None
    assert canvas.mask[4:14, 3:23].all() and canvas.mask.sum() == 255 * 200


def test_alpha_lies_on_the_background_and_comes_back() -> None:
    pixels, alpha = colours(16, 16), plane(16, 16)
    alpha[:4] = 0
    alpha[4:8] = 255
    canvas = canvas_of(Source(pixels, alpha), StartPicture(ADDRESS, background="#ff0000"), (16, 16))
    assert (canvas.pixels[:4] == (255, 0, 0)).all()
    assert (canvas.pixels[4:8] == pixels[4:8]).all()
    untouched = canvas.result(canvas.pixels)
    assert untouched.rgb == pixels.tobytes() and untouched.alpha == alpha.tobytes()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_what_was_made_looks_the_same_over_the_background(seed: int) -> None:
    alpha = plane(12, 12, seed)
    background = np.array([30, 200, 90], np.uint8)
    source = Source(colours(12, 12, seed), alpha)
    canvas = canvas_of(source, StartPicture(ADDRESS, background="#1ec85a"), (12, 12))
    # what can be seen through the alpha at all
    made = canvas_of(
        Source(colours(12, 12, seed + 1), alpha),
        StartPicture(ADDRESS, background="#1ec85a"),
        (12, 12),
    ).pixels
    made[0] = canvas.pixels[0]
    rgb = result_rgb(canvas, made).astype(float)
    share = alpha[..., None] / 255
    shown = rgb * share + background * (1 - share)
    assert np.abs(shown - made).max() <= 1
    assert (rgb[0] == source.pixels[0]).all()


def test_alpha_as_the_mask_hides_what_was_hidden() -> None:
    pixels = np.full((16, 16, 3), 90, np.uint8)
    alpha = np.full((16, 16), 255, np.uint8)
    alpha[4:8, 4:8] = 0
    pixels[4:8, 4:8] = 0  # what nobody was meant to see
    canvas = canvas_of(Source(pixels, alpha), StartPicture(ADDRESS, background="mask"), (16, 16))
    assert canvas.mask is not None
    assert (canvas.mask == 255 - alpha).all()
    assert (canvas.pixels == 90).all()
    assert canvas.result(canvas.pixels).alpha is None


def test_hidden_colours_do_not_bleed_when_scaled() -> None:
    pixels = np.full((40, 40, 3), 90, np.uint8)
    alpha = np.full((40, 40), 255, np.uint8)
    pixels[:, 20:] = (255, 0, 255)
    alpha[:, 20:] = 0
    for background in ("#5a5a5a", "mask"):
        start = StartPicture(ADDRESS, background=background)
        canvas = canvas_of(Source(pixels, alpha), start, (64, 64))
        assert np.abs(canvas.pixels.astype(int) - 90).max() <= 2


def test_what_is_added_to_a_transparent_edge_is_the_background() -> None:
    pixels = np.zeros((8, 8, 3), np.uint8)
    alpha = np.zeros((8, 8), np.uint8)
    alpha[2:6, 2:6] = 255
    canvas = canvas_of(Source(pixels, alpha), StartPicture(ADDRESS, extend=(0, 0, 8, 0)), (64, 64))
    assert (canvas.pixels[:, 8:] == 255).all()
    result = canvas.result(canvas.pixels)
    assert result.alpha is not None
    assert np.frombuffer(result.alpha, np.uint8).reshape(8, 16)[:, 8:].min() == 255


def files(folder: Path, source: Image.Image, mask: Image.Image | None = None) -> StartFiles:
    source.save(folder / "source.png")
    if mask is not None:
        mask.save(folder / "mask.png")
    return StartFiles(str(folder / "source.png"), str(folder / "mask.png") if mask else "")


def test_kept_files_are_read(tmp_path: Path) -> None:
    pixels, mask = colours(9, 7), plane(9, 7)
    both = Image.fromarray(np.dstack([pixels, plane(9, 7, 3)]))
    source = read_source(files(tmp_path, both, Image.fromarray(mask)))
    assert (source.pixels == pixels).all() and source.size == (9, 7)
    assert source.alpha is not None and source.mask is not None and (source.mask == mask).all()
    opaque = Image.fromarray(np.dstack([pixels, np.full((7, 9), 255, np.uint8)]))
    assert read_source(files(tmp_path, opaque)).alpha is None
    assert read_source(files(tmp_path, Image.fromarray(pixels))).mask is None


def test_pixels_that_nobody_keeps_are_read_as_their_files_are(tmp_path: Path) -> None:
    for mode in ("RGB", "RGBA"):
        rows = colours(9, 7) if mode == "RGB" else np.dstack([colours(9, 7), plane(9, 7, 3)])
        mask = plane(9, 7)
        kept = read_source(files(tmp_path, Image.fromarray(rows), Image.fromarray(mask)))
        given = read_source(StartPixels(9, 7, mode, rows.tobytes(), mask.tobytes()))
        for one, other in zip(
            (given.pixels, given.alpha, given.mask),
            (kept.pixels, kept.alpha, kept.mask),
            strict=True,
        ):
            assert (one is None and other is None) or np.array_equal(one, other)
    assert read_source(StartPixels(9, 7, "RGB", colours(9, 7).tobytes())).mask is None


def test_a_mask_of_another_size_is_one_sentence(tmp_path: Path) -> None:
    given = files(tmp_path, Image.new("RGB", (9, 7)), Image.new("L", (7, 9)))
    with pytest.raises(InvalidRequest, match="The mask is 7 x 9 pixels and the picture 9 x 7"):
        read_source(given)


def test_what_is_gone_or_damaged_is_one_sentence(tmp_path: Path) -> None:
    whole = files(tmp_path, Image.fromarray(colours(64, 64)), Image.new("L", (64, 64)))
    data = Path(whole.source).read_bytes()
    for harm in (b"", data[:20], data[: len(data) // 2], data[:60] + bytes(900) + data[960:]):
        Path(whole.source).write_bytes(harm)
        with pytest.raises(WorldError, match="start picture kept in the data folder is damaged"):
            read_source(whole)
    Path(whole.source).write_bytes(data)
    Path(whole.mask).unlink()
    with pytest.raises(WorldError, match="The mask is no longer kept"):
        read_source(whole)
    Path(whole.source).unlink()
    with pytest.raises(WorldError, match="The start picture is no longer kept"):
        read_source(whole)
