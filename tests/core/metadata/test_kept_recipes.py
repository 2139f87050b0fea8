"""Recipes that earlier versions wrote are read as they were then: every picture of
tests/data/recipes, against what is written down beside it. Names may only have become more."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.metadata import a1111, native
from core.metadata.recipes import read_file
from core.system.json import to_plain
from core.values.request import Request
from core.values.request_parts.hires import Hires
from core.values.request_parts.start_picture import StartPicture
from tests.data.folder import same
from tests.data.recipes.make_recipe import EVERYTHING, HERE, said

PICTURES = sorted(HERE.glob("*.png"))


@pytest.fixture(params=PICTURES, ids=lambda path: path.stem)
def picture(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
def written(picture: Path) -> dict[str, Any]:
    return json.loads(picture.with_suffix(".json").read_text("utf-8"))


def test_our_recipe_is_read_as_it_was_written(picture: Path, written: dict[str, Any]) -> None:
    found = read_file(picture)
    same(written["recipe"], json.loads(json.dumps(to_plain(found.recipe))))
    same(written["said"], said(found))


def test_the_web_uis_text_says_what_it_said(picture: Path, written: dict[str, Any]) -> None:
    with Image.open(picture) as image:
        assert image.info["parameters"] == written["parameters"]
    found = a1111.parse({"parameters": written["parameters"]})
    assert found is not None
    same(written["said of the parameters"], said(found))


def test_todays_program_writes_every_name_of_then(picture: Path, written: dict[str, Any]) -> None:
    recipe = read_file(picture).recipe
    assert recipe is not None
    same(written["recipe"], json.loads(native.write(recipe)))


def test_the_recipe_that_is_kept_next_has_nothing_at_its_default() -> None:
    request = EVERYTHING.request
    for part in (request, request.start, request.hires, request.levels, request.fresh_noise):
        usual = type(part)()
        same_as_usual = [
            each.name
            for each in fields(part)
            if getattr(part, each.name) == getattr(usual, each.name) and each.name != "count"
        ]
        assert not same_as_usual, type(part).__name__
    assert isinstance(request, Request)
    assert isinstance(request.start, StartPicture) and isinstance(request.hires, Hires)
