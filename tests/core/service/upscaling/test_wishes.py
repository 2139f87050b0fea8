"""What a person wants larger: how large each picture becomes, what draws its details, and that one
bad file costs no other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import ExifTags, Image

from core.metadata.writing import encode
from core.service.stores import Stores
from core.service.upscaling.foretelling import upscale_needs
from core.service.upscaling.wishes import (
    UNGUIDED,
    UpscaleWish,
    upscale_batch,
    wished_request,
)
from core.store.files import pictures_of_folder
from core.system.errors import Cancelled, InvalidRequest, KnownError, WorldError
from core.values.picture import Pixels, Recipe
from core.values.request import Request
from core.values.request_parts.hires import BY_HAND, Hires
from core.values.request_parts.upscale import LANCZOS
from tests.core.engine.diffusion.upscale.upscaler_files import compact, written

MADE = Request(
    "a red house",
    "blue",
    width=64,
    height=64,
    seed=5,
    steps=9,
    guidance=7.0,
    sampler="ddim",
    tiling="x",
    hires=Hires(mode=BY_HAND, scale=2.0),
)


def made(path: Path, request: Request = MADE) -> Path:
    pixels = Pixels(64, 64, bytes(64 * 64 * 3))
    recipe = Recipe(request, "job", model_name="Starter", pixels_sha256=pixels.sha256, created=1.0)
    path.write_bytes(encode(pixels, recipe, "png")[0])
    return path


def photo(path: Path, size: tuple[int, int] = (90, 60)) -> Path:
    Image.new("RGB", size, (90, 160, 30)).save(path)
    return path


@pytest.mark.parametrize(
    ("wish", "size", "scale"),
    [
        (UpscaleWish(), (90, 60), 2.0),
        (UpscaleWish(scale=3.0), (90, 60), 3.0),
        (UpscaleWish(side=180), (90, 60), 2.0),
        (UpscaleWish(side=100), (40, 80), 1.25),
    ],
)
def test_the_scale_is_said_or_comes_of_the_longest_side(
    wish: UpscaleWish, size: tuple[int, int], scale: float
) -> None:
    assert wish.scale_of(size) == scale


@pytest.mark.parametrize(
    ("wish", "size", "words"),
    [
        (UpscaleWish(side=64), (90, 60), "already"),
        (UpscaleWish(side=90), (90, 60), "already"),
        (UpscaleWish(side=8192), (90, 60), "the most"),
        (UpscaleWish(scale=4.0), (4000, 600), "8192"),
        (UpscaleWish(scale=2.0), (4096, 4096), "64 million"),
    ],
)
def test_what_is_large_enough_or_becomes_too_large_is_said(
    wish: UpscaleWish, size: tuple[int, int], words: str
) -> None:
    if words == "64 million":
        assert wish.scale_of(size) == 2.0
        size = (4097, 4096)
    with pytest.raises(InvalidRequest, match=words):
        wish.scale_of(size, "x.png")


def test_details_are_drawn_by_the_pictures_own_recipe(stores: Stores, tmp_path: Path) -> None:
    asked = wished_request(stores, made(tmp_path / "x.png"), UpscaleWish(refine=0.3))
    request = asked.request
    assert (asked.width, asked.height) == (128, 128)
    assert (request.prompt, request.negative_prompt) == (MADE.prompt, MADE.negative_prompt)
    assert (request.seed, request.sampler, request.tiling) == (5, "ddim", "x")
    assert request.upscale.refine == 0.3 and not request.upscale.bare and request.upscale.source
    assert request.guidance == UNGUIDED, "with more, the starter's tiles begin things of their own"
    assert request.hires == Hires() and not request.start.source
    typed = UpscaleWish(refine=0.3, prompt="fine grain # seen near")
    request = wished_request(stores, tmp_path / "x.png", typed).request
    assert request.prompt == "fine grain"


def test_of_a_foreign_picture_by_the_model_of_the_form(stores: Stores, tmp_path: Path) -> None:
    asked = wished_request(stores, photo(tmp_path / "x.png"), UpscaleWish(refine=0.5))
    assert asked.request.model == "starter" and asked.request.prompt == ""
    assert asked.request.upscale.refine == 0.5 and not asked.request.upscale.bare
    again = wished_request(stores, tmp_path / "x.png", UpscaleWish(refine=0.5))
    assert again.request.seed == asked.request.seed, "so that a kill costs no tile"
    plain = wished_request(stores, tmp_path / "x.png", UpscaleWish())
    assert plain.request.upscale.only_enlarges and plain.request.upscale.bare
    assert plain.request.upscale.upscaler == LANCZOS


def test_one_bad_file_costs_no_other(stores: Stores, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG nothing")
    origins = [
        photo(tmp_path / "a.png"),
        tmp_path / "broken.png",
        photo(tmp_path / "large.jpg", (3000, 40)),
        tmp_path / "gone.png",
        photo(tmp_path / "b.webp"),
    ]
    looked_at: list[int] = []
    batch = upscale_batch(stores, origins, UpscaleWish(scale=4.0), looked_at.append)
    assert looked_at == [1, 2, 3, 4, 5]
    assert [refusal.path.name for refusal in batch.refused] == [
        "broken.png",
        "large.jpg",
        "gone.png",
    ]
    assert all(refusal.error.message and refusal.error.hint for refusal in batch.refused)
    assert len(batch.requests) == 2

    def stop(done: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        upscale_batch(stores, origins, UpscaleWish(), stop)


def test_what_it_takes_is_told_before_it_begins(stores: Stores, tmp_path: Path) -> None:
    origins = [photo(tmp_path / "a.png"), photo(tmp_path / "b.png", (900, 600))]
    needs = upscale_needs(stores, origins, UpscaleWish(), "cpu", -1)
    assert needs.size == (180, 120) and needs.count == 2 and needs.fits
    assert needs.disk_bytes > 1800 * 1200
    refining = upscale_needs(stores, origins, UpscaleWish(refine=0.3), "cpu", -1)
    assert refining.peak_bytes > needs.peak_bytes
    with_a_bad_one = [tmp_path / "gone.png", *origins]
    assert upscale_needs(stores, with_a_bad_one, UpscaleWish(refine=0.3), "cpu", -1).count == 2
    file = written(compact(), tmp_path / "2x.safetensors").path
    one, many = (
        upscale_needs(stores, times * origins[1:], UpscaleWish(upscaler=file), "cpu", -1)
        for times in (1, 9)
    )
    assert many.disk_bytes == 5 * one.disk_bytes, "nine files, and the tiles of one at a time"
    with pytest.raises(KnownError, match="8192"):
        upscale_needs(stores, [photo(tmp_path / "c.png", (4100, 90))], UpscaleWish(), "cpu", -1)
    notes = Image.Exif()
    notes[ExifTags.Base.Orientation] = 6
    Image.new("RGB", (90, 60)).save(tmp_path / "phone.jpg", exif=notes)
    phone = upscale_needs(stores, [tmp_path / "phone.jpg"], UpscaleWish(), "cpu", -1)
    asked = wished_request(stores, tmp_path / "phone.jpg", UpscaleWish())
    assert phone.size == (asked.width, asked.height) == (120, 180)
    large = replace(needs, disk_free=10)
    assert not large.fits


def test_the_pictures_of_a_folder_are_its_own_by_name(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="holds no"):
        pictures_of_folder(tmp_path)
    for name in ("b.PNG", "a.jpg", ".hidden.png", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "folder.png").mkdir()
    assert [path.name for path in pictures_of_folder(tmp_path)] == ["a.jpg", "b.PNG"]
    with pytest.raises(WorldError, match="cannot be read"):
        pictures_of_folder(tmp_path / "gone")
