"""The renderer's own shapes: where a drawing's subject is."""

from __future__ import annotations

import random
import sys
from typing import Any

import numpy as np
import pytest

from core.system.paths import RESOURCES


@pytest.fixture
def starter(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(RESOURCES.parent / "packaging"))
    from starter.drawing import drawing, scenes

    yield drawing, scenes
    for name in [name for name in sys.modules if name.split(".")[0] == "starter"]:
        del sys.modules[name]


@pytest.mark.parametrize("material", ["", "glass"])
def test_another_colour_changes_only_what_the_shape_covers(starter: Any, material: str) -> None:
    drawing, scenes = starter

    def house(colour: str) -> Any:
        thing = scenes.Thing("house", colour, material)
        scene = scenes.Scene((thing,), "day", "grass", scenes.STYLES[1])
        return drawing.drawn(scene, random.Random(7), 128)

    red, blue = house("red"), house("blue")

    shape = np.asarray(red.shape)
    assert (shape == np.asarray(blue.shape)).all()
    changed = (np.asarray(red.picture) != np.asarray(blue.picture)).any(-1)
    # the picture comes down to its size by a filter that reaches two pixels further
    reach = np.zeros_like(changed)
    for rows, columns in np.argwhere(shape > 0):
        reach[max(rows - 3, 0) : rows + 4, max(columns - 3, 0) : columns + 4] = True
    assert not (changed & ~reach).any()
    assert (changed & (shape == 255)).sum() > 0.5 * (shape == 255).sum()
    assert 0.1 < (shape > 0).mean() < 0.6


def test_all_subjects_are_in_the_shape(starter: Any) -> None:
    drawing, scenes = starter
    cups = scenes.Scene((scenes.Thing("cup", "blue", count=2),), "day", "sand")

    shape = np.asarray(drawing.drawn(cups, random.Random(3), 128).shape)

    assert (shape[:, :64] > 0).any()
    assert (shape[:, 64:] > 0).any()
