"""A picture is varied by its recipe where that makes it again, else from its pixels."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.metadata.writing import encode
from core.service.starting.files import start_from_file
from core.service.starting.own_recipe import own_recipe
from core.service.starting.varying import Way, vary_requests
from core.service.stores import Stores
from core.system.errors import InvalidRequest, ModelMissing, WorldError
from core.values.declared.limits import MAX_SEED
from core.values.lora import Lora
from core.values.noise import Noise
from core.values.picture import Picture, Pixels, Recipe
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture

MADE = Request(
    "a red house", "blue", width=128, height=128, seed=5, steps=9, guidance=3.0, sampler="ddim"
)
PIXELS = Pixels(128, 128, bytes(128 * 128 * 3))


def made(path: Path, request: Request = MADE, pixels: Pixels = PIXELS) -> Path:
    recipe = Recipe(request, "job", model_name="Starter", pixels_sha256=pixels.sha256, created=1.0)
    path.write_bytes(encode(pixels, recipe, "png")[0])
    return path


def told(path: Path, text: str, size: int = 128) -> Path:
    """A picture of AUTOMATIC1111's."""
    info = PngInfo()
    info.add_text("parameters", text)
    Image.new("RGB", (size, size)).save(path, pnginfo=info)
    return path


def test_a_recipe_is_varied_by_its_noise(stores: Stores, tmp_path: Path) -> None:
    varied = vary_requests(stores, made(tmp_path / "x.png"), 0.3, 3, seed=MAX_SEED - 1)
    assert varied.way is Way.VARIATION and varied.entry.id == "starter" and varied.notes == ()
    noises = [request.noise for request in varied.requests]
    assert [noise.variation_seed for noise in noises] == [MAX_SEED - 1, MAX_SEED, 0]
    assert {noise.variation_strength for noise in noises} == {0.3}
    for request in varied.requests:
        wanted = replace(MADE, noise=request.noise, parent=PIXELS.sha256)
        assert request == wanted
    assert "x.png" in varied.sentence and "0.3" in varied.sentence


def test_seeds_are_random_where_none_is_given(stores: Stores, tmp_path: Path) -> None:
    path = made(tmp_path / "x.png")
    seeds = {vary_requests(stores, path).requests[0].noise.variation_seed for _ in range(9)}
    assert len(seeds) > 5 and len(vary_requests(stores, path).requests) == 4


def test_a_picture_of_the_gallery_is_named_by_its_row(stores: Stores, tmp_path: Path) -> None:
    path = made(tmp_path / "x.png")
    recipe = Recipe(MADE, model_name="Starter", pixels_sha256=PIXELS.sha256)
    row = stores.gallery.record(path, recipe, 128, 128)
    assert isinstance(row, Picture)
    assert vary_requests(stores, row, 0.2, 1).requests[0].parent == row.sha256


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (replace(MADE, model="gone"), ""),
        (replace(MADE, width=256), "another size"),
        (replace(MADE, noise=Noise(variation_seed=1, variation_strength=0.1)), "a variation"),
        (replace(MADE, start=StartPicture(source="ab" * 32)), "was made from is not here"),
        (replace(MADE, loras=(Lora("gone"),)), "is not here"),
    ],
)
def test_what_the_recipe_does_not_make_again_is_varied_from_the_picture(
    stores: Stores, tmp_path: Path, request_: Request, why: str
) -> None:
    path = made(tmp_path / "x.png", request_)
    varied = vary_requests(stores, path, 0.25, 2, seed=7)
    if not why:  # the model's name in the recipe is here
        assert varied.way is Way.VARIATION
        return
    assert varied.way is Way.IMAGE and why in varied.sentence and "0.25" in varied.sentence
    source = start_from_file(stores, path).address
    for number, request in enumerate(varied.requests):
        assert request.start == StartPicture(source=source, strength=0.25, fit="source")
        assert (request.seed, request.width, request.height) == (7 + number, 128, 128)
        assert (request.prompt, request.sampler, request.steps) == ("a red house", "ddim", 9)
        assert request.parent == PIXELS.sha256 and request.noise == Noise() and not request.loras


