"""Image to image, inpainting and hires fix as the web UI of several years, its forks, SD.Next and
others wrote them; texts in our own words."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from core.metadata.a1111 import parse
from core.metadata.infotext.absent import MASK_ABSENT, SOURCE_ABSENT
from core.metadata.infotext.pairs import split_text
from core.metadata.infotext.read_start import DRAWN, STEPS_UNSAID
from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.metadata.recipes import fields_of
from core.values.request import Request
from core.values.request_parts.hires import Hires
from core.values.request_parts.start_picture import StartPicture

HEAD = "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 5, Size: 512x768"
WEB_UI = "RNG: NV, Version: v1.10.1"


def read(pairs: str, head: str = HEAD, version: str = WEB_UI) -> ParsedRecipe:
    found = parse({"parameters": f"a red house\nNegative prompt: fog\n{head}, {pairs}, {version}"})
    assert found is not None
    Request(**fields_of(found)).check()  # type: ignore[arg-type]
    return found


def start_of(found: ParsedRecipe) -> StartPicture | None:
    start = fields_of(found).get("start")
    assert start is None or isinstance(start, StartPicture)
    return start


def hires_of(found: ParsedRecipe) -> Hires | None:
    hires = fields_of(found).get("hires")
    assert hires is None or isinstance(hires, Hires)
    return hires


def test_image_to_image_keeps_all_but_the_picture() -> None:
    found = read("Denoising strength: 0.4")
    assert found.request["denoising_strength"] == 0.4 and found.request["start"] == {
        "strength": 0.4
    }
    assert start_of(found) == StartPicture(strength=0.4)
    assert found.approximated == (SOURCE_ABSENT, DRAWN, STEPS_UNSAID) and not found.ignored


def test_a_program_is_called_as_it_calls_itself() -> None:
    for version, called in (
        ("Version: v1.10.1", "AUTOMATIC1111 v1.10.1"),
        ("Version: f2.0.1v1.10.1-previous-1-gabc", "Forge f2.0.1v1.10.1-previous-1-gabc"),
        ("App: SD.Next, Version: 83a1a23", "SD.Next 83a1a23"),
        ("Version: neo", "neo"),
    ):
        assert read("Clip skip: 1", version=version).version == called


def test_hashes_in_capitals_are_those_of_the_loras() -> None:
    text = 'a <lora:ink:0.5>\nSteps: 20, Seed: 5, Hashes: {"LORA:ink": "abcdef0123", "model": "12"}'
    found = parse({"parameters": text})
    assert found is not None
    assert [(m.name, m.hash) for m in found.models if m.kind == "lora"] == [("ink", "abcdef0123")]


INPAINTING: list[tuple[str, StartPicture, str]] = [
    (
        "Denoising strength: 0.75, Mask blur: 4",  # of all versions before 1.6
        StartPicture(mask_blur=4.0),
        WEB_UI,
    ),
    (
        "Denoising strength: 0.5, Mask blur: 9, Inpaint area: Only masked, "
        "Masked area padding: 64, Masked content: latent noise",
        StartPicture(strength=0.5, mask_blur=9.0, area="masked", padding=64, mask_content="noise"),
        WEB_UI,
    ),
    (
        "Denoising strength: 1, Masked content: latent nothing",  # without blur it says nothing
        StartPicture(strength=1.0, mask_blur=0.0, mask_content="nothing"),
        WEB_UI,
    ),
    (
        "Denoising strength: 0, Mask mode: Inpaint masked, Masked content: fill",
        StartPicture(strength=0.0, mask_blur=0.0, mask_content="fill"),
        WEB_UI,
    ),
    (
        "Denoising strength: 0.5, Mask blur: 4, Inpaint padding: 12, Inpaint area: whole picture",
        StartPicture(strength=0.5, padding=12),
        "App: another",
    ),
    (
        "Denoising strength: 0.5, Mask blur: 6, Mask alpha: 1.0, Mask invert: 0, Mask content: 0, "
        "Mask area: True, Mask padding: 16, Operations: inpaint; img2img, Init image size: "
        "640x640, Resize mode: Fill, Resize scale: 2.0",
        StartPicture(
            strength=0.5,
            mask_blur=6.0,
            mask_content="fill",
            area="masked",
            padding=16,
            fit="pad",
        ),
        "App: SD.Next, Version: 1234567",
    ),
]


@pytest.mark.parametrize(("pairs", "start", "version"), INPAINTING)
def test_inpainting_is_read_in_everybodys_words(
    pairs: str, start: StartPicture, version: str
) -> None:
    found = read(pairs, version=version)
    assert start_of(found) == start and not found.ignored
    assert SOURCE_ABSENT in found.approximated and MASK_ABSENT in found.approximated


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ("Mask mode: Inpaint not masked, Mask blur: 4", "white"),
        ("Mask invert: 1, Mask blur: 4", "white"),
        ("Soft inpainting enabled: True, Soft inpainting schedule bias: 1, Soft inpainting "
         "preservation strength: 0.5, Soft inpainting transition contrast boost: 4, Soft "
         "inpainting mask influence: 0, Soft inpainting difference threshold: 0.5, Soft "
         "inpainting difference contrast: 2, Mask blur: 4", "greys"),
        ("Noise multiplier: 1.05", "Noise multiplier: 1.05"),
        ("Extra noise: 0.1", "Extra noise: 0.1"),
        ("Conditional mask weight: 0.5", "Conditional mask weight: 0.5"),
        ("VAE Encoder: TAESD", "VAE Encoder: TAESD"),
        ("Mask weight: 0.5", "Mask weight: 0.5"),
    ],
)  # fmt: skip
def test_what_is_done_otherwise_is_one_sentence(pairs: str, words: str) -> None:
    found = read(f"Denoising strength: 0.5, {pairs}")
    (note,) = set(found.approximated) - {SOURCE_ABSENT, MASK_ABSENT, DRAWN, STEPS_UNSAID}
    assert words in note and not found.ignored


@pytest.mark.parametrize(
    "pairs",
    [
        "Noise multiplier: 1.0, Extra noise: 0, Conditional mask weight: 1.0, VAE Encoder: Full",
        "Init image hash: 0cc175b9c0f1b6a831c399e269772661",
        "Soft inpainting enabled: False, Mask blur: 4",
        "Image CFG scale: 1.5",
        "Tiling: False",
    ],
)
def test_what_is_as_here_needs_no_sentence(pairs: str) -> None:
    found = read(f"Denoising strength: 0.5, {pairs}")
    assert set(found.approximated) <= {SOURCE_ABSENT, MASK_ABSENT, DRAWN, STEPS_UNSAID}
    assert not found.ignored and start_of(found) is not None


@pytest.mark.parametrize("strength", ["0", "1", "1.0"])
def test_a_strength_that_programs_write_beside_words_alone_makes_no_start(strength: str) -> None:
    for version in (WEB_UI, "Version: ComfyUI"):
        found = read(f"Denoising strength: {strength}", version=version)
        assert start_of(found) is None and not found.ignored and not found.approximated
        assert found.request["denoising_strength"] == float(strength)


@pytest.mark.parametrize(
    ("pairs", "field", "left"),
    [
        ("Denoising strength: 7, Mask blur: 4", "strength", "Denoising strength: 7"),
        ("Denoising strength: 0.5, Mask blur: 900", "mask_blur", "Mask blur: 900"),
        ("Denoising strength: 0.5, Mask blur: x", "mask_blur", "Mask blur: x"),
        ("Denoising strength: 0.5, Masked content: of glass", "mask_content", "of glass"),
        ("Denoising strength: 0.5, Masked area padding: 1e9", "padding", "1e9"),
        ("Denoising strength: 0.5, Mask mode: by ear", "mask", "Mask mode: by ear"),
    ],
)
def test_what_makes_no_sense_costs_itself(pairs: str, field: str, left: str) -> None:
    found = read(pairs)
    start = start_of(found)
    assert start is not None and getattr(start, field) == getattr(StartPicture(), field)
    assert len(found.ignored) == 1 and left in found.ignored[0]


BY_HAND = Hires("by_hand", 2.0, 0, 0.5, "latent", "")
HIRES: list[tuple[str, tuple[int, int], Hires]] = [
    ("Denoising strength: 0.5, Hires upscale: 2, Hires upscaler: Latent", (1024, 1536), BY_HAND),
    (
        "Denoising strength: 0.5, Hires upscale: 1.5, Hires steps: 9, Hires upscaler: "
        "Latent (nearest-exact)",
        (768, 1152),
        Hires("by_hand", 1.5, 9, 0.5, "latent_nearest_exact", ""),
    ),
    (
        "Denoising strength: 0.5, Hires sampler: Euler a, Hires upscale: 1.1, Hires upscaler: None",
        (560, 840),
        Hires("by_hand", 1.1, 0, 0.5, "lanczos", "euler_ancestral"),
    ),
    ("Denoising strength: 0.5, Hires resize: 1024x1536", (1024, 1536), BY_HAND),
    ("Denoising strength: 0.5, Hires resize: 1024x0", (1024, 1536), BY_HAND),
    ("Denoising strength: 0.5, Hires resize: 0x1536", (1024, 1536), BY_HAND),
    ("Denoising strength: 0.5, Hires resize-1: 1024, Hires resize-2: 1536", (1024, 1536), BY_HAND),
    (
        "Denoising strength: 0.5, Hires checkpoint: Use same checkpoint, Hires sampler: Use same "
        "sampler, Hires prompt: a red house, Hires CFG Scale: 7, Hires Module 1: Use same "
        "choices, Hires schedule type: Use same scheduler, Hires upscale: 2",
        (1024, 1536),
        BY_HAND,
    ),
]


@pytest.mark.parametrize(("pairs", "size", "hires"), HIRES)
def test_hires_fix_is_read_as_the_large_picture(
    pairs: str, size: tuple[int, int], hires: Hires
) -> None:
    found = read(pairs)
    assert (found.request["width"], found.request["height"]) == size
    assert hires_of(found) == hires and start_of(found) is None
    assert not found.ignored
    of_pixels = not hires.upscaler.startswith("latent")
    assert bool(found.approximated) == of_pixels, "the encoder's draw"
    assert found.request["denoising_strength"] == hires.strength


@pytest.mark.parametrize(
    ("pairs", "head", "size", "scale", "sentences"),
    [
        ("First pass size: 512x768, Denoising strength: 0.5", "1024x1536", (1024, 1536), 2.0, 0),
        ("First pass size: 0x0, Denoising strength: 0.5", "1024x1024", (1024, 1024), 2.0, 0),
        ("First pass size: 512x512, Denoising strength: 0.5", "1024x768", (1024, 768), 2.0, 1),
        ("Hires resize: 1024x1024, Denoising strength: 0.5", "512x768", (1024, 1024), 2.0, 1),
        ("Hires upscale: 9, Denoising strength: 0.5", "512x512", (512, 512), None, 0),
        ("Hires upscale: nan, Denoising strength: 0.5", "512x512", (512, 512), None, 0),
        ("Hires upscale: 1e300, Denoising strength: 0.5", "512x512", (512, 512), None, 0),
        ("Hires upscale: 2, Denoising strength: 5", "512x512", (512, 512), None, 0),
        ("Hires upscale: 2", "512x512", (512, 512), None, 0),
        ("Hires resize: 256x256, Denoising strength: 0.5", "512x512", (512, 512), None, 0),
        ("Hires upscale: 4, Denoising strength: 0.5", "2048x1024", (4096, 4096), 4.0, 1),
    ],
)
def test_sizes_of_hires_fix(
    pairs: str, head: str, size: tuple[int, int], scale: float | None, sentences: int
) -> None:
    found = read(pairs, HEAD.replace("512x768", head))
    hires = hires_of(found)
    assert (hires.scale if hires else None) == scale
    assert (found.request["width"], found.request["height"]) == size
    assert len(found.approximated) == sentences
    if scale is None:
        assert found.ignored and start_of(found) is None, "a key of hires fix stands beside it"
    else:
        assert not found.ignored


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ("Hires upscaler: R-ESRGAN 4x+", "Lanczos"),
        ("Hires sampler: Kohaku", "sampler"),
        ("Hires schedule type: Exponential", "schedule"),
        ("Hires sampler: Euler Exponential, Hires upscaler: Latent", "schedule"),
        ("Hires prompt: a blue house", "prompt"),
        ("Hires negative prompt: rain", "negative prompt"),
        ("Hires checkpoint: other [abcdef12]", "model"),
        ("Hires CFG Scale: 5", "guidance"),
        ("Token merging ratio hr: 0.3", "merges"),
        ("Hires Module 1: soft", "parts"),
    ],
)
def test_what_the_second_pass_cannot_have_of_its_own_is_said(pairs: str, words: str) -> None:
    found = read(f"Denoising strength: 0.5, Hires upscale: 2, {pairs}", version="App: another")
    (note,) = found.approximated
    assert words in note and not found.ignored and hires_of(found) is not None


def test_an_automatic_schedule_is_each_samplers_own() -> None:
    head = HEAD.replace("Karras", "Automatic").replace("DPM++ 2M", "Euler a")
    found = read("Denoising strength: 0.5, Hires upscale: 2, Hires sampler: DPM++ 2M", head)
    assert found.request["schedule"] == "discrete"
    assert any("schedule of the first" in note for note in found.approximated)


def test_sd_nexts_second_pass_has_a_strength_of_its_own() -> None:
    next_ = "App: SD.Next, Version: 1234567"
    found = read(
        "Operations: txt2img; hires, Refine: True, HiRes mode: 1, Hires upscaler: Latent Nearest, "
        "Hires scale: 2.0, Hires size: 1024x1536, Hires force: True, Hires steps: 12, "
        "Hires strength: 0.35, Hires sampler: Euler a",
        version=next_,
    )
    hires = hires_of(found)
    assert hires is not None and not found.ignored
    assert (hires.scale, hires.steps, hires.strength) == (2.0, 12, 0.35)
    only_larger = read("Hires scale: 2.0, Hires upscaler: ESRGAN", version=next_)
    assert hires_of(only_larger) is None and len(only_larger.ignored) == 2


@pytest.mark.parametrize(
    ("pairs", "tiling", "notes"),
    [
        ("Tiling: True", "xy", 0),
        ("tiling: x", "x", 0),
        ("Tile X: True, Tile Y: False", "x", 0),
        ("Tile X: False, Tile Y: True, Start Tiling From Step: 0, Stop Tiling After Step: -1",
         "y", 0),
        ("Tile X: True, Tile Y: True, Stop Tiling After Step: 9", "xy", 1),
        ("Tile X: False, Tile Y: False", "none", 0),
    ],
)  # fmt: skip
def test_seamless_edges_are_read(pairs: str, tiling: str, notes: int) -> None:
    found = read(pairs)
    assert fields_of(found)["tiling"] == tiling
    assert not found.ignored and len(found.approximated) == notes


KEYS = (
    "Denoising strength", "Mask blur", "Mask mode", "Masked content", "Inpaint area",
    "Masked area padding", "Image CFG scale", "Init image hash", "Soft inpainting enabled",
    "Hires upscale", "Hires resize", "Hires resize-1", "Hires steps", "Hires upscaler",
    "Hires sampler", "Hires strength", "Hires schedule type", "First pass size", "Size", "Tiling",
    "Tile X", "Tile Y", "Stop Tiling After Step", "Noise multiplier", "Extra noise", "Operations",
    "Hires prompt", "Hires CFG Scale", "VAE Encoder", "Mask invert", "Resize mode", "Sampler",
)  # fmt: skip
WORDS = (
    "0", "1", "-1", "0.5", "1e308", "-1e308", "nan", "inf", "9" * 40, "0x0", "1x1", "8x8", "512x0",
    "999999999x999999999", "4096x4096", "True", "False", "None", "", "only masked", "original",
    "latent nothing", "Latent", "Euler a", "UniPC bh1", "DPM++ 2M Karras", '"a, b"', '"', "{", "x",
    "\u2028", "\ud800", "0.30000000000000004", "٣", "512x768", "2", "inpaint; img2img", "Fill",
)  # fmt: skip


def test_hostile_pairs_never_raise_and_give_what_is_allowed() -> None:
    chance = random.Random(23)
    started = 0
    for _ in range(300):
        keys = chance.sample(KEYS, chance.randint(1, 12))
        pairs = ", ".join(f"{key}: {chance.choice(WORDS)}" for key in keys)
        version = chance.choice((WEB_UI, "Version: ComfyUI", "App: SD.Next", "Version: Calotype 1"))
        found = parse({"parameters": f"a\n{HEAD}, {pairs}, {version}"})
        assert found is not None
        values: dict[str, Any] = fields_of(found)
        replace(Request(), **values).check()
        for name in {"start", "hires", "tiling", "width"} & values.keys():
            replace(Request(), **{name: values[name]}).check()
        started += "start" in values or "hires" in values
    assert started > 75


@pytest.mark.parametrize("pieces", [3, 30_000])
def test_what_stands_behind_a_value_is_kept_whole(pieces: int) -> None:
    found = split_text(f"a\n{HEAD}, Model: x{', b' * pieces}\nTemplate: c")
    assert found is not None and found.rest == ("Template: c",)
    assert found.pairs[-1].text == "x" + ", b" * pieces
