"""Our own recipe of pictures that were made from another one: whole, damaged, and of versions that
knew nothing of it."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.metadata import native
from core.metadata.infotext.absent import (
    MASK_ABSENT,
    SOURCE_ABSENT,
    absence_notes,
    without_absent,
)
from core.metadata.recipes import fields_of, read_file
from core.metadata.writing import encode, keeps_pixels, unmasked_note
from core.values.noise import Noise
from core.values.picture import Pixels, Recipe
from core.values.request import Request
from core.values.request_parts.hires import Hires
from core.values.request_parts.start_picture import StartPicture
from core.values.request_parts.upscale import Upscale

SOURCE, MASK, PARENT = "5e" * 32, "3a" * 32, "7c" * 32
START = StartPicture(
    source=SOURCE,
    strength=0.6,
    exact_steps=True,
    fit="pad",
    background="#102030",
    mask=MASK,
    mask_blur=8.0,
    mask_grow=-3,
    mask_soft=True,
    mask_content="noise",
    area="frame",
    padding=48,
    frame=(8, 0, 64, 72),
    extend=(0, 16, 0, 32),
    image_guidance=1.25,
)
HIRES = Hires("by_hand", 1.5, 12, 0.55, "lanczos", "euler")
REQUEST = Request(
    prompt="a red house",
    seed=4,
    width=96,
    height=96,
    tiling="x",
    start=START,
    hires=HIRES,
    parent=PARENT,
)
RECIPE = Recipe(REQUEST, model_name="Starter", model_hash="ab" * 32, version="1")


def plain(recipe: Recipe = RECIPE) -> dict[str, Any]:
    return json.loads(native.write(recipe))


def read(whole: dict[str, Any]) -> Any:
    found = native.parse({"calotype": json.dumps(whole)})
    assert found is not None
    values: dict[str, Any] = fields_of(found)
    replace(Request(), **values).check()
    return found


@pytest.mark.parametrize("kind", ["png", "webp", "jpeg", "avif"])
def test_every_kind_of_file_carries_all_of_it(tmp_path: Path, kind: str) -> None:
    data, suffix = encode(Pixels(8, 8, bytes(192)), RECIPE, kind)
    path = tmp_path / f"x{suffix}"
    path.write_bytes(data)
    found = read_file(path)
    assert found.recipe == RECIPE
    assert found.request["denoising_strength"] == 0.6
    assert found.request["start"] == plain()["request"]["start"]
    assert found.request["hires"] == plain()["request"]["hires"]
    assert (found.request["tiling"], found.request["parent"]) == ("x", PARENT)
    assert found.approximated == (SOURCE_ABSENT, MASK_ABSENT)


def test_a_picture_of_words_alone_says_nothing_of_it() -> None:
    found = read(plain(Recipe(Request(prompt="a house", seed=4), version="1")))
    assert not {"start", "hires", "tiling", "parent", "denoising_strength"} & found.request.keys()
    assert not found.approximated
    waiting = Request(prompt="a house", seed=4, start=StartPicture(strength=0.3))
    found = read(plain(Recipe(waiting, version="1")))
    assert "denoising_strength" not in found.request and not found.approximated


def test_older_recipes_read_as_before() -> None:
    older = plain()
    for name in ("start", "hires", "tiling", "parent"):
        del older["request"][name]
    found = read(older)
    untouched = replace(REQUEST, start=StartPicture(), hires=Hires(), tiling="none", parent="")
    assert found.recipe.request == untouched and not found.approximated


def test_a_later_versions_parts_cost_only_themselves() -> None:
    later = plain()
    later["request"]["start"] |= {"mask_content": "dreams", "curve": [1, 2]}
    later["request"]["hires"]["upscaler"] = "esrgan"
    found = read(later)
    values = fields_of(found)
    assert values["start"] == replace(START, mask_content="original")
    assert values["hires"] == replace(HIRES, upscaler="latent")
    assert set(found.ignored) == {"start.mask_content: dreams", "hires.upscaler: esrgan"}


DAMAGED: list[tuple[str, str, object, tuple[str, ...]]] = [
    ("start", "strength", 7, ("strength",)),
    ("start", "strength", "much", ("strength",)),
    ("start", "strength", None, ("strength",)),
    ("start", "source", "../../etc/passwd", ("source", "mask", "extend")),
    ("start", "source", 5, ("source", "mask", "extend")),
    ("start", "source", "A" * 64, ("source", "mask", "extend")),
    ("start", "mask", "0" * 63, ("mask",)),
    ("start", "mask_blur", -1, ("mask_blur",)),
    ("start", "mask_grow", 1000, ("mask_grow",)),
    ("start", "padding", 10**9, ("padding",)),
    ("start", "frame", [0, 0, 0, 0], ("frame", "area")),
    ("start", "frame", [1, 2, 3], ("frame", "area")),
    ("start", "extend", [0, 0, 0, 99999], ("extend",)),
    ("start", "background", "red", ("background",)),
    ("start", "fit", "shrink", ("fit",)),
    ("start", "area", "frame", ()),
    ("hires", "scale", 0.5, ("scale",)),
    ("hires", "scale", [], ("scale",)),
    ("hires", "steps", -4, ("steps",)),
    ("hires", "sampler", "of glass", ("sampler",)),
    ("hires", "mode", "sideways", ("mode",)),
    ("noise", "batch_size", 0, ()),
]


@pytest.mark.parametrize(("name", "part", "value", "lost"), DAMAGED)
def test_damage_costs_only_what_is_damaged(
    name: str, part: str, value: object, lost: tuple[str, ...]
) -> None:
    """And what cannot stand without it: a mask and an extension need their picture, the area of a
    frame its frame."""
    damaged = plain()
    damaged["request"][name][part] = value
    found = read(damaged)
    whole = {"start": START, "hires": HIRES, "noise": Noise()}[name]
    usual = type(whole)()
    left = replace(whole, **{each: getattr(usual, each) for each in lost})
    assert fields_of(found).get(name, usual) == left
    assert bool(found.ignored) == (bool(lost) or name == "noise")
    others = {"start": START, "hires": HIRES, "tiling": "x", "parent": PARENT}
    values = fields_of(found)
    assert all(values[other] == kept for other, kept in others.items() if other != name)


def test_nothing_is_made_up_of_a_damaged_recipe_that_knows_of_no_making() -> None:
    bare = Request(seed=1, upscale=Upscale(source=SOURCE, bare=True))
    damaged = plain(replace(RECIPE, request=bare))
    damaged["request"]["steps"] = "many"
    assert set(fields_of(read(damaged))) == {"upscale"}


def test_hostile_recipes_never_raise_and_give_what_is_allowed() -> None:
    chance = random.Random(23)
    values: tuple[object, ...] = (
        None, True, -1, 0, 1, 2**70, 1e308, -0.0, "", "x", "\ud800", "by_hand", "frame", "mask",
        [], [1], [1, 2, 3, 4], [-1] * 4, [2**40] * 4, {}, {"source": 1}, SOURCE, "none", "xy",
        "#fffffg", "0" * 10_000,
    )  # fmt: skip
    some = 0
    for _ in range(300):
        hostile = plain()
        request = hostile["request"]
        for _ in range(chance.randint(1, 8)):
            name = chance.choice(("start", "hires", "tiling", "parent", "noise"))
            value = chance.choice(values)
            if isinstance(request[name], dict) and request[name] and chance.random() < 0.9:
                request[name][chance.choice(list(request[name]))] = value
            else:
                request[name] = value
        text = json.dumps(hostile)
        found = native.parse({"calotype": text})
        assert found is not None
        fields: dict[str, Any] = fields_of(found)
        replace(Request(), **fields).check()
        for name in {"start", "hires", "tiling", "parent", "noise"} & fields.keys():
            replace(Request(), **{name: fields[name]}).check()
        some += "start" in fields
    assert some > 200


ALONE = replace(START, source="", mask="", extend=(0, 0, 0, 0))


@pytest.mark.parametrize(
    ("kept", "start", "parent", "absent"),
    [
        ({SOURCE, MASK}, START, PARENT, ()),
        ({SOURCE}, replace(START, mask=""), PARENT, (MASK_ABSENT,)),
        ({MASK}, ALONE, "", (SOURCE_ABSENT, MASK_ABSENT)),
        (set[str](), ALONE, "", (SOURCE_ABSENT, MASK_ABSENT)),
    ],
)
def test_without_its_picture_it_is_of_words_and_keeps_the_rest(
    kept: set[str], start: StartPicture, parent: str, absent: tuple[str, ...]
) -> None:
    values: dict[str, Any] = without_absent(fields_of(read(plain())), kept.__contains__)
    assert (values["start"], values["parent"]) == (start, parent)
    assert replace(Request(), **values).check().hires == HIRES
    still_here = absence_notes(start)
    assert tuple(note for note in absence_notes(START) if note not in still_here) == absent


@pytest.mark.parametrize("kind", ["png", "webp", "jpeg", "avif"])
def test_what_is_lossless_keeps_every_pixel_and_the_others_say_so(
    tmp_path: Path, kind: str
) -> None:
    pixels = Pixels(40, 24, random.Random(5).randbytes(40 * 24 * 3))
    data, suffix = encode(pixels, RECIPE, kind)
    path = tmp_path / f"x{suffix}"
    path.write_bytes(data)
    from core.metadata.reading import decode_rgb, open_image

    with open_image(path) as image:
        assert (decode_rgb(image, path.name)[2] == pixels.rgb) == keeps_pixels(kind)
    assert bool(unmasked_note(kind, START)) != keeps_pixels(kind)
    assert unmasked_note(kind, StartPicture(source=SOURCE)) == "", "all of it is made anew"
    assert unmasked_note(kind, StartPicture()) == ""
