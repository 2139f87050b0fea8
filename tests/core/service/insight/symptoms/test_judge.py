"""What of a picture's faults its recipe explains, and what the recipe alone says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file, save_file

from core.metadata.writing import encode_png
from core.models.library.library import Library
from core.service.insight.symptoms.complaints import complaints, other_seeds
from core.service.insight.symptoms.judge import (
    ENLARGED,
    NO_MODEL,
    NO_RECIPE,
    TOO_SMALL,
    judged_file,
)
from core.service.insight.symptoms.words import Words, word_symptoms
from core.system.paths import RESOURCES
from core.values.insight.symptoms import Findings, Judged, Symptom
from core.values.lora import Lora
from core.values.picture import Recipe
from core.values.request import Request
from core.values.request_parts.hires import Hires
from core.values.request_parts.levels import Levels
from core.values.request_parts.upscale import Upscale
from tests.core.service.insight.symptoms.drawn import FAULTS, doubled, pixels_of, scene

USUAL = Request("a red house on grass", seed=5, steps=20, guidance=4.0)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "models")


def of(
    library: Library, folder: Path, rows: np.ndarray, request: Request, **recipe: Any
) -> Findings:
    path = folder / "made.png"
    known = Recipe(request, model_name="Starter", family="starter", version="1")
    path.write_bytes(encode_png(pixels_of(rows), replace(known, **recipe)))
    return judged_file(path, library)


def only(found: Findings) -> Symptom:
    (symptom,) = found.symptoms
    return symptom


@pytest.mark.parametrize(
    ("fault", "values", "kind", "change"),
    [
        ("burnt", {"guidance": 30.0}, "burnt", ("guidance", 4.0)),
        ("burnt", {"guidance": 8.0, "loras": (Lora("starter-4-steps"),)}, "few_step_way", None),
        ("blur", {"steps": 2}, "few_step_way", ("steps", 20)),
        ("washed_out", {"guidance": 1.0}, "low_guidance", ("guidance", 4.0)),
        ("washed_out", {"guidance_rescale": 1.0}, "washed_out", ("guidance_rescale", 0.0)),
        ("noise_left", {}, "wrong_prediction", None),
        (
            "noise_left",
            {"levels": Levels(sigmas=(9.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.5)), "steps": 8},
            "noise_left",
            ("levels", Levels()),
        ),
        ("doubled", {"width": 512, "height": 512}, "doubled", ("width", 256)),
        ("tile_seams", {}, "tile_seams", None),
    ],
)
def test_a_recipe_explains_what_is_seen(
    library: Library,
    tmp_path: Path,
    fault: str,
    values: dict[str, Any],
    kind: str,
    change: tuple[str, object] | None,
) -> None:
    request = replace(USUAL, **values)
    found = only(of(library, tmp_path, FAULTS[fault](scene()), request))
    assert found.id == kind and all(one.is_beyond for one in found.evidence)
    changed = {one.field: one.value for one in found.remedy.changes}
    assert change is None or change in changed.items()
    again = found.remedy.applied(request)
    assert again.seed == request.seed and (again != request) == bool(changed)


def test_a_good_picture_with_an_ordinary_recipe_has_none(library: Library, tmp_path: Path) -> None:
    few = replace(USUAL, steps=4, guidance=1.0, sampler="lcm", loras=(Lora("starter-4-steps"),))
    for request in (USUAL, few, replace(USUAL, guidance=1.5, steps=8)):
        assert of(library, tmp_path, scene(), request) == Findings()


def test_settings_alone_are_named_as_such(library: Library, tmp_path: Path) -> None:
    for values, kind in (({"guidance": 0.5}, "low_guidance"), ({"steps": 3}, "few_step_way")):
        found = only(of(library, tmp_path, scene(), replace(USUAL, **values)))
        assert (found.id, found.judged) == (kind, Judged.RECIPE)


def test_half_precision_is_the_cause_of_a_black_picture_that_was_made_in_it(
    library: Library, tmp_path: Path
) -> None:
    black = np.zeros((128, 128, 3))
    half = of(library, tmp_path, black, USUAL, fingerprint=(("dtype", "float16"),))
    assert only(half).id == "half_precision"
    assert only(of(library, tmp_path, black, USUAL)).id == "black"


def test_hires_fix_and_start_pictures_are_not_doubled(library: Library, tmp_path: Path) -> None:
    large = replace(USUAL, width=512, height=512)
    composed = replace(large, hires=Hires(mode="by_hand", scale=2.0))
    rows = doubled(scene())
    assert only(of(library, tmp_path, rows, large)).id == "doubled"
    assert of(library, tmp_path, rows, composed) == Findings()
    enlarged = replace(large, upscale=Upscale(source="a" * 64, refine=0.3))
    assert of(library, tmp_path, rows, enlarged) == Findings()


def test_what_was_only_made_larger_has_no_remedy_that_renders(
    library: Library, tmp_path: Path
) -> None:
    rows = FAULTS["burnt"](scene())
    enlarged = replace(USUAL, upscale=Upscale(source="a" * 64))
    usual, larger = (of(library, tmp_path, rows, one) for one in (USUAL, enlarged))
    assert only(usual).remedy.changes and not only(larger).remedy.changes
    assert only(larger).remedy.sentence and larger.notes == (ENLARGED,)
    unguided = of(library, tmp_path, rows, replace(USUAL, guidance=1.0)).symptoms
    assert [one.remedy.changes for one in unguided if one.id == "burnt"] == [()]


def test_a_vae_for_other_latents_is_told_by_its_first_layer(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "vae"
    folder.mkdir(parents=True)
    (own,) = (RESOURCES / "starter" / "vae").glob("*.safetensors")
    tensors = load_file(own)
    trained = dict(tensors)
    trained["decoder.conv_in.weight"] = tensors["decoder.conv_in.weight"] * np.float16(1.1)
    save_file(trained, folder / "further.safetensors")
    other = dict(tensors)
    other["post_quant_conv.weight"] = np.roll(tensors["post_quant_conv.weight"], 1, 1)
    save_file(other, folder / "other.safetensors")
    library = Library(tmp_path / "models")
    found = only(of(library, tmp_path, scene(), replace(USUAL, vae="other")))
    assert found.id == "wrong_vae" and found.remedy.applied(replace(USUAL, vae="other")) == USUAL
    assert of(library, tmp_path, scene(), replace(USUAL, vae="further")) == Findings()
    _in_format(folder / "halves.safetensors", other, "BF16")
    assert only(of(library, tmp_path, scene(), replace(USUAL, vae="halves"))).id == "wrong_vae"
    _in_format(folder / "eighths.safetensors", other, "F8_E4M3")  # nothing can be said of it
    assert of(library, tmp_path, scene(), replace(USUAL, vae="eighths")) == Findings()


def _in_format(path: Path, tensors: dict[str, np.ndarray], dtype: str) -> None:
    """A file of these, in a format that numpy does not have."""
    table: dict[str, Any] = {}
    data = b""
    for name, values in tensors.items():
        halves = values.astype("<f4").view("<u2").reshape(-1, 2)[:, 1].tobytes()
        new = halves if dtype == "BF16" else halves[1::2]
        offsets = len(data), len(data) + len(new)
        table[name] = {"dtype": dtype, "shape": values.shape, "data_offsets": offsets}
        data += new
    header = json.dumps(table).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + data)


def test_words_that_are_read_apart_or_not_at_all(library: Library, tmp_path: Path) -> None:
    long = ", ".join(["a red house on grass"] * 12) + ", a blue boat on snow"
    (apart,) = of(library, tmp_path, scene(), replace(USUAL, prompt=long)).symptoms
    assert apart.id == "words_beyond_chunk" and "boat" in apart.words
    (change,) = apart.remedy.changes
    assert str(change.value).endswith("grass") and "boat" in str(change.value)[:60]
    cut = Words(left_out=("日本",), unread=("a", "boat"), apart=(), tokens=600)
    (unread,) = word_symptoms(library.find("starter"), USUAL, cut)
    assert (unread.id, unread.words) == ("words_unread", ("日本", "a", "boat"))
    found = of(library, tmp_path, scene(), replace(USUAL, prompt="a dragon"))
    assert [one.id for one in found.symptoms] == ["words_unknown"]


def test_what_is_not_known_is_said(library: Library, tmp_path: Path) -> None:
    plain = tmp_path / "plain.png"
    Image.fromarray(FAULTS["burnt"](scene()).clip(0, 255).astype(np.uint8)).save(plain)
    found = judged_file(plain, library)
    assert found.notes == (NO_RECIPE,) and only(found).remedy.changes == ()
    Image.new("RGB", (32, 32)).save(plain)
    assert judged_file(plain, library).notes[0] == TOO_SMALL
    elsewhere = replace(USUAL, model="not-here", steps=2)
    found = of(library, tmp_path, scene(), elsewhere, model_name="Not Here", family="sd15")
    assert found.notes == (NO_MODEL,) and only(found).id == "few_step_way"
    elsewhere = replace(elsewhere, guidance=1.0)
    few = of(library, tmp_path, scene(), elsewhere, model_name="dream-lcm", family="sd15")
    assert few.symptoms == ()


def test_every_change_to_try_is_one_that_can_be_rendered() -> None:
    row = Library(Path("nowhere")).find("starter").family_row
    weighed = replace(USUAL, prompt="(a (cat:1.2)), b", negative_prompt="text, ")
    extreme = replace(USUAL, width=4096, height=4096, guidance=1.2)
    for request in (USUAL, weighed, extreme):
        for each in complaints(request, row):
            assert each.help and (each.tries or request is extreme)
            for one in each.tries:
                again = one.applied(request)
                assert again != request and again.seed == 5 and again.check()
                assert again.guidance >= request.guidance or "Lower" in one.sentence
                assert again.guidance <= request.guidance or "Raise" in one.sentence
    assert len({each.id for each in complaints(USUAL, None)}) == 6
    assert other_seeds(5) == (6, 7, 8)
