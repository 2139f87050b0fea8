"""What is rendered of a canvas and how it comes back: sizes, and pixels that are not masked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.engine.contract.box import Box
from core.engine.contract.extension import REFINED_BY, Windows
from core.engine.diffusion.picture_inputs.canvas import Canvas, Source, canvas_of
from core.engine.diffusion.picture_inputs.frame import Frame
from core.engine.diffusion.picture_inputs.frames import frames_of
from core.engine.diffusion.picture_inputs.masks import (
    at_latent_size,
    blur_reach,
    bounds,
    grown,
    is_empty,
)
from core.system.errors import InvalidRequest
from core.values.request_parts.start_picture import StartPicture

ADDRESS = "0" * 64
START = StartPicture(ADDRESS, mask=ADDRESS)
Array = NDArray[np.uint8]


def colours(width: int, height: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def disc(width: int, height: int, at: tuple[int, int], radius: int) -> Array:
    y, x = np.mgrid[:height, :width]
    inside = (x - at[0]) ** 2 + (y - at[1]) ** 2 <= radius**2
    return np.where(inside, np.uint8(255), np.uint8(0))


def rendered(
    canvas: Canvas, frames: tuple[Frame, ...], start: StartPicture, multiple: int = 8
) -> tuple[Array, Array]:
    """The canvas's pixels after all frames, each made all of black, and the largest alpha of each
    place."""
    pixels = canvas.pixels
    alpha = np.zeros(pixels.shape[:2], np.uint8)
    for frame in frames:
        piece = frame.cut(pixels, start.mask_content)
        assert piece.size == frame.size and piece.pixels.shape == (*frame.size[::-1], 3)
        assert not any(side % multiple for side in frame.size)
        assert frame.content[0] <= frame.size[0] and frame.content[1] <= frame.size[1]
        assert frame.box.within(Box.of(canvas.size)) == frame.box
        assert (piece.mask is None) == (frame.masking is None)
        there = alpha[frame.box.rows_and_columns]
        if frame.masking is None:
            there[:] = 255
        else:
            assert piece.mask is not None and piece.mask.shape == piece.pixels.shape[:2]
            assert frame.masking.mask.shape == frame.masking.alpha.shape == there.shape
            np.maximum(there, frame.masking.alpha, out=there)
        pixels = frame.put_back(pixels, np.zeros_like(piece.pixels))
    return pixels, alpha


masks = st.one_of(
    st.just("empty"), st.just("full"), st.just("one pixel"), st.just("corner"), st.just("noise")
)


def mask_of(kind: str, width: int, height: int, seed: int) -> Array:
    random = np.random.default_rng(seed)
    mask = np.zeros((height, width), np.uint8)
    match kind:
        case "full":
            mask[:] = 255
        case "one pixel":
            mask[random.integers(height), random.integers(width)] = 255
        case "corner":
            mask[: height // 3 + 1, : width // 3 + 1] = 255
        case "noise":
            mask[:] = random.integers(0, 256, (height, width)) * (random.random() < 0.5)
        case _:
            pass
    return mask


@settings(max_examples=120, deadline=None)
@given(
    width=st.integers(1, 90),
    height=st.integers(1, 90),
    kind=masks,
    seed=st.integers(0, 2**32 - 1),
    area=st.sampled_from(["whole", "masked", "frame"]),
    fit=st.sampled_from(["crop", "source"]),
    content=st.sampled_from(["original", "fill"]),
    blur=st.sampled_from([0.0, 1.5, 4.0, 64.0]),
    grow=st.sampled_from([-256, -2, 0, 3, 256]),
    soft=st.booleans(),
    padding=st.sampled_from([0, 7, 1024]),
    extend=st.sampled_from([(0, 0, 0, 0), (0, 0, 40, 0), (9, 70, 1, 13)]),
    frame=st.sampled_from([(0, 0, 16, 16), (3, 5, 20, 9), (0, 0, 999, 999)]),
    multiple=st.sampled_from([8, 16]),
)
def test_what_is_not_masked_stays_bit_for_bit(
    *,
    width: int,
    height: int,
    kind: str,
    seed: int,
    area: str,
    fit: str,
    content: str,
    blur: float,
    grow: int,
    soft: bool,
    padding: int,
    extend: tuple[int, int, int, int],
    frame: tuple[int, int, int, int],
    multiple: int,
) -> None:
    start = replace(
        START,
        fit=fit,
        area=area,
        mask_content=content,
        mask_blur=blur,
        mask_grow=grow,
        mask_soft=soft,
        padding=padding,
        extend=extend,
        frame=frame,
    )
    source = Source(colours(width, height, seed), None, mask_of(kind, width, height, seed))
    size = (80, 64)
    canvas = canvas_of(source, start, size)
    try:
        frames = frames_of(canvas, start, size, multiple=multiple)
    except InvalidRequest as refused:
        assert "outside the picture" in refused.message
        return
    pixels, alpha = rendered(canvas, frames, start, multiple)
    assert pixels.shape == canvas.pixels.shape
    assert (pixels[alpha == 0] == canvas.pixels[alpha == 0]).all()
    assert not is_added_left_out(canvas, alpha) or area == "frame"
    if not canvas.is_extended and not soft:
        stays_near_the_mask(canvas, alpha, max(grow, 0) + blur_reach(blur))


def is_added_left_out(canvas: Canvas, alpha: Array) -> bool:
    """Whether something that was added to the picture is not wholly made anew."""
    added = np.ones(alpha.shape, bool)
    added[canvas.known.rows_and_columns] = False
    return bool((alpha[added] < 255).any())


def stays_near_the_mask(canvas: Canvas, alpha: Array, reach: int) -> None:
    """Nothing is laid over the picture further from the mask than its growth and its blur."""
    assert canvas.mask is not None
    touched = bounds(alpha)
    if touched is not None:
        drawn = bounds(canvas.mask)
        assert drawn is not None and touched.within(drawn.grown(reach)) == touched


def test_without_a_mask_all_is_made() -> None:
    canvas = canvas_of(Source(colours(100, 60)), StartPicture(ADDRESS), (64, 64))
    (frame,) = frames_of(canvas, StartPicture(ADDRESS), (64, 64))
    assert frame.size == frame.content == (64, 64) and frame.masking is None
    made = colours(64, 64, 5)
    assert (frame.put_back(canvas.pixels, made) == made).all()


@pytest.mark.parametrize(("multiple", "rendered_size"), [(8, (104, 72)), (16, (112, 80))])
def test_its_own_size_is_cut_off_again(multiple: int, rendered_size: tuple[int, int]) -> None:
    start = StartPicture(ADDRESS, fit="source")
    pixels = colours(99, 71)
    canvas = canvas_of(Source(pixels), start, (512, 512))
    (frame,) = frames_of(canvas, start, (512, 512), multiple=multiple)
    assert frame.size == rendered_size
    piece = frame.cut(canvas.pixels)
    assert (piece.pixels[:71, :99] == pixels).all()
    assert (piece.pixels[71:, :99] == pixels[-1]).all()
    assert (frame.put_back(canvas.pixels, piece.pixels) == pixels).all()


def test_a_small_picture_is_rendered_no_smaller_than_networks_take() -> None:
    start = StartPicture(ADDRESS, fit="source")
    canvas = canvas_of(Source(colours(3, 5)), start, (512, 512))
    (frame,) = frames_of(canvas, start, (512, 512))
    assert frame.size == (64, 64) and frame.content == (3, 5)


def test_an_empty_mask_leaves_nothing_to_render() -> None:
    dark = np.full((64, 64), 127, np.uint8)
    for area in ("whole", "masked"):
        start = replace(START, area=area)
        assert (
            frames_of(
                canvas_of(Source(colours(64, 64), None, dark), start, (64, 64)),
                start,
                (
                    64,
                    64,
                ),
            )
            == ()
        )


def test_only_masked_renders_the_neighbourhood_at_the_size_asked_for() -> None:
    start = replace(START, area="masked", padding=32)
    mask = disc(800, 600, (400, 300), 50)
    canvas = canvas_of(Source(colours(800, 600), None, mask), start, (512, 512))
    assert canvas.size == (800, 600)
    (frame,) = frames_of(canvas, start, (512, 512))
    assert frame.size == frame.content == (512, 512)
    side = 2 * (50 + blur_reach(start.mask_blur) + 32) + 1
    assert abs(frame.box.width - side) <= 8 and abs(frame.box.height - side) <= 8
    piece = frame.cut(canvas.pixels)
    assert piece.mask is not None
    share = at_latent_size(piece.mask, 8).mean()
    assert share == pytest.approx(3.1416 * 50**2 / side**2, abs=0.03)


def test_only_masked_takes_the_shape_of_the_request_where_the_picture_has_room() -> None:
    start = replace(START, area="masked", padding=0, mask_blur=0)
    for at in ((400, 300), (10, 10), (790, 590)):
        canvas = canvas_of(
            Source(colours(800, 600), None, disc(800, 600, at, 9)), start, (768, 512)
        )
        (frame,) = frames_of(canvas, start, (768, 512))
        # eight times larger is the most
        assert frame.box.size == (96, 64) and frame.size == (768, 512)


def test_only_masked_of_a_narrow_picture_keeps_its_shape() -> None:
    start = replace(START, area="masked")
    mask = disc(100, 900, (50, 450), 40)
    canvas = canvas_of(Source(colours(100, 900), None, mask), start, (1024, 512))
    (frame,) = frames_of(canvas, start, (1024, 512))
    assert frame.box.width == 100
    width, height = frame.size
    assert width / height == pytest.approx(frame.box.width / frame.box.height, rel=0.03)
    assert width * height == pytest.approx(1024 * 512, rel=0.03)


def test_a_strip_is_not_rendered_endlessly_long() -> None:
    start = replace(START, area="masked", padding=1024)
    canvas = canvas_of(
        Source(colours(1, 3000), None, np.full((3000, 1), 255, np.uint8)), start, (512, 512)
    )
    (frame,) = frames_of(canvas, start, (512, 512))
    assert frame.size[0] * frame.size[1] <= 512 * 512


def test_a_frame_fades_at_its_sides_and_not_at_the_pictures() -> None:
    start = StartPicture(ADDRESS, area="frame", frame=(0, 50, 100, 100), mask_blur=4)
    canvas = canvas_of(Source(colours(300, 200)), start, (512, 512))
    (frame,) = frames_of(canvas, start, (512, 512))
    assert frame.box == Box(0, 50, 100, 150) and frame.size == (512, 512)
    assert frame.masking is not None and (frame.masking.mask == 255).all()
    middle = frame.masking.alpha[50]
    assert middle[0] == 255 and middle[-1] <= 8 and (np.diff(middle.astype(int)) <= 0).all()
    assert frame.masking.alpha[0, 40] <= 8 and frame.masking.alpha[50, 40] == 255


def test_a_frame_outside_the_picture_is_one_sentence() -> None:
    start = StartPicture(ADDRESS, area="frame", frame=(400, 0, 64, 64))
    canvas = canvas_of(Source(colours(300, 200)), start, (64, 64))
    with pytest.raises(InvalidRequest, match="outside the picture of 300 x 200"):
        frames_of(canvas, start, (64, 64))


def test_a_mask_counts_within_a_frame() -> None:
    start = replace(START, area="frame", frame=(20, 20, 64, 64), mask_blur=0)
    mask = disc(200, 200, (52, 52), 10)
    canvas = canvas_of(Source(colours(200, 200), None, mask), start, (64, 64))
    (frame,) = frames_of(canvas, start, (64, 64))
    assert frame.masking is not None
    assert (frame.masking.mask == mask[20:84, 20:84]).all()
    away = replace(start, frame=(120, 120, 64, 64))
    assert frames_of(canvas, away, (64, 64)) == ()


def test_soft_greys_reach_the_network_and_show_from_dark_greys_on() -> None:
    start = replace(START, mask_soft=True, mask_blur=0)
    ramp = np.tile(np.arange(256, dtype=np.uint8), (64, 1))
    canvas = canvas_of(Source(colours(256, 64), None, ramp), start, (256, 64))
    (frame,) = frames_of(canvas, start, (256, 64))
    assert frame.masking is not None
    assert (frame.masking.mask == ramp).all()
    alpha = frame.masking.alpha[0].astype(int)
    assert alpha[0] == 0 and alpha[1] > 0 and (alpha[64:] == 255).all()
    assert (np.diff(alpha) >= 0).all()
    piece = frame.cut(canvas.pixels)
    assert piece.mask is not None
    assert at_latent_size(piece.mask, 8, soft=True)[0, 16] == pytest.approx((128 + 3.5) / 255)


def test_a_hard_mask_knows_no_greys() -> None:
    ramp = np.tile(np.arange(256, dtype=np.uint8), (64, 1))
    start = replace(START, mask_blur=0)
    canvas = canvas_of(Source(colours(256, 64), None, ramp), start, (256, 64))
    (frame,) = frames_of(canvas, start, (256, 64))
    assert frame.masking is not None
    assert (frame.masking.alpha[:, :128] == 0).all() and (frame.masking.alpha[:, 128:] == 255).all()


def test_growing_comes_before_blurring() -> None:
    mask = disc(128, 128, (64, 64), 20)
    start = replace(START, mask_grow=10)
    canvas = canvas_of(Source(colours(128, 128), None, mask), start, (128, 128))
    (frame,) = frames_of(canvas, start, (128, 128))
    assert frame.masking is not None
    assert (frame.masking.mask == grown(mask, 10)).all()
    assert frame.masking.alpha[64, 64 + 30] in range(100, 150)
    assert (frame.masking.alpha[64, : 64 - 30 - blur_reach(4.0)] == 0).all()


def test_filling_puts_surroundings_in_the_mask_before_scaling() -> None:
    pixels = np.full((200, 200, 3), 60, np.uint8)
    mask = disc(200, 200, (100, 100), 30)
    pixels[mask > 0] = (255, 0, 0)
    start = replace(START, area="masked", mask_content="fill")
    canvas = canvas_of(Source(pixels, None, mask), start, (256, 256))
    (frame,) = frames_of(canvas, start, (256, 256))
    assert (frame.cut(canvas.pixels, "fill").pixels == 60).all()
    assert (frame.cut(canvas.pixels, "noise").pixels[128, 128] == (255, 0, 0)).all()


def test_later_passes_go_on_from_what_earlier_ones_made() -> None:
    start = StartPicture(ADDRESS, extend=(0, 0, 120, 0))
    canvas = canvas_of(Source(np.full((64, 64, 3), 200, np.uint8)), start, (64, 64))
    frames = frames_of(canvas, start, (64, 64))
    assert len(frames) > 2
    pixels = canvas.pixels
    for level, frame in enumerate(frames):
        piece = frame.cut(pixels)
        if level:
            assert (piece.pixels[:, -4:] == 45 * level).all()  # the edge of the one before
        assert piece.mask is not None and (piece.mask[:, -4:] == 255).all()
        pixels = frame.put_back(pixels, np.full_like(piece.pixels, 45 * (level + 1)))
    assert (pixels[:, 64:] < 200).all()
    assert (pixels[:, :44] == 200).all()  # the feather lies in the last 20


def test_a_large_window_is_composed_as_usual_and_refined_where_that_helps() -> None:
    start = replace(START, strength=0.8, extend=(0, 0, 32, 0))
    canvas = canvas_of(Source(colours(96, 96)), start, (64, 64))
    windows = Windows((64, 64), (128, 128))
    composed, refining = frames_of(canvas, start, (64, 64), windows=windows)
    assert composed.box == refining.box == Box(0, 0, 128, 96)
    assert composed.added is not None and composed.size[0] * composed.size[1] < 1.2 * 64 * 64
    assert composed.refined_by is None and refining.size == (128, 96)
    assert refining.refined_by == REFINED_BY and refining.added is None
    (alone,) = frames_of(canvas, start, (64, 64), windows=replace(windows, refines=False))
    assert alone.size == composed.size
    kept = replace(start, strength=0.1)  # nothing is changed by more than was asked for
    assert frames_of(canvas, kept, (64, 64), windows=windows)[1].refined_by == 0.1


def test_an_extension_without_blur_leaves_the_source_wholly() -> None:
    start = StartPicture(ADDRESS, extend=(30, 20, 10, 50), mask_blur=0)
    source = colours(90, 70)
    canvas = canvas_of(Source(source), start, (64, 64))
    pixels, _ = rendered(canvas, frames_of(canvas, start, (64, 64)), start)
    assert (pixels[canvas.known.rows_and_columns] == source).all()


def test_a_mask_in_an_extended_picture_is_made_first() -> None:
    start = replace(START, extend=(0, 0, 64, 0))
    mask = disc(128, 128, (40, 60), 12)
    canvas = canvas_of(Source(colours(128, 128), None, mask), start, (128, 128))
    first, second = frames_of(canvas, start, (128, 128))
    assert first.added is None and second.added is not None
    assert first.box.right <= 128
    assert first.masking is not None and not is_empty(first.masking.mask)


def test_a_small_picture_is_extended_enlarged() -> None:
    start = StartPicture(ADDRESS, extend=(0, 0, 100, 0))
    canvas = canvas_of(Source(colours(100, 100)), start, (512, 512))
    (frame,) = frames_of(canvas, start, (512, 512))
    assert frame.box.size == (200, 100)
    assert frame.size[0] * frame.size[1] == pytest.approx(512 * 512, rel=0.05)
