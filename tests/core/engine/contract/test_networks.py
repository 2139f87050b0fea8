"""Pictures say by whose networks they were made, and why they may come out otherwise now."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.engine.contract.networks import NETWORKS, other_networks
from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.models.library.library import Library
from core.service.usable_recipe import usable_recipe
from core.values.picture import Recipe
from core.values.request import Request

LIBRARIES = (("diffusers", "0.42.1"), ("transformers", "5.23.0"))


@pytest.mark.parametrize(
    ("family", "fingerprint", "said"),
    [
        ("sd15", (("torch", "2.13.0"), ("networks", NETWORKS)), ""),
        ("flux", (("networks", NETWORKS), *LIBRARIES), ""),
        ("sd15", LIBRARIES, "the networks of diffusers 0.42.1"),
        ("", LIBRARIES, "the networks of diffusers 0.42.1"),
        ("sd15", (("networks", "0"),), "by networks number 0"),
        ("generic", LIBRARIES, ""),
        ("sd15", (("engine", "fake"),), ""),
        ("sd15", (), ""),
    ],
)
def test_other_networks_are_said(
    family: str, fingerprint: tuple[tuple[str, str], ...], said: str
) -> None:
    sentence = other_networks(Recipe(Request(), family=family, fingerprint=fingerprint))
    assert said in sentence and bool(said) is bool(sentence)


def test_whoever_takes_an_older_pictures_recipe_hears_it(tmp_path: Path) -> None:
    recipe = Recipe(Request("a house", seed=1), family="sd15", fingerprint=LIBRARIES)
    found = usable_recipe(ParsedRecipe("calotype", {}, recipe=recipe), Library(tmp_path))
    assert any("diffusers 0.42.1" in note for note in found.notes)
