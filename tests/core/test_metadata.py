"""Recipes in pictures: our own round trip, A1111's text in its many shapes, and files that are no pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.errors import WorldError
from core.metadata import encode_png, read_file
from core.metadata.a1111 import understand
from core.picture import Pixels, Recipe
from core.request import Request

PIXELS = Pixels(8, 8, bytes(range(192)))


@settings(max_examples=150, deadline=None)
@given(prompt=st.text(max_size=400), negative=st.text(max_size=100))
def test_our_recipe_comes_back_exactly(tmp_path_factory: pytest.TempPathFactory, prompt: str, negative: str) -> None:
    recipe = Recipe(Request(prompt, negative, seed=2**64 - 1, steps=33), "job", 0, "Starter", "ab" * 32, created=1.5)
    path = tmp_path_factory.mktemp("m") / "x.png"
    path.write_bytes(encode_png(PIXELS, recipe))
    found = read_file(path)
    assert found.format == "calotype" and found.recipe == recipe
    with Image.open(path) as image:
        assert image.convert("RGB").tobytes() == PIXELS.rgb
        assert "trainedAlgorithmicMedia" in image.info["XML:com.adobe.xmp"]


def test_without_recipe_there_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(encode_png(PIXELS, None))
    with Image.open(tmp_path / "x.png") as image:
        assert not [key for key, value in image.info.items() if isinstance(value, str)]


A1111 = [
    ("a cat\nNegative prompt: dog, bird\nSteps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 4711, Size: 512x768, "
     "Model hash: abc1234567, Model: some model, Clip skip: 2, Version: v1.10.1",
     {"prompt": "a cat", "negative_prompt": "dog, bird", "steps": 20, "sampler": "dpmpp_2m", "schedule": "karras", "guidance": 7.0, "seed": 4711,
      "width": 512, "height": 768, "model": "some model", "model_hash": "abc1234567", "clip_skip": 2}),
    ("a\nb\nSteps: 5, Sampler: Euler a, CFG scale: 1.5, Seed: 1", {"prompt": "a\nb", "sampler": "euler_ancestral", "schedule": "discrete"}),
    ("x\nSteps: 5, Sampler: DPM++ 2M SDE Karras, CFG scale: 1, Seed: 1", {"sampler": "dpmpp_2m_sde", "schedule": "karras"}),
    ("x\nSteps: 5, Sampler: DPM++ 2M, Schedule type: Automatic, CFG scale: 1, Seed: 1", {"schedule": "karras"}),
    ('x <lora:foo:0.8>\nSteps: 5, Sampler: Euler, CFG scale: 1, Seed: 1, Lora hashes: "foo: abc, bar: def"', {"loras": ["foo:0.8"], "seed": 1}),
    ("x\nNegative prompt: Steps: 23, Sampler: Euler, CFG scale: 1, Seed: 9, Civitai resources: [{\"a\": 1}]",
     {"negative_prompt": "", "steps": 23, "seed": 9}),
]


@pytest.mark.parametrize(("text", "expected"), A1111)
def test_a1111_texts(text: str, expected: dict[str, Any]) -> None:
    found = understand({"parameters": text})
    assert found is not None
    assert {key: found.request[key] for key in expected} == expected


def test_our_own_parameters_text_reads_back(tmp_path: Path) -> None:
    recipe = Recipe(Request("a (red:1.2) house\nsecond: line", "blue, green", seed=3, sampler="dpmpp_3m_sde", schedule="sgm_uniform"),
                    model_name="My: model, v2")
    from core.metadata.a1111 import write
    found = understand({"parameters": write(recipe)})
    assert found is not None
    wanted = ("prompt", "negative_prompt", "seed", "sampler", "schedule", "guidance", "steps", "width", "height")
    assert {k: found.request[k] for k in wanted} == {k: getattr(recipe.request, k) for k in wanted}
    assert found.request["model"] == "My: model, v2"


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=500) | st.text(alphabet='Steps: 20, CFG"\\{[\n', max_size=200))
def test_hostile_texts_never_raise(text: str) -> None:
    understand({"parameters": text})


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_exif_user_comment(tmp_path: Path, kind: str) -> None:
    image = Image.new("RGB", (8, 8))
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + A1111[0][0].encode("utf-16-be")
    image.save(tmp_path / "x", kind, exif=exif)
    assert read_file(tmp_path / "x").request["seed"] == 4711


@pytest.mark.parametrize("data", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"II*\0" + b"\0" * 60])
def test_no_pictures_are_refused_in_one_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.png").write_bytes(data)
    with pytest.raises(WorldError) as caught:
        read_file(tmp_path / "x.png")
    assert caught.value.hint


def test_bombs_are_refused(tmp_path: Path) -> None:
    Image.new("1", (12_000, 12_000)).save(tmp_path / "bomb.png")
    with pytest.raises(WorldError, match="million"):
        read_file(tmp_path / "bomb.png")


def test_the_web_uis_noise_is_written_and_read_back() -> None:
    from core.metadata import fields_of
    from core.metadata.a1111 import write
    from core.request import Lora, Noise

    noise = Noise("philox", 99, 0.25, (64, 128), 31337)
    request = Request(prompt="a house", seed=4, compatibility="a1111", noise=noise, eta=0.5, clip_skip=2, loras=(Lora("glow", 0.7),))
    text = write(Recipe(request, version="1.0")).replace("Calotype", "v")
    found = understand({"parameters": text})
    assert found is not None
    values = fields_of(found)
    assert values["noise"] == noise and values["compatibility"] == "a1111" and values["eta"] == 0.5 and values["clip_skip"] == 2
    assert "loras" not in values and values["prompt"] == "a house<lora:glow:0.7>" and not found.ignored
    gpu = understand({"parameters": "a house\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512, Version: v1.6.0"})
    assert gpu is not None and fields_of(gpu)["noise"] == Noise("philox") and any("NVIDIA" in note for note in gpu.approximated)
