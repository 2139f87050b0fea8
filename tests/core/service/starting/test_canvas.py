"""Which sizes a family composes in one go, and what automatic hires fix makes of the others."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models.files.families import FAMILIES, Family
from core.service.remarks.canvas import is_composed_at_once, nearest_size, resolved_hires, side_step
from core.service.remarks.sizes import size_remarks
from core.values.declared.limits import MAX_SIZE, MIN_SIZE
from core.values.request import Request
from core.values.request_parts.hires import AUTO, BY_HAND, OFF, Hires
from core.values.request_parts.start_picture import STAND_IN, StartPicture

ROWS = st.sampled_from(sorted(FAMILIES)).map(FAMILIES.__getitem__)
SIDES = st.integers(MIN_SIZE // 8, MAX_SIZE // 8).map(lambda eighths: 8 * eighths)


def automatic(width: int, height: int) -> Request:
    return Request("a house", width=width, height=height, hires=Hires(mode=AUTO))


@settings(max_examples=50)
@given(ROWS, SIDES, SIDES)
def test_what_is_too_large_is_what_the_remark_warns_of(
    row: Family, width: int, height: int
) -> None:
    warned = any(
        "repeats itself and takes long" in said for said in size_remarks(width, height, row)
    )
    assert is_composed_at_once((width, height), row) != warned


@settings(max_examples=50)
@given(ROWS, SIDES, SIDES)
def test_automatic_hires_fix_is_resolved_into_what_can_be_made(
    row: Family, width: int, height: int
) -> None:
    request, said = resolved_hires(automatic(width, height), row)
    hires = request.check().hires
    assert hires.mode in (OFF, BY_HAND) and said.endswith(".")
    assert (hires.mode == OFF) == (is_composed_at_once((width, height), row) or row.pipeline)
    if hires.mode == BY_HAND:
        small = (width / hires.scale, height / hires.scale)
        assert max(small) <= row.max_size + 8 or hires.scale == 8
        assert said.endswith(f"refines it to {width} x {height}.")
    assert replace(request, hires=Hires(mode=AUTO)) == automatic(width, height)


@pytest.mark.parametrize(
    ("family", "size", "scale"),
    [
        ("starter", (384, 384), 0),
        ("starter", (512, 512), 2.0),
        ("starter", (512, 384), 1.75),
        ("sd15", (768, 768), 0),
        ("sd15", (1024, 1024), 1.65),
        ("sdxl", (2048, 2048), 2.0),
        ("sdxl", (4096, 4096), 4.0),
        ("starter", (4096, 4096), 8.0),
    ],
)
def test_how_small_a_picture_is_composed(family: str, size: tuple[int, int], scale: float) -> None:
    """Of the area of the largest size that the family offers."""
    request, _ = resolved_hires(automatic(*size), FAMILIES[family])
    assert (request.hires.scale if request.hires.mode == BY_HAND else 0) == scale
    if scale:
        assert (request.hires.strength, request.hires.upscaler) == (0.35, "lanczos")


def test_what_was_chosen_stays() -> None:
    for hires in (Hires(), Hires(mode=BY_HAND, scale=3.0)):
        request = Request("a house", width=1024, height=1024, hires=hires)
        assert resolved_hires(request, FAMILIES["starter"]) == (request, "")
    chosen = Hires(mode=AUTO, strength=0.4, steps=7, upscaler="lanczos", sampler="ddim")
    request, _ = resolved_hires(replace(automatic(512, 512), hires=chosen), FAMILIES["starter"])
    assert request.hires == replace(chosen, mode=BY_HAND, scale=2.0)


def test_a_picture_to_start_from_gives_the_composition() -> None:
    request = replace(automatic(1024, 1024), start=StartPicture(source=STAND_IN))
    off, said = resolved_hires(request, FAMILIES["starter"])
    assert off.hires.mode == OFF and "start picture" in said


@settings(max_examples=50)
@given(ROWS, st.integers(1, 9000), st.integers(1, 9000))
def test_the_nearest_size_can_be_rendered(row: Family, width: int, height: int) -> None:
    near = nearest_size((width, height), row)
    assert all(MIN_SIZE <= side <= MAX_SIZE and side % side_step(row) == 0 for side in near)
    is_usual = max(width, height) <= 3 * min(width, height)
    if (
        is_usual
        and is_composed_at_once((width, height), row)
        and min(width, height) >= row.min_size
    ):
        assert max(abs(near[0] - width), abs(near[1] - height)) <= side_step(row)