def test_a_recipe_with_a_kept_start_is_made_again(stores: Stores, tmp_path: Path) -> None:
    Image.new("RGB", (300, 200), "green").save(tmp_path / "s.png")
    source = start_from_file(stores, tmp_path / "s.png").address
    start = StartPicture(source=source, strength=0.5)
    path = made(tmp_path / "x.png", replace(MADE, start=start))
    varied = vary_requests(stores, path, 0.2, 1)
    assert varied.way is Way.VARIATION and varied.requests[0].start == start
    stores.sources.path_of(source).unlink()
    varied = vary_requests(stores, path, 0.2, 1)
    assert varied.way is Way.IMAGE and varied.requests[0].start.source != source


def test_pictures_of_other_programs(stores: Stores, tmp_path: Path) -> None:
    text = (
        "a boat\nSteps: 7, Sampler: Euler a, CFG scale: 5, Seed: 3, Size: 128x128, Model: starter"
    )
    varied = vary_requests(stores, told(tmp_path / "x.png", text), 0.2, 1)
    assert varied.way is Way.VARIATION and varied.requests[0].compatibility == "a1111"
    for others in ("Denoising strength: 0.5, Version: v1", "Size-2: 128, Model: dreams"):
        path = told(tmp_path / "y.png", f"{text}, {others}")
        varied = vary_requests(stores, path, 0.2, 1)
        assert varied.way is Way.IMAGE and varied.requests[0].prompt == "a boat"
        assert varied.requests[0].parent == ""


def test_a_picture_without_a_recipe(stores: Stores, tmp_path: Path) -> None:
    Image.new("RGB", (100, 70)).save(tmp_path / "x.png")
    varied = vary_requests(stores, tmp_path / "x.png", 0.2, 1)
    request = varied.requests[0]
    assert varied.way is Way.IMAGE and "no recipe" in varied.sentence and request.prompt == ""
    assert (request.width, request.height, request.start.fit) == (104, 72, "source")
    Image.new("RGB", (3000, 2000)).save(tmp_path / "large.jpg")
    request = vary_requests(stores, tmp_path / "large.jpg", 0.2, 1).requests[0]
    assert (request.width, request.height, request.start.fit) == (384, 256, "crop")
    assert stores.sources.size_of(request.start.source) == (3000, 2000)


def test_another_model_is_taken_where_that_is_asked_for(stores: Stores, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="gone"):
        vary_requests(stores, made(tmp_path / "x.png"), model="gone")
    own = own_recipe(
        stores.library,
        told(
            tmp_path / "y.png",
            "a boat <lora:x:1>\nSteps: 7, Sampler: Euler, CFG scale: 5, Model: dreams",
        ),
    )
    assert (
        own.entry.id == "starter"
        and not own.is_its_model
        and own.request.prompt.strip() == "a boat"
    )
    assert own.request.steps == 20 and own.request.loras == ()
    assert any("dreams" in note for note in own.notes)


@pytest.mark.parametrize(
    ("strength", "count", "seed", "words"),
    [
        (math.nan, 1, None, "strength"),
        (1.5, 1, None, "strength"),
        (-0.1, 1, None, "strength"),
        (0.2, 0, None, "Count"),
        (0.2, 10_001, None, "Count"),
        (0.2, 1, -1, "Seed"),
    ],
)
def test_what_is_beyond_the_limits_is_refused_before_a_file_is_read(
    stores: Stores, strength: float, count: int, seed: int | None, words: str
) -> None:
    with pytest.raises(InvalidRequest, match=words):
        vary_requests(stores, Path("/nowhere.png"), strength, count, seed=seed)
    with pytest.raises(WorldError, match="There is no file"):
        vary_requests(stores, Path("/nowhere.png"))
