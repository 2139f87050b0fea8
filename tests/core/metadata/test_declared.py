"""Every parameter survives a picture: in our own metadata all of them, in the web UI's text those
that have a key there. Values are made from the declarations, so that a new one is tried too;
tests/core/metadata/infotext has what depends on a picture to start from."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from core.metadata import native
from core.metadata.a1111 import parse, write
from core.metadata.infotext.absent import MASK_ABSENT, SOURCE_ABSENT
from core.metadata.recipes import fields_of
from core.values.declared.parameter import declared_fields
from core.values.lora import Lora
from core.values.noise import Noise
from core.values.picture import Recipe
from core.values.request import Request
from tests.core.metadata.requests import requests


@settings(max_examples=40)
@given(requests())
def test_our_own_metadata_keeps_every_parameter(request: Request) -> None:
    recipe = Recipe(request, version="1")
    found = native.parse({"calotype": native.write(recipe)})
    assert found is not None and found.recipe == recipe
    again = replace(Request(), **fields_of(found), model=found.request["model"])
    assert again == request
    told = {name: value for name, value in found.request.items() if name != "loras"}
    whole = native.parse({"calotype": native.write(Recipe(replace(request, loras=(Lora("x"),))))})
    assert whole is not None and whole.request == told | {"loras": ["x:1"]}


@settings(max_examples=60)
@given(requests())
def test_the_web_uis_text_keeps_every_parameter_that_has_a_key(request: Request) -> None:
    found = parse({"parameters": write(Recipe(request, version="1"))})
    assert found is not None and not found.ignored
    said = [note for note in found.approximated if not note.startswith("Postprocess upscale by")]
    assert set(said) <= {SOURCE_ABSENT, MASK_ABSENT}
    assert (len(said) < len(found.approximated)) == bool(request.upscale.source)
    again = replace(Request(), **fields_of(found), model=found.request["model"])
    expected = request
    if not request.refiner:  # the text says nothing of when none takes over
        expected = replace(expected, refiner_at=Request().refiner_at)
    noise = expected.noise
    varied = noise.variation_strength > 0
    seed = (noise.variation_seed or 0) if varied else None
    expected = replace(expected, noise=replace(noise, variation_seed=seed))
    for field in declared_fields(Request):
        if field.declaration.a1111 or field.path == ("noise", "source"):
            assert field.of(again) == field.of(expected), field.path


def test_a_text_of_usual_values_says_no_more_than_before() -> None:
    assert write(Recipe(Request(prompt="a house", seed=4), version="1")) == (
        "a house\n"
        "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 4, Seed: 4, "
        "Size: 256x256, Model: starter, RNG: CPU, Version: Calotype 1"
    )


def test_unusual_values_stand_in_the_web_uis_order() -> None:
    request = Request(
        prompt="a house",
        seed=4,
        guidance=7.123456789,
        sampler="unipc",
        clip_skip=2,
        vae="folder/soft.safetensors",
        refiner="second",
        eta=0.5,
        guidance_rescale=0.7,
        noise=Noise("philox", 99, 0.25, (64, 128), 31337),
    )
    text = write(Recipe(request, model_hash="ab" * 32, version="1"))
    assert text.split("\n")[1] == (
        "Steps: 20, Sampler: UniPC, Schedule type: Karras, CFG scale: 7.123456789, Seed: 4, "
        "Size: 256x256, Model hash: ababababab, Model: starter, VAE: soft, Variation seed: 99, "
        "Variation seed strength: 0.25, Seed resize from: 64x128, Clip skip: 2, ENSD: 31337, "
        "RNG: NV, UniPC variant: bh2, Eta: 0.5, Refiner: second, Refiner switch at: 0.8, "
        "CFG Rescale: 0.7, Version: Calotype 1"
    )


def test_ways_to_save_time_are_written_and_read() -> None:
    saving = Request(
        prompt="a house",
        seed=4,
        feature_reuse=3,
        token_merging=0.5,
        decoder="tiny",
        matrices="int8",
    )
    recipe = Recipe(saving, version="1")
    text = write(recipe)
    assert "Size: 256x256, Model: starter, Token merging ratio: 0.5, RNG: CPU" in text
    found = parse({"parameters": text})
    assert found is not None and found.request["token_merging"] == 0.5
    again = native.parse({"calotype": native.write(recipe)})
    assert again is not None and again.recipe == recipe
    values = again.request
    assert (values["feature_reuse"], values["decoder"], values["matrices"]) == (3, "tiny", "int8")


@pytest.mark.parametrize(
    "key",
    [
        "CFG Rescale",
        "CFG rescale",
        "CFG Rescale phi",
        "CFG Rescale φ",
        "Rescale CFG",
        "rescale_cfg_multiplier",
        "Guidance rescale",
    ],
)
def test_guidance_rescale_is_read_under_every_programs_key(key: str) -> None:
    line = f"Steps: 5, Sampler: Euler, CFG scale: 7, Seed: 1, {key}: 0.7, Version: v1.10.1"
    found = parse({"parameters": f"a house\n{line}"})
    assert found is not None and not found.ignored
    assert fields_of(found)["guidance_rescale"] == 0.7
    beyond = parse({"parameters": f"a house\n{line.replace('0.7', '7')}"})
    assert beyond is not None and "guidance_rescale" not in fields_of(beyond)
    assert beyond.ignored == (f"{key}: 7",)
