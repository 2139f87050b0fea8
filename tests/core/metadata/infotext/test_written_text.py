"""The web UI's text of pictures that were made from another one, refined large, or joined at their
edges: in its words, in its order, and as this program reads it back."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings

from core.metadata.a1111 import parse, write
from core.metadata.infotext.absent import MASK_ABSENT, SOURCE_ABSENT
from core.metadata.infotext.written import enlarged, is_inpainted, is_refined
from core.metadata.recipes import fields_of
from core.values.declared.parameter import in_full
from core.values.picture import Recipe
from core.values.request import Request
from core.values.request_parts.first_pass import first_pass
from core.values.request_parts.hires import Hires
from core.values.request_parts.start_picture import StartPicture
from tests.core.metadata.requests import requests

SOURCE, MASK = "5e" * 32, "3a" * 32
PLAIN = Request(prompt="a house", seed=4, width=512, height=512)
INPAINTED = StartPicture(
    source=SOURCE,
    strength=0.6,
    mask=MASK,
    mask_blur=8.0,
    mask_soft=True,
    mask_content="noise",
    area="masked",
    padding=48,
    image_guidance=1.25,
)


def pairs_of(request: Request) -> str:
    return write(Recipe(request, version="1")).split("\n")[-1]


def read_back(request: Request) -> Request:
    found = parse({"parameters": write(Recipe(request, version="1"))})
    assert found is not None and not found.ignored
    return replace(Request(), **fields_of(found))


def test_image_to_image_says_its_strength_and_its_pictures_sum() -> None:
    request = replace(PLAIN, start=StartPicture(source=SOURCE, strength=0.4), clip_skip=2)
    assert pairs_of(request) == (
        "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 4, Seed: 4, "
        "Size: 512x512, Model: starter, Denoising strength: 0.4, Clip skip: 2, "
        f"Init image hash: {SOURCE}, RNG: CPU, Version: Calotype 1"
    )


def test_a_mask_is_told_of_in_the_web_uis_words_and_order() -> None:
    request = replace(PLAIN, start=INPAINTED, eta=0.5, tiling="xy")
    assert pairs_of(request) == (
        "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 4, "
        "Image CFG scale: 1.25, Seed: 4, Size: 512x512, Model: starter, Denoising strength: 0.6, "
        f"Init image hash: {SOURCE}, RNG: CPU, Tiling: True, Soft inpainting enabled: True, "
        "Mask mode: Inpaint masked, Mask blur: 8, Inpaint area: Only masked, "
        "Masked area padding: 48, Masked content: latent noise, Eta: 0.5, Version: Calotype 1"
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("original", "Masked content: original"),
        ("fill", "Masked content: fill"),
        ("noise", "Masked content: latent noise"),
        ("nothing", "Masked content: latent nothing"),
    ],
)
def test_what_stands_under_the_mask_has_the_web_uis_words(content: str, words: str) -> None:
    start = StartPicture(source=SOURCE, mask=MASK, mask_content=content)
    text = pairs_of(replace(PLAIN, start=start))
    assert words in text and "Inpaint area: Whole picture" in text
    assert "padding" not in text and "Soft" not in text


def test_settings_that_wait_for_a_picture_are_not_told() -> None:
    waiting = replace(PLAIN, start=StartPicture(strength=0.3, mask_blur=9.0))
    assert pairs_of(waiting) == pairs_of(PLAIN)
    automatic = replace(PLAIN, hires=Hires(mode="auto", scale=3.0))
    assert pairs_of(automatic) == pairs_of(PLAIN)


def test_hires_fix_is_told_of_by_the_small_pictures_size() -> None:
    hires = Hires("by_hand", 1.75, 12, 0.5, "latent_bicubic", "euler")
    request = replace(PLAIN, width=896, height=1344, hires=hires)
    assert pairs_of(request) == (
        "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 4, Seed: 4, "
        "Size: 512x768, Model: starter, Denoising strength: 0.5, RNG: CPU, "
        "Hires sampler: Euler, Hires upscale: 1.75, Hires steps: 12, "
        "Hires upscaler: Latent (bicubic), Version: Calotype 1"
    )
    assert read_back(request).hires == hires


def test_a_large_size_that_no_factor_gives_is_told_too() -> None:
    request = replace(PLAIN, width=1000, height=1000, hires=Hires("by_hand", 1.5))
    text = pairs_of(request)
    assert "Size: 672x672" in text and "Hires upscale: 1.5, Hires resize: 1000x1000" in text
    assert enlarged(672, 672, 1.5) == (1008, 1008)
    again = read_back(request)
    assert (again.width, again.hires.scale) == (1000, 1.5)


def test_a_start_picture_is_not_refined_so_nothing_is_said_of_that() -> None:
    start = StartPicture(source=SOURCE, strength=0.25)
    request = replace(PLAIN, start=start, hires=Hires("by_hand", 2.0, strength=0.6))
    text = pairs_of(request)
    assert "Hires" not in text and "Size: 512x512" in text and "strength: 0.25" in text


def test_flow_models_compose_in_steps_of_sixteen() -> None:
    request = replace(PLAIN, width=1040, height=1040, hires=Hires("by_hand", 2.0))
    flux = write(Recipe(request, family="flux", version="1"))
    assert "Size: 528x528" in flux and "Hires resize: 1040x1040" in flux
    found = parse({"parameters": flux})
    assert found is not None and not found.approximated
    again = replace(Request(), **fields_of(found))
    assert (again.width, again.hires) == (1040, request.hires)


@pytest.mark.parametrize("tiling", ["none", "x", "y", "xy"])
def test_seamless_edges_come_back(tiling: str) -> None:
    assert read_back(replace(PLAIN, tiling=tiling)).tiling == tiling


def told(start: StartPicture) -> StartPicture:
    """What the web UI's words say of a start picture."""
    if not start.source:
        return StartPicture()
    seen = StartPicture(strength=start.strength, image_guidance=start.image_guidance)
    if not is_inpainted(start):
        return seen
    seen = replace(
        seen,
        mask_blur=start.mask_blur,
        mask_soft=start.mask_soft,
        mask_content=start.mask_content,
    )
    if start.area == "masked":
        return replace(seen, area="masked", padding=start.padding)
    return seen


