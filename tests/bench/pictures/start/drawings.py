"""What the proofs start from: drawings of the starter's world with the words for them, the shapes
of their subjects, and random masks."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw

from starter.drawing import drawing, scenes

SIDE = scenes.SIZE
LARGE = SIDE * 3 // 2  # of drawings that are cut and extended again
NEW = LARGE - SIDE  # pixels that are cut away on a side
SIDES = ("left", "top", "right", "bottom")
_EDGE = 16  # of 255: what is less of a subject than that is none


@dataclass(frozen=True)
class Drawing:
    """A scene as it was drawn: the picture (RGB) and the mask of its subject (L, black and
    white)."""

    scene: scenes.Scene
    picture: Image.Image
    mask: Image.Image


def lone_scene(rng: random.Random, subject: str = "") -> scenes.Scene:
    """A scene of the world with one subject of the usual size and material; this one, or any."""
    scene = scenes.random_scene(rng, single=True)
    thing = scenes.Thing(subject or scene.things[0].subject, rng.choice(tuple(scenes.COLOURS)))
    return replace(scene, things=(thing,), view="")


def coloured(scene: scenes.Scene, colour: str) -> scenes.Scene:
    """The same scene with its subject in this colour."""
    return replace(scene, things=(replace(scene.things[0], colour=colour),))


def other_colour(scene: scenes.Scene, rng: random.Random) -> str:
    """Another colour than the subject has."""
    return rng.choice([name for name in scenes.COLOURS if name != scene.things[0].colour])


def drawn(scene: scenes.Scene, seed: int, size: int = SIDE) -> Drawing:
    """The scene as the renderer draws it with this seed; with another colour all else stays where
    it was."""
    made = drawing.drawn(scene, random.Random(seed), size)
    return Drawing(scene, made.picture, made.shape.point(lambda level: 255 * (level >= _EDGE)))


def words(scene: scenes.Scene, seed: int) -> str:
    """A prompt that names all there is to see."""
    return scenes.describe(scene, random.Random(seed), keep=1.0)


def random_mask(rng: random.Random, side: int = SIDE) -> Image.Image:
    """One to three ellipses, boxes, blobs or broad strokes (L, black and white), as a person might
    paint them: a twelfth to half of the picture."""
    while True:
        mask = Image.new("L", (side, side), 0)
        pen = ImageDraw.Draw(mask)
        for _ in range(rng.randint(1, 3)):
            rng.choice((_ellipse, _box, _blob, _stroke))(pen, side, rng)
        if 1 / 12 < np.asarray(mask).mean() / 255 < 1 / 2:
            return mask


def _middle(side: int, rng: random.Random) -> tuple[float, float]:
    return rng.uniform(0.2, 0.8) * side, rng.uniform(0.2, 0.8) * side


def _ellipse(pen: ImageDraw.ImageDraw, side: int, rng: random.Random) -> None:
    x, y = _middle(side, rng)
    rx = rng.uniform(0.1, 0.28) * side
    ry = rng.uniform(0.1, 0.28) * side
    pen.ellipse([x - rx, y - ry, x + rx, y + ry], fill=255)


def _box(pen: ImageDraw.ImageDraw, side: int, rng: random.Random) -> None:
    x, y = _middle(side, rng)
    rx = rng.uniform(0.1, 0.25) * side
    ry = rng.uniform(0.1, 0.25) * side
    pen.rectangle([x - rx, y - ry, x + rx, y + ry], fill=255)


def _blob(pen: ImageDraw.ImageDraw, side: int, rng: random.Random) -> None:
    x, y = _middle(side, rng)
    angles = np.linspace(0, 2 * np.pi, 9)[:-1]
    reaches = [rng.uniform(0.12, 0.3) * side for _ in angles]
    corners = zip(angles, reaches, strict=True)
    pen.polygon([(x + np.cos(a) * r, y + np.sin(a) * r) for a, r in corners], fill=255)


def _stroke(pen: ImageDraw.ImageDraw, side: int, rng: random.Random) -> None:
    points = [_middle(side, rng) for _ in range(3)]
    width = int(rng.uniform(0.12, 0.2) * side)
    pen.line(points, fill=255, width=width, joint="curve")
    for x, y in points:
        half = width / 2
        pen.ellipse([x - half, y - half, x + half, y + half], fill=255)


def windows(side: str) -> tuple[tuple[int, int], ...]:
    """Left and top of the windows of SIDE pixels in a LARGE picture that was extended by NEW on
    this side; half of each is new."""
    along = (0, NEW // 2, NEW)
    match side:
        case "left":
            return tuple((0, y) for y in along)
        case "right":
            return tuple((NEW, y) for y in along)
        case "top":
            return tuple((x, 0) for x in along)
        case _:
            return tuple((x, NEW) for x in along)


def cut_out(picture: Image.Image, corner: tuple[int, int]) -> Image.Image:
    """The window of SIDE pixels at this corner."""
    left, top = corner
    return picture.crop((left, top, left + SIDE, top + SIDE))


def without(picture: Image.Image, side: str) -> Image.Image:
    """A LARGE picture without its NEW pixels on this side."""
    box = {
        "left": (NEW, 0, LARGE, LARGE),
        "top": (0, NEW, LARGE, LARGE),
        "right": (0, 0, SIDE, LARGE),
        "bottom": (0, 0, LARGE, SIDE),
    }
    return picture.crop(box[side])


def extension(side: str) -> tuple[int, int, int, int]:
    """What gives it back: pixels left, top, right and bottom."""
    added = {name: NEW * (name == side) for name in SIDES}
    return added["left"], added["top"], added["right"], added["bottom"]
