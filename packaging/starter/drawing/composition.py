"""Where the subjects of a scene stand, how large they are and where their feet touch the ground."""

from __future__ import annotations

import random
from dataclasses import dataclass

from starter.drawing.brush import Spot
from starter.drawing.scenes import Scene, Thing
from starter.drawing.subjects import AIRBORNE

FOOT = 0.42  # of a subject's size: how far below its middle it stands


@dataclass(frozen=True, slots=True)
class Placed:
    """A subject at its spot; `foot` is the height in pixels at which its shadow lies."""

    thing: Thing
    at: Spot
    foot: float


def placed(scene: Scene, side: int, horizon: float, rng: random.Random) -> list[Placed]:
    """The scene's subjects in a picture of `side` x `side` pixels, those behind first."""
    if len(scene.things) == 1:
        return _alone(scene, side, horizon, rng)
    return _together(scene, side, horizon, rng)


def _alone(scene: Scene, side: int, horizon: float, rng: random.Random) -> list[Placed]:
    thing = scene.things[0]
    by_size = {"small": 0.5, "huge": 1.5}.get(thing.size, 1.0)
    by_view = {"close-up": 1.65, "wide": 0.5}.get(scene.view, 1.0)
    grow = by_size * by_view
    floats = thing.subject in AIRBORNE
    arranged: list[Placed] = []
    for k in range(thing.count):
        evenly = {1: 0.5, 2: 0.27 + 0.46 * k, 3: 0.19 + 0.31 * k}[thing.count]
        across = {"left": 0.27, "right": 0.73}.get(scene.side, evenly)
        x = across * side + rng.uniform(-0.03, 0.03) * side
        size = side * rng.uniform(0.46, 0.56) * grow * {1: 1.0, 2: 0.82, 3: 0.6}[thing.count]
        if floats:
            y = side * rng.uniform(0.32, 0.42)
        else:
            y = horizon + side * rng.uniform(0.12, 0.2) - size * 0.22
        if grow > 1.2:  # what is so large fills the picture
            y = side * rng.uniform(0.46, 0.52)
        if floats:
            foot = min(side * 0.95, horizon + side * rng.uniform(0.16, 0.24))
        else:
            foot = y + size * FOOT
        arranged.append(Placed(thing, Spot(x, y, size), foot))
    return arranged


def _together(scene: Scene, side: int, horizon: float, rng: random.Random) -> list[Placed]:
    nudge = [rng.uniform(-0.03, 0.03) * side for _ in range(4)]
    size = side * rng.uniform(0.38, 0.45)
    foot = horizon + side * rng.uniform(0.17, 0.25)
    match scene.relation:
        case "above":
            return _above(scene, side, size, foot, nudge)
        case "on top of":
            return _on_top(scene, side, size, nudge)
        case "behind":
            flip = rng.choice((-1, 1))
            return _behind(scene, side, size, foot, flip, nudge[0])
        case _:
            return _side_by_side(scene, side, size, foot, nudge, rng)


def _above(scene: Scene, side: int, size: float, foot: float, nudge: list[float]) -> list[Placed]:
    upper, lower = scene.things
    y = side * 0.71 + nudge[1] * 0.5
    high = Spot(side * 0.5 + nudge[0] * 2, side * 0.23 + nudge[1] * 0.6, size * 0.92)
    low = Spot(side * 0.5 + nudge[2] * 2, y, size)
    return [Placed(lower, low, y + size * FOOT), Placed(upper, high, foot)]


def _on_top(scene: Scene, side: int, size: float, nudge: list[float]) -> list[Placed]:
    upper, lower = scene.things
    base = side * 0.9 + nudge[1] * 0.6
    x = side * 0.5 + nudge[0]
    y = base - size * FOOT
    unseen = side * 2.0  # the upper one's shadow lies on the lower one: none on the ground
    return [
        Placed(lower, Spot(x, y, size), base),
        Placed(upper, Spot(x, y - size * 0.8, size * 0.84), unseen),
    ]


def _behind(
    scene: Scene, side: int, size: float, foot: float, flip: int, drift: float
) -> list[Placed]:
    further, nearer = scene.things
    x = side * 0.5 + drift
    back, front = size * 1.35, size * 0.85
    far, near = foot - side * 0.06, foot + side * 0.1
    return [
        Placed(further, Spot(x - flip * side * 0.11, far - back * FOOT, back), far),
        Placed(nearer, Spot(x + flip * side * 0.15, near - front * FOOT, front), near),
    ]


def _side_by_side(
    scene: Scene, side: int, size: float, foot: float, nudge: list[float], rng: random.Random
) -> list[Placed]:
    first, second = scene.things
    arranged: list[Placed] = []
    for thing, x, drift in ((first, 0.27, nudge[0]), (second, 0.73, nudge[2])):
        floats = thing.subject in AIRBORNE
        grown = size * rng.uniform(0.92, 1.05)
        y = side * rng.uniform(0.32, 0.43) if floats else foot - grown * FOOT + nudge[3]
        touches = foot + side * 0.03 if floats else y + grown * FOOT
        arranged.append(Placed(thing, Spot(x * side + drift, y, grown), touches))
    return arranged
