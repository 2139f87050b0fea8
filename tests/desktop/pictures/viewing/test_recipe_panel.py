"""What the panel beside a picture says of its making."""

from __future__ import annotations

from dataclasses import replace

from core.service.stores import Stores
from core.values.gallery.origin import How, Origin
from desktop.pictures.viewing.recipe_panel import said_of
from tests.desktop.parts import put_picture


def test_of_an_imported_picture_only_what_its_own_recipe_says(stores: Stores) -> None:
    made = put_picture(stores, "a red house", 7)
    ours = {one.label: one.value for one in said_of(made)}
    assert ours["Prompt"] == "a red house" and ours["Seed"] == "7" and "Steps" in ours

    bare = replace(made, origin=Origin(How.IN_PLACE))
    said = {one.label: one.value for one in said_of(bare)}
    assert said["Made by"] == "an unknown program" and "none" in said["Recipe"]
    assert not said.keys() & {"Prompt", "Steps", "Guidance", "Sampler", "Schedule", "Seed", "Model"}
    assert said["Size"] and said["File"]

    other = Origin(How.IN_PLACE, program="comfyui", known=("prompt", "steps"))
    said = {one.label: one.value for one in said_of(replace(made, origin=other))}
    assert said["Prompt"] == "a red house" and said["Steps"] == ours["Steps"]
    assert not said.keys() & {"Recipe", "Guidance", "Sampler", "Seed"}