@settings(max_examples=50, deadline=None)
@given(requests())
def test_any_request_comes_back_as_far_as_the_web_ui_has_words(request: Request) -> None:
    again = read_back(request)
    found = parse({"parameters": write(Recipe(request, version="1"))})
    assert found is not None
    assert again.start == told(request.start) and again.tiling == request.tiling
    assert (again.width, again.height) == (request.width, request.height)
    wanted = []
    if request.start.source:
        wanted.append(SOURCE_ABSENT)
        if is_inpainted(request.start):
            wanted.append(MASK_ABSENT)
        assert found.request["denoising_strength"] == request.start.strength
    if request.upscale.source:
        by = in_full(request.upscale.scale)
        wanted.append(f"Postprocess upscale by: {by}: the picture was enlarged after it was made")
        assert again.upscale == replace(request.upscale, source="", refine=0.0)
    assert list(found.approximated) == wanted
    hires = request.hires if is_refined(request) else Hires()
    same = hires.sampler == request.sampler
    assert again.hires == (replace(hires, sampler="") if same else hires)


def test_what_the_web_uis_extras_did_is_read() -> None:
    """Written into the text itself, beside it, or alone."""
    pairs = "Postprocess upscale by: 4, Postprocess upscaler: 4x-UltraSharp"
    more = f"{pairs}, CodeFormer visibility: 0.5"
    text = write(Recipe(PLAIN, version="1"))
    for texts in (
        {"parameters": text.replace(", Version", f", {more}, Version")},
        {"parameters": text, "postprocessing": more, "extras": more},
        {"postprocessing": more},
    ):
        found = parse(texts)
        assert found is not None and found.ignored == ("CodeFormer visibility: 0.5",)
        assert found.request["upscale"] == {"scale": 4.0, "upscaler": "4x-UltraSharp"}
        assert any("enlarged after" in note for note in found.approximated)
        assert (found.request.get("seed") == 4) == ("parameters" in texts)
    to = {"parameters": text, "extras": "Postprocess upscale to: 1024x1024"}
    found = parse(to)
    assert found is not None and found.request["upscale"] == {"scale": 2.0, "upscaler": "lanczos"}
    assert parse({"extras": "GFPGAN visibility: 1"}) is None


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ("SD upscale overlap: 64, SD upscale upscaler: 4x-UltraSharp", "SD upscale upscaler: 4x-"),
        (
            "Ultimate SD upscale upscaler: 4x-UltraSharp, Ultimate SD upscale tile_width: 512, "
            "Ultimate SD upscale tile_height: 512, Ultimate SD upscale mask_blur: 8, "
            "Ultimate SD upscale padding: 32",
            "Ultimate SD upscale upscaler: 4x-UltraSharp: the picture was enlarged and drawn anew",
        ),
        ("Final denoising strength: 0.3, Denoising curve: Lazy", "over and over"),
    ],
)
def test_what_the_web_uis_scripts_did_is_said(pairs: str, said: str) -> None:
    text = write(Recipe(PLAIN, version="1")).replace(", Version", f", {pairs}, Version")
    found = parse({"parameters": text})
    assert found is not None and not found.ignored and "upscale" not in found.request
    assert [note for note in found.approximated if said in note]


def test_the_small_picture_is_never_the_larger_one() -> None:
    chance = random.Random(23)
    for _ in range(2000):
        size = (8 * chance.randint(8, 512), 8 * chance.randint(8, 512))
        scale = chance.uniform(1, 8)
        for side, whole in zip(first_pass(*size, scale), size, strict=True):
            assert 64 <= side <= whole and side % 8 == 0
            assert side == 64 or side - 8 < whole / scale <= side + 1e-4


def test_the_small_picture_is_the_one_the_web_ui_started_from() -> None:
    """Its rule multiplies and rounds down; ours gives back where it began, for every size."""
    for scale in (1.0, 1.05, 1.1, 1.25, 1.3, 1.5, 1.75, 1.8, 2.0, 2.5, 3.0, 4.0):
        for side in range(64, 1025, 8):
            large, _ = enlarged(side, side, scale)
            assert first_pass(large, large, scale) == (side, side), (scale, side)
