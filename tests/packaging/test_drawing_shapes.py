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


def test_pixel_art_is_of_blocks_that_the_latents_are_in_step_with(starter: Any) -> None:
    drawing, scenes = starter
    scene = scenes.Scene((scenes.Thing("castle", "green"),), "day", "grass", style="pixel art")

    picture = np.asarray(drawing.draw(scene, random.Random(5)))

    blocks = picture.reshape(32, 8, 32, 8, 3)
    assert (blocks == blocks[:, :1, :, :1]).all(), "a latent stands for 8 x 8 pixels"
    assert 8 < len(np.unique(picture.reshape(-1, 3), axis=0)) <= 32


def test_graphite_runs_around_what_is_drawn_and_around_no_flake(starter: Any) -> None:
    drawing, scenes = starter

    def graphite(**more: str) -> tuple[Any, Any]:
        """Where it is nearly black, and the shape of the apple."""
        scene = scenes.Scene((scenes.Thing("apple", "yellow"),), "day", "sand", **more)
        drawn = drawing.drawn(scene, random.Random(6))
        return np.asarray(drawn.picture).max(-1) < 110, np.asarray(drawn.shape) > 127

    pencil, apple = graphite(style="pencil sketch")
    rim = np.zeros_like(apple)
    rim[1:-1, 1:-1] = (apple[2:, 1:-1] & apple[:-2, 1:-1] & apple[1:-1, 2:] & apple[1:-1, :-2]) ^ (
        apple[1:-1, 1:-1]
    )
    near = np.max([np.roll(pencil, at, (0, 1)) for at in ((0, 2), (0, -2), (2, 0), (-2, 0))], 0)
    assert near[rim].mean() > 0.8
    assert graphite(style="storybook")[0][rim].mean() < 0.2
    snowing, _ = graphite(style="pencil sketch", weather="snowfall")
    assert (snowing & ~pencil).sum() < 0.05 * pencil.sum(), "flakes lie on the lines at most"
