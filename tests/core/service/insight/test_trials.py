"""What is tried on a picture: its recipe with a change, at its seed and at three others."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.metadata.writing import encode_png
from core.models.files.families import FAMILIES
from core.service.insight.trials import (
    TriedPicture,
    at_other_seeds,
    tried_picture,
    what_changes,
    with_change,
)
from core.service.stores import Stores
from core.service.sweeps.cells import cells_of
from core.system.errors import ModelMissing, WorldError
from core.values.declared.limits import MAX_SEED
from core.values.picture import Pixels, Recipe
from core.values.request import Request
from core.values.resolved_request import resolve

PIXELS = Pixels(8, 8, bytes(range(192)))
ASKED = Request("a red house", seed=MAX_SEED - 1, steps=2, width=64, height=64)


def put(folder: Path, recipe: Recipe | None) -> Path:
    path = folder / "a.png"
    path.write_bytes(encode_png(PIXELS, recipe))
    return path


def test_a_change_is_tried_at_four_seeds_each_beside_the_recipe_as_it_was() -> None:
    picture = TriedPicture(Path("a.png"), resolve(ASKED), FAMILIES["starter"], "ab" * 32, ours=True)
    variations = at_other_seeds(picture, (("guidance", 7.0),))
    cells = cells_of(picture.request, variations, picture.parent)
    made = [cell.request for cell in cells if cell.request is not None]
    assert [one.seed for one in made] == [
        MAX_SEED - 1,
        *(s for s in (MAX_SEED, 0, 1) for _ in "ab"),
    ]
    changed = [one.guidance == 7.0 for one in made]
    assert changed == [True, False, True, False, True, False, True]
    assert not any(cell.is_reference for cell in cells)
    assert {one.parent for one in made} == {picture.parent}


def test_other_words_come_of_no_template() -> None:
    asked = resolve(Request("a red house", "fog", seed=1, template="a {red} house"))
    picture = TriedPicture(Path("a.png"), asked, FAMILIES["starter"], "ab" * 32, ours=True)
    first, *_ = cells_of(asked, at_other_seeds(picture, (("prompt", "a house"),)))
    assert first.request is not None and first.request.template == ""
    assert with_change((("guidance", 2.0),)) == (("guidance", 2.0),)


def test_a_picture_is_tried_by_its_own_recipe_or_it_is_said_why_not(
    stores: Stores, tmp_path: Path
) -> None:
    with pytest.raises(WorldError, match="carries no recipe"):
        tried_picture(stores, put(tmp_path, None))
    with pytest.raises(ModelMissing, match="is not here"):
        tried_picture(stores, put(tmp_path, Recipe(Request("x", seed=1, model="mine"))))
    found = tried_picture(stores, put(tmp_path, Recipe(ASKED, model_name="Starter")))
    assert found.request == ASKED and found.ours and found.parent == PIXELS.sha256
    assert found.row.id == "starter"


def test_a_change_is_told_by_what_it_sets() -> None:
    picture = TriedPicture(Path("a.png"), resolve(ASKED), FAMILIES["starter"], "ab" * 32, ours=True)
    rows = what_changes(picture, (("width", 128), ("steps", 2), ("guidance", 7.0)))
    assert [(row.label, row.values) for row in rows] == [
        ("Size", ("64 × 64", "128 × 64")),
        ("Guidance", ("4", "7")),
    ]


def test_a_recipe_of_another_program_is_tried_too_and_told_apart(
    stores: Stores, tmp_path: Path
) -> None:
    path = tmp_path / "theirs.png"
    said = PngInfo()
    said.add_text(
        "parameters",
        "a red house\nSteps: 4, Sampler: Euler, CFG scale: 9, Seed: 7, Size: 64x64, Model: Starter",
    )
    Image.frombytes("RGB", (8, 8), PIXELS.rgb).save(path, pnginfo=said)
    found = tried_picture(stores, path)
    assert (found.request.guidance, found.request.seed) == (9.0, 7)
    assert not found.ours
