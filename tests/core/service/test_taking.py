"""A recipe as this machine can use it: every field good alone, the model by its
hash and then by its name."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from core.metadata.a1111 import parse
from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.metadata.recipes import fields_of, read_file
from core.metadata.writing import encode_png
from core.models.library.fingerprint import content_hash
from core.models.library.library import Library
from core.models.library.model_entry import UserMetadata
from core.service.usable_recipe import UsableRecipe, usable_recipe
from core.values.lora import Lora
from core.values.noise import Noise
from core.values.picture import Pixels, Recipe
from core.values.request import Request

PIXELS = Pixels(8, 8, bytes(range(192)))
PAIRS = "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 512x512"


def recipe(pairs: str, prompt: str = "a red house") -> ParsedRecipe:
    found = parse({"parameters": f"{prompt}\nNegative prompt: fog\n{pairs}"})
    assert found is not None
    return found


def some_model(path: Path, seed: int) -> None:
    """A model file of its own content; too small to render with, which the notes say."""
    save_file({"model.diffusion_model.x": torch.full((8,), float(seed))}, path)


def said(found: UsableRecipe) -> tuple[str, ...]:
    return tuple(note for note in found.notes if "cannot be used" not in note)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    for seed, name in enumerate(
        ("DreamShaper_8.safetensors", "zzz.safetensors", "My: model, v2.safetensors")
    ):
        some_model(folder / name, seed)
    return folder


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("digits", [10, 12, 64])
def test_the_hash_goes_before_the_name(models: Path, digits: int) -> None:
    digest = sha256(models / "zzz.safetensors")[:digits]
    found = usable_recipe(
        recipe(f"{PAIRS}, Model hash: {digest}, Model: DreamShaper_8"), Library(models)
    )
    assert found.model is not None and found.model.name == "zzz" and found.missing == ""


def test_the_first_hash_of_the_web_ui_is_of_64_kb(models: Path) -> None:
    padded = models / "long.safetensors"
    save_file({"a": torch.rand(600_000), "b": torch.rand(9)}, padded)
    data = padded.read_bytes()
    digest = hashlib.sha256(data[0x100000:0x110000]).hexdigest()[:8]
    found = usable_recipe(recipe(f"{PAIRS}, Model hash: {digest}"), Library(models))
    assert (
        found.model is not None
        and found.model.name == "long"
        and any("cannot be used" in note for note in found.notes)
    )


@pytest.mark.parametrize(
    "name",
    [
        "DreamShaper_8",
        "DreamShaper_8.safetensors",
        "dreamshaper_8",
        "sd15\\DreamShaper_8.ckpt",
        "SD/1.5/DREAMSHAPER_8.safetensors",
        "DreamShaper_8.safetensors [879db523c3]",
        " DreamShaper_8 ",
    ],
)
def test_a_model_is_found_as_programs_call_it(models: Path, name: str) -> None:
    found = usable_recipe(
        recipe(f"{PAIRS}, Model: {name}, Model hash: 0123456789"), Library(models)
    )
    assert found.model is not None and found.model.name == "DreamShaper_8" and found.missing == ""
    assert any("another file" in note for note in found.notes), (
        "it was small enough to be hashed, and its hash is another"
    )


def test_names_lose_their_commas_and_colons_there(models: Path) -> None:
    found = usable_recipe(recipe(f"{PAIRS}, Model: My model v2"), Library(models))
    assert (
        found.model is not None
        and found.model.name == "My: model, v2"
        and said(found) == recipe(f"{PAIRS}, Model: x").approximated
    )


def test_what_is_not_here_is_called_by_its_name(models: Path) -> None:
    found = usable_recipe(
        recipe(f"{PAIRS}, Model hash: 0123456789, Model: juggernaut"), Library(models)
    )
    assert found.model is None and found.missing == "juggernaut" and found.values["seed"] == 5
    assert (
        usable_recipe(recipe(f"{PAIRS}, Model hash: 0123456789"), Library(models)).missing
        == "0123456789"
    )
    assert usable_recipe(recipe(PAIRS), Library(models)) == replace(
        usable_recipe(recipe(PAIRS), Library(models)), model=None, missing=""
    )


def test_two_of_one_name_are_not_chosen_between_unless_they_are_the_same_file(
    tmp_path: Path, models: Path
) -> None:
    from core.models.library import registry

    other = tmp_path / "elsewhere" / "dreamshaper_8.safetensors"
    other.parent.mkdir()
    some_model(other, 99)
    registry.write_list(models / registry.FILE, [{"path": str(other), "kind": "checkpoint"}])
    found = usable_recipe(recipe(f"{PAIRS}, Model: DREAMSHAPER_8"), Library(models))
    assert (
        found.model is None
        and found.missing == "DREAMSHAPER_8"
        and any("Several" in note for note in found.notes)
    )
    by_hash = usable_recipe(
        recipe(f"{PAIRS}, Model: DREAMSHAPER_8, Model hash: {sha256(other)[:10]}"), Library(models)
    )
    assert by_hash.model is not None and by_hash.model.path == str(other)
    other.write_bytes((models / "DreamShaper_8.safetensors").read_bytes())
    assert (
        usable_recipe(recipe(f"{PAIRS}, Model: DREAMSHAPER_8"), Library(models)).model is not None
    )


@pytest.mark.parametrize("note", ["civitai", "sha256", "verified", "installed"])
def test_hashes_that_are_noted_are_believed_without_reading(
    models: Path, note: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.models.library import recall, registry

    monkeypatch.setattr(recall, "MOST_HASHED", 0)
    path, digest, kept = models / "zzz.safetensors", "ab" * 32, dict[str, UserMetadata]()
    if note == "civitai":
        path.with_suffix(".civitai.info").write_text(
            json.dumps({"files": [{"hashes": {"SHA256": digest.upper()}}]})
        )
    elif note == "sha256":
        path.with_suffix(".sha256").write_text(f"{digest}  zzz.safetensors\n")
    elif note == "verified":
        digest = registry.verify(models, path, "checkpoint")[1]
    else:
        kept[str(path)] = UserMetadata(sha256=digest)
    found = usable_recipe(
        recipe(f"{PAIRS}, Model hash: {digest[:10]}, Model: unheard"),
        Library(models, user_metadata=lambda: kept),
    )
    assert found.model is not None and found.model.path == str(path)


def test_our_own_recipe_finds_its_model_under_another_name(models: Path, tmp_path: Path) -> None:
    library = Library(models)
    digest = content_hash(str(models / "zzz.safetensors"))
    made = Recipe(
        Request("a house", model="zzz.safetensors", seed=4, width=512, height=512),
        model_name="zzz",
        model_hash=digest,
    )
    path = tmp_path / "x.png"
    path.write_bytes(encode_png(PIXELS, made))
    (models / "zzz.safetensors").rename(models / "renamed.safetensors")
    found = usable_recipe(read_file(path), Library(models))
    assert (
        found.model is not None
        and found.model.name == "renamed"
        and found.values["seed"] == 4
        and said(found) == ()
    )
    starter = Recipe(
        Request("a house", seed=4),
        model_name="Starter",
        model_hash=library.find("starter").ref().hash,
    )
    path.write_bytes(encode_png(PIXELS, starter))
    assert (
        model := usable_recipe(read_file(path), library).model
    ) is not None and model.id == "starter"
    (models / "renamed.safetensors").unlink()
    some_model(models / "zzz.safetensors", 5)
    path.write_bytes(encode_png(PIXELS, made))
    changed = usable_recipe(read_file(path), library)
    assert (
        changed.model is not None
        and changed.model.name == "zzz"
        and any("another file" in note for note in changed.notes)
    )


def test_loras_vae_and_refiner_are_called_as_they_are_here(models: Path) -> None:
    for name in ("loras/Glow.safetensors", "vae/kl-f8.safetensors"):
        (models / name).parent.mkdir()
        save_file({"x": torch.zeros(1)}, models / name)
    found = usable_recipe(
        recipe(
            f"{PAIRS}, VAE: kl-f8.safetensors, Refiner: zzz [0123456789], Refiner switch at: 0.7",
            "a <lora:glow:0.5> <lora:gone:1>",
        ),
        Library(models),
    )
    assert (
        found.values["prompt"] == "a <lora:Glow:0.5> <lora:gone:1>"
        and found.values["vae"] == "kl-f8"
    )
    assert found.values["refiner"] == "zzz.safetensors" and found.values["refiner_at"] == 0.7
    assert [note for note in found.notes if "LoRA" in note] == ['The LoRA "gone" is not here.']
    without = usable_recipe(recipe(f"{PAIRS}, VAE: unheard.pt, Refiner: unheard"), Library(models))
    assert (
        "vae" not in without.values
        and "refiner" not in without.values
        and sum("unheard" in note for note in without.notes) == 2
    )


def test_a_lora_is_known_by_its_hash_whatever_it_is_called(models: Path) -> None:
    (models / "loras").mkdir()
    for number, name in enumerate(("mine", "glow")):
        content = {"x": torch.full((1,), float(number))}
        save_file(content, models / "loras" / f"{name}.safetensors")
    mine = models / "loras" / "mine.safetensors"
    digest = hashlib.sha256(mine.read_bytes()).hexdigest()
    library = Library(models, user_metadata=lambda: {str(mine): UserMetadata(sha256=digest)})

    def called(digits: str) -> object:
        text = f'{PAIRS}, Lora hashes: "glow: {digits}"'
        return usable_recipe(recipe(text, "a <lora:glow:0.5>"), library).values["prompt"]

    assert called(digest[:12]) == "a <lora:mine:0.5>"
    assert called("0" * 12) == called(digest[:6]) == "a <lora:glow:0.5>"


def test_a_schedule_that_is_only_likely_is_proposed_and_said(models: Path) -> None:
    found = usable_recipe(recipe(PAIRS), Library(models))
    assert found.values["schedule"] == "discrete" and any(
        "schedule" in note for note in found.notes
    )
    assert found.values["compatibility"] == "a1111" and found.values["noise"] == Noise("philox")


BAD = [
    ("Size: 500x750", {"width": 496, "height": 752}),
    ("Size: 0x512", {}),
    ("Size: 100000x8", {}),
    ("Steps: 0", {}),
    ("Steps: 5000", {}),
    ("Steps: many", {}),
    ("Seed: -1", {}),
    ("Seed: 18446744073709551616", {}),
    ("Seed: 1.5", {}),
    ("Seed: nan", {}),
    ("CFG scale: inf", {}),
    ("CFG scale: 1000", {}),
    ("CFG scale: -1", {}),
    ("CFG scale: 1e400", {}),
    ("Clip skip: 99", {}),
    ("Eta: 99", {}),
    ("Sampler: Foo", {}),
    ("Schedule type: Foo", {}),
    ("Denoising strength: 7", {}),
    ("Size: 20x20", {"width": 64, "height": 64}),
    ("Seed: " + "9" * 5000, {}),
]


@pytest.mark.parametrize(("pair", "expected"), BAD)
def test_one_bad_field_costs_that_field(models: Path, pair: str, expected: dict[str, int]) -> None:
    good = {
        "Steps": "20",
        "Sampler": "Euler a",
        "Schedule type": "Karras",
        "CFG scale": "7",
        "Seed": "5",
        "Size": "512x512",
    }
    names = {
        "Steps": ["steps"],
        "Sampler": ["sampler"],
        "Schedule type": ["schedule"],
        "CFG scale": ["guidance"],
        "Seed": ["seed"],
        "Size": ["width", "height"],
        "Clip skip": ["clip_skip"],
        "Eta": ["eta"],
        "Denoising strength": [],
    }
    key, value = pair.split(": ")
    text = ", ".join(f"{name}: {said}" for name, said in (good | {key: value}).items())
    whole, found = (
        usable_recipe(
            recipe(", ".join(f"{name}: {said}" for name, said in good.items())), Library(models)
        ),
        usable_recipe(recipe(text), Library(models)),
    )
    Request(**found.values).check()  # type: ignore[arg-type]
    lost = {name: said for name, said in whole.values.items() if name not in names[key]}
    assert found.values == lost | expected
    assert any(key in note for note in found.notes), "and it is said"


def test_one_bad_field_of_ours_costs_that_field(tmp_path: Path) -> None:
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    from core.metadata.native import write

    request = Request(
        "a house",
        seed=4,
        steps=33,
        noise=Noise("philox", 7, 0.5),
        loras=(Lora("a"), Lora("b", 2.0)),
        eta=0.5,
    )
    plain = json.loads(write(Recipe(request)))
    plain["request"] |= {
        "steps": "many",
        "width": 500,
        "sampler": "of tomorrow",
        "unheard": 1,
        "eta": 99,
    }
    plain["request"]["noise"] |= {"seed_delta": "x", "variation_strength": 3}
    plain["request"]["loras"] += [{"id": 5}, {"id": "c", "weight": 99}]
    info = PngInfo()
    info.add_itxt("calotype", json.dumps(plain))
    Image.new("RGB", (4, 4)).save(tmp_path / "x.png", pnginfo=info)
    found = read_file(tmp_path / "x.png")
    values = fields_of(found)
    assert (
        found.format == "calotype"
        and "steps" not in values
        and "sampler" not in values
        and "eta" not in values
    )
    assert (
        values["prompt"] == "a house"
        and values["seed"] == 4
        and values["width"] == 496
        and values["schedule"] == "karras"
    )
    assert values["noise"] == Noise("philox", 7) and values["loras"] == (Lora("a"), Lora("b", 2.0))
    assert any("steps" in note for note in found.ignored) and any(
        "496" in note for note in found.approximated
    )
    Request(**values).check()  # type: ignore[arg-type]


VALUES = st.one_of(
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.none(),
    st.booleans(),
    st.lists(st.integers(), max_size=3),
)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "prompt",
                "width",
                "height",
                "steps",
                "guidance",
                "seed",
                "sampler",
                "schedule",
                "clip_skip",
                "loras",
                "noise",
                "freeu",
                "guidance_from",
                "guidance_until",
                "refiner_at",
                "eta",
                "count",
                "vae",
                "compatibility",
            ]
        ),
        VALUES,
    )
)
def test_whatever_a_recipe_says_the_rest_can_be_asked_for(values: dict[str, object]) -> None:
    found = fields_of(ParsedRecipe("a1111", values))
    Request(**found).check()  # type: ignore[arg-type]
    for name, value in found.items():
        Request(**{name: value}).check()  # type: ignore[arg-type]


def test_the_hash_of_an_installed_file_is_kept_with_its_card(tmp_path: Path) -> None:
    from core.models.fetch.download import RemoteFile
    from core.models.fetch.hub import Plan, PlannedFile
    from core.service.stores import open_stores
    from core.system.paths import Places

    stores = open_stores(Places(tmp_path, tmp_path / "pictures", tmp_path / "models"))
    digest = "cd" * 32
    one = PlannedFile("m.safetensors", RemoteFile("https://x", 1, digest))
    stores.cards.installed("/models/m.safetensors", Plan("m", "x", (one,), folder=False))
    stores.cards.installed("/models/folder", Plan("f", "x", (one,), folder=True))
    stores.cards.note_use("/models/other.safetensors", "ab")
    assert stores.cards.user_metadata() == {"/models/m.safetensors": UserMetadata(sha256=digest)}
