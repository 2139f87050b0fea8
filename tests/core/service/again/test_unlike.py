"""What recipes of several pictures have otherwise, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.metadata import a1111
from core.service.again.unlike import (
    ToldRecipe,
    Unlike,
    said,
    told,
    told_by,
    unlike,
    words_apart,
)
from core.values.declared.parameter import declared_fields, with_values
from core.values.lora import Lora
from core.values.picture import Recipe
from core.values.request import Request
from core.values.request_parts.hires import Hires
from core.values.request_parts.start_picture import StartPicture

ONE = Recipe(
    Request("a red house", model="starter", width=64, height=64, seed=1),
    model_name="Starter",
    model_hash="a" * 64,
    fingerprint=(("device", "cpu"), ("threads", "2")),
)


def of(recipe: Recipe = ONE, **values: object) -> ToldRecipe:
    return told_by(replace(recipe, request=replace(recipe.request, **values)))


def test_what_differs_is_named_with_the_values_of_all_and_nothing_else_is() -> None:
    assert unlike([of(), of(), of()]) == ()
    other = of(
        sampler="euler",
        guidance=7.5,
        width=128,
        refiner_at=0.75,
        loras=(Lora("ink", 0.8),),
        prompt="a red house <lora:gold:0.5>",
    )
    assert unlike([of(), other, of()]) == (
        Unlike("Size", ("64 × 64", "128 × 64", "64 × 64")),
        Unlike("Guidance", ("4", "7.5", "4")),
        Unlike("Sampler", ("DPM++ 2M", "Euler", "DPM++ 2M"), named=True),
        Unlike("LoRAs", ("none", "ink 0.8, gold 0.5", "none")),
        Unlike("Refiner from", ("80 %", "75 %", "80 %")),
    )


def test_of_a_start_picture_and_hires_the_parts_are_named_where_there_is_one() -> None:
    start = StartPicture("a" * 64, strength=0.5)
    rows = unlike([of(start=start), of(start=StartPicture("b" * 64, strength=0.5))])
    assert rows == (Unlike("Start picture", ("picture 1", "picture 2"), named=True),)
    rows = unlike([of(start=StartPicture(strength=0.3)), of()])
    assert rows == (), "without a picture its strength does nothing"
    rows = unlike([of(hires=Hires(mode="auto")), of()])
    assert [row.label for row in rows] == ["Hires fix"] and rows[0].named
    assert unlike([of(start=start), of()])[0].values == ("picture 1", "none")


def test_models_of_one_name_are_told_by_their_hashes_and_machines_by_what_they_are() -> None:
    other = replace(ONE, model_hash="b" * 64, fingerprint=(("device", "cuda"), ("threads", "2")))
    assert unlike([told_by(ONE), told_by(other)]) == (
        Unlike("Model", (f"Starter ({'a' * 10})", f"Starter ({'b' * 10})")),
        Unlike("Device", ("cpu", "cuda")),
    )
    named = told_by(replace(ONE, model_name="Another", model_hash="b" * 64))
    assert unlike([told_by(ONE), named])[0].values == ("Starter", "Another")


def test_what_another_program_does_not_say_is_not_guessed() -> None:
    parsed = a1111.parse(
        {
            "parameters": "a blue house\nSteps: 30, Sampler: Euler, CFG scale: 4, Seed: 1, "
            "Size: 64x64, Model: Starter"
        }
    )
    assert parsed is not None
    foreign = told(parsed)
    assert foreign is not None
    rows = {row.label: row for row in unlike([of(), foreign])}
    assert rows["Prompt"] == Unlike("Prompt", ("a red house", "a blue house"), text=True)
    assert rows["Steps"].values == ("20", "30")
    assert not {"Seed", "Size", "Model", "Tiling", "VAE", "Guidance", "Device"} & set(rows)
    silent = told(replace(parsed, fields={"prompt": "a red house"}))
    assert silent is not None
    assert {row.label: row.values for row in unlike([of(), silent])}["Steps"] == ("20", "not said")


@pytest.mark.parametrize(
    ("text", "other", "apart"),
    [
        ("a red house", "a blue house", ["red "]),
        ("a red house, snow", "a red house", ["snow"]),
        ("a red house", "a red house", []),
        ("", "a red house", []),
        ("a red house", "", ["a red house"]),
    ],
)
def test_the_words_that_another_text_lacks_are_found(
    text: str, other: str, apart: list[str]
) -> None:
    pieces = words_apart(text, other)
    assert "".join(piece for piece, _ in pieces) == text
    assert [piece for piece, is_apart in pieces if is_apart] == apart


def test_of_very_long_texts_all_is_kept_and_the_first_words_are_compared() -> None:
    long = "word " * 50_000
    pieces = words_apart(f"red {long}", f"blue {long}")
    assert "".join(piece for piece, _ in pieces) == f"red {long}"
    assert pieces[0] == ("red ", True) and not any(is_apart for _, is_apart in pieces[1:])


def test_every_declared_number_of_a_recipe_has_its_words() -> None:
    for one in declared_fields(Request):
        beside = ("count", "width", "height", "start", "upscale")  # the last two need a picture
        if one.kind not in (int, float) or one.path[0] in beside:
            continue
        usual = one.default if isinstance(one.default, int | float) else 0
        told_other = told_by(replace(ONE, request=with_values(ONE.request, {one.path: usual + 1})))
        told_usual = told_by(replace(ONE, request=with_values(ONE.request, {one.path: usual})))
        rows = unlike([told_usual, told_other])
        assert len(rows) == 1 and len(set(rows[0].values)) == 2, one.path


def test_one_recipe_alone_says_what_is_not_as_usual() -> None:
    request = Request(prompt="a house <lora:glow:0.5>", seed=7, steps=31, width=640, height=512)
    rows = {row.label: row.values for row in said(told_by(Recipe(request, model_name="Starter")))}
    assert rows["Prompt"] == ("a house",) and rows["Steps"] == ("31",) and rows["Seed"] == ("7",)
    assert rows["Model"] == ("Starter",) and rows["Size"] == ("640 × 512",)
    assert rows["LoRAs"] == ("glow 0.5",)
    assert "Negative prompt" not in rows, "it has no words"
    assert all(len(values) == 1 and values[0] for values in rows.values())
    usual = {row.label for row in said(told_by(Recipe(Request(prompt="a house"))))}
    assert len(usual) < 12, "rarer parameters are left out while they are as usual"
