"""How each subject of the starter's world is painted: one function a
subject, one row in `PAINTERS`.

A painter draws with `pen` (RGBA layer) around (x, y) in a box of about `s` pixels, its foot at
y + 0.42 s, in colour `c`; `lit` says that it is night and windows should shine; `rng` gives the
small differences between two houses.
"""

from __future__ import annotations

import math
import random

from starter.drawing import creatures, objects
from starter.drawing.brush import INK, RGB, Painter, Pen, Spot, darker, disc, lighter, shade


def house(pen: Pen, at: Spot, c: RGB, lit: bool, rng: random.Random) -> None:
    x, y, s = at
    chimney = x + s * 0.2
    pen.rectangle([chimney, y - s * 0.58, chimney + s * 0.1, y - s * 0.3], fill=(112, 84, 78))
    pen.rectangle([x - s * 0.4, y - s * 0.2, x + s * 0.4, y + s * 0.42], fill=c)
    pen.rectangle(
        [x + s * 0.2, y - s * 0.2, x + s * 0.4, y + s * 0.42],
        fill=lighter(c, 0.06) if sum(c) < 150 else darker(c, 0.9),
    )
    pen.polygon(
        [
            (x - s * 0.5, y - s * 0.18),
            (x + s * 0.5, y - s * 0.18),
            (x + s * 0.3, y - s * 0.56),
            (x - s * 0.3, y - s * 0.56),
        ],
        fill=shade(c),
    )
    glass: RGB = (255, 226, 130) if lit else (206, 232, 246)
    for dx in (-0.24, 0.24):
        pen.rounded_rectangle(
            [x + s * (dx - 0.1), y - s * 0.08, x + s * (dx + 0.1), y + s * 0.12],
            radius=s * 0.02,
            fill=(250, 248, 240),
        )
        pen.rectangle(
            [x + s * (dx - 0.075), y - s * 0.055, x + s * (dx + 0.075), y + s * 0.095], fill=glass
        )
        pen.line(
            [x + s * dx, y - s * 0.055, x + s * dx, y + s * 0.095],
            fill=(250, 248, 240),
            width=max(1, int(s * 0.015)),
        )
    pen.rounded_rectangle(
        [x - s * 0.09, y + s * 0.14, x + s * 0.09, y + s * 0.42], radius=s * 0.04, fill=(92, 60, 44)
    )
    disc(pen, x + s * 0.05, y + s * 0.29, s * 0.014, s * 0.014, (240, 210, 120))


def tree(pen: Pen, at: Spot, c: RGB, lit: bool, rng: random.Random) -> None:
    x, y, s = at
    pen.polygon(
        [
            (x - s * 0.06, y - s * 0.05),
            (x + s * 0.06, y - s * 0.05),
            (x + s * 0.1, y + s * 0.45),
            (x - s * 0.1, y + s * 0.45),
        ],
        fill=(112, 76, 48),
    )
    pen.line(
        [x, y + s * 0.12, x + s * 0.14, y - s * 0.06],
        fill=(112, 76, 48),
        width=max(1, int(s * 0.04)),
    )
    crown = ((-0.22, -0.08, 0.23), (0.22, -0.1, 0.24), (0.0, -0.3, 0.29), (-0.02, -0.04, 0.24))
    for dx, dy, q in crown:
        disc(pen, x + s * dx, y + s * (dy + 0.03), s * q, s * q, shade(c))
    for dx, dy, q in crown:
        disc(pen, x + s * (dx - 0.02), y + s * (dy - 0.02), s * q * 0.9, s * q * 0.9, c)
    for dx, dy in ((-0.1, -0.4), (-0.26, -0.14), (0.16, -0.22)):
        disc(pen, x + s * dx, y + s * dy, s * 0.07, s * 0.05, lighter(c, 0.2))


def boat(pen: Pen, at: Spot, c: RGB, lit: bool, rng: random.Random) -> None:
    x, y, s = at
    pen.rectangle([x - s * 0.025, y - s * 0.56, x + s * 0.025, y + s * 0.12], fill=(116, 82, 56))
    pen.polygon(
        [(x + s * 0.05, y - s * 0.54), (x + s * 0.05, y + s * 0.04), (x + s * 0.43, y + s * 0.04)],
        fill=(252, 250, 242),
    )
    pen.polygon(
        [(x - s * 0.05, y - s * 0.44), (x - s * 0.05, y + s * 0.04), (x - s * 0.36, y + s * 0.04)],
        fill=(236, 230, 216),
    )
    pen.polygon(
        [
            (x - s * 0.52, y + s * 0.1),
            (x + s * 0.52, y + s * 0.1),
            (x + s * 0.34, y + s * 0.4),
            (x - s * 0.34, y + s * 0.4),
        ],
        fill=c,
    )
    pen.polygon(
        [
            (x - s * 0.43, y + s * 0.25),
            (x + s * 0.43, y + s * 0.25),
            (x + s * 0.34, y + s * 0.4),
            (x - s * 0.34, y + s * 0.4),
        ],
        fill=shade(c),
    )
    pen.rectangle([x - s * 0.53, y + s * 0.08, x + s * 0.53, y + s * 0.135], fill=lighter(c, 0.4))
    pen.polygon([(x, y - s * 0.56), (x + s * 0.13, y - s * 0.6), (x, y - s * 0.66)], fill=c)


def car(pen: Pen, at: Spot, c: RGB, lit: bool, rng: random.Random) -> None:
    x, y, s = at
    pen.polygon(
        [
            (x - s * 0.34, y + s * 0.04),
            (x - s * 0.2, y - s * 0.22),
            (x + s * 0.16, y - s * 0.22),
            (x + s * 0.34, y + s * 0.04),
        ],
        fill=c,
    )
    pen.rounded_rectangle([x - s * 0.52, y, x + s * 0.52, y + s * 0.3], radius=s * 0.1, fill=c)
    pen.rectangle([x - s * 0.52, y + s * 0.17, x + s * 0.52, y + s * 0.2], fill=shade(c))
    glass: RGB = (255, 226, 130) if lit else (208, 234, 248)
    pen.polygon(
        [
            (x - s * 0.25, y + s * 0.02),
            (x - s * 0.16, y - s * 0.16),
            (x - s * 0.03, y - s * 0.16),
            (x - s * 0.03, y + s * 0.02),
        ],
        fill=glass,
    )
    pen.polygon(
        [
            (x + s * 0.02, y + s * 0.02),
            (x + s * 0.02, y - s * 0.16),
            (x + s * 0.12, y - s * 0.16),
            (x + s * 0.25, y + s * 0.02),
        ],
        fill=glass,
    )
    for dx in (-0.29, 0.29):
        disc(pen, x + s * dx, y + s * 0.29, s * 0.13, s * 0.13, INK)
        disc(pen, x + s * dx, y + s * 0.29, s * 0.06, s * 0.06, (196, 198, 204))
    disc(pen, x + s * 0.48, y + s * 0.11, s * 0.04, s * 0.05, (255, 240, 170))


def flower(pen: Pen, at: Spot, c: RGB, lit: bool, rng: random.Random) -> None:
    x, y, s = at
    pen.line(
        [x, y - s * 0.1, x + s * 0.02, y + s * 0.45],
        fill=(56, 132, 62),
        width=max(2, int(s * 0.05)),
    )
    for flip in (-1, 1):
        pen.polygon(
            [
                (x, y + s * 0.36),
                (x + flip * s * 0.14, y + s * 0.14),
                (x + flip * s * 0.3, y + s * 0.14),
                (x + flip * s * 0.18, y + s * 0.3),
            ],
            fill=(76, 156, 74),
        )
    turn = rng.uniform(0, math.pi / 3)
    for ring, grow in ((shade(c), 1.0), (c, 0.86)):
        for k in range(7):
            a = turn + k * math.tau / 7
            disc(
                pen,
                x + math.cos(a) * s * 0.2,
                y - s * 0.16 + math.sin(a) * s * 0.2,
                s * 0.135 * grow,
                s * 0.135 * grow,
                ring,
            )
    disc(pen, x, y - s * 0.16, s * 0.12, s * 0.12, (150, 96, 40))
    disc(pen, x - s * 0.01, y - s * 0.17, s * 0.095, s * 0.095, (252, 206, 70))


def balloon(pen: Pen, at: Spot, c: RGB, lit: bool, rng: random.Random) -> None:
    x, y, s = at
    sway = rng.uniform(-0.06, 0.06) * s
    pen.line(
        [(x, y + s * 0.18), (x + sway, y + s * 0.3), (x - sway, y + s * 0.42), (x, y + s * 0.54)],
        fill=(110, 104, 100),
        width=max(1, int(s * 0.02)),
    )
    pen.polygon(
        [(x - s * 0.06, y + s * 0.22), (x + s * 0.06, y + s * 0.22), (x, y + s * 0.13)],
        fill=shade(c),
    )
    disc(pen, x, y - s * 0.18, s * 0.29, s * 0.35, shade(c))
    disc(pen, x - s * 0.02, y - s * 0.2, s * 0.26, s * 0.32, c)
    disc(pen, x - s * 0.1, y - s * 0.32, s * 0.07, s * 0.1, lighter(c, 0.6))


def star(pen: Pen, at: Spot, c: RGB, lit: bool, rng: random.Random) -> None:
    x, y, s = at
    turn = -math.pi / 2 + rng.uniform(-0.12, 0.12)
    for fill, grow in ((shade(c), 1.0), (c, 0.86)):
        points = [
            (
                x + math.cos(turn + k * math.pi / 5) * s * q * grow,
                y + math.sin(turn + k * math.pi / 5) * s * q * grow,
            )
            for k, q in enumerate((0.5, 0.24) * 5)
        ]
        pen.polygon(points, fill=fill)
    pen.polygon(
        [(x - s * 0.06, y - s * 0.1), (x, y - s * 0.3), (x + s * 0.03, y - s * 0.1)],
        fill=lighter(c, 0.45),
    )


def fish(pen: Pen, at: Spot, c: RGB, lit: bool, rng: random.Random) -> None:
    x, y, s = at
    pen.polygon(
        [
            (x + s * 0.18, y + s * 0.06),
            (x + s * 0.52, y - s * 0.18),
            (x + s * 0.44, y + s * 0.06),
            (x + s * 0.52, y + s * 0.3),
        ],
        fill=shade(c),
    )
    pen.polygon(
        [(x - s * 0.14, y - s * 0.12), (x + s * 0.14, y - s * 0.12), (x + s * 0.1, y - s * 0.3)],
        fill=shade(c),
    )
    disc(pen, x - s * 0.08, y + s * 0.06, s * 0.36, s * 0.24, c)
    pen.chord(
        [x - s * 0.44, y - s * 0.18, x + s * 0.28, y + s * 0.3], 25, 155, fill=lighter(c, 0.3)
    )
    pen.polygon(
        [(x - s * 0.04, y + s * 0.06), (x + s * 0.14, y), (x + s * 0.14, y + s * 0.16)],
        fill=shade(c),
    )
    pen.arc(
        [x - s * 0.36, y - s * 0.12, x - s * 0.12, y + s * 0.26],
        290,
        70,
        fill=shade(c),
        width=max(1, int(s * 0.025)),
    )
    disc(pen, x - s * 0.29, y - s * 0.01, s * 0.055, s * 0.055, (255, 255, 255))
    disc(pen, x - s * 0.3, y - s * 0.01, s * 0.028, s * 0.03, INK)


def bird(pen: Pen, at: Spot, c: RGB, lit: bool, rng: random.Random) -> None:
    x, y, s = at
    pen.polygon(
        [(x + s * 0.16, y + s * 0.04), (x + s * 0.54, y - s * 0.06), (x + s * 0.46, y + s * 0.16)],
        fill=shade(c),
    )
    disc(pen, x, y + s * 0.04, s * 0.3, s * 0.2, c)
    disc(pen, x - s * 0.28, y - s * 0.14, s * 0.17, s * 0.16, c)
    pen.chord(
        [x - s * 0.28, y - s * 0.12, x + s * 0.28, y + s * 0.24], 30, 150, fill=lighter(c, 0.35)
    )
    pen.polygon(
        [(x - s * 0.43, y - s * 0.18), (x - s * 0.43, y - s * 0.06), (x - s * 0.58, y - s * 0.1)],
        fill=(244, 164, 50),
    )
    lift = rng.uniform(-0.46, -0.3)
    pen.polygon(
        [(x - s * 0.12, y + s * 0.04), (x + s * 0.24, y + s * 0.02), (x + s * 0.16, y + s * lift)],
        fill=shade(c),
    )
    disc(pen, x - s * 0.32, y - s * 0.17, s * 0.035, s * 0.035, (255, 255, 255))
    disc(pen, x - s * 0.33, y - s * 0.17, s * 0.02, s * 0.022, INK)


def mushroom(pen: Pen, at: Spot, c: RGB, lit: bool, rng: random.Random) -> None:
    x, y, s = at
    pen.rounded_rectangle(
        [x - s * 0.13, y - s * 0.1, x + s * 0.13, y + s * 0.44],
        radius=s * 0.08,
        fill=(246, 236, 214),
    )
    pen.rounded_rectangle(
        [x + s * 0.04, y - s * 0.08, x + s * 0.13, y + s * 0.43],
        radius=s * 0.04,
        fill=(224, 208, 182),
    )
    pen.ellipse([x - s * 0.44, y - s * 0.06, x + s * 0.44, y + s * 0.12], fill=(222, 198, 170))
    pen.chord([x - s * 0.46, y - s * 0.46, x + s * 0.46, y + s * 0.5], 180, 360, fill=c)
    pen.ellipse([x - s * 0.46, y - s * 0.05, x + s * 0.46, y + s * 0.08], fill=shade(c))
    dot: RGB = (255, 252, 244) if sum(c) < 690 else (214, 186, 150)
    for dx, dy, q in (
        (-0.24, -0.14, 0.07),
        (0.02, -0.3, 0.085),
        (0.27, -0.13, 0.06),
        (-0.02, -0.09, 0.045),
    ):
        disc(pen, x + s * dx, y + s * dy, s * q, s * q * 0.86, dot)


PAINTERS: dict[str, Painter] = {
    "house": house,
    "tree": tree,
    "boat": boat,
    "car": car,
    "flower": flower,
    "balloon": balloon,
    "star": star,
    "fish": fish,
    "bird": bird,
    "mushroom": mushroom,
    "cat": creatures.cat,
    "rabbit": creatures.rabbit,
    "bear": creatures.bear,
    "turtle": creatures.turtle,
    "butterfly": creatures.butterfly,
    "snail": creatures.snail,
    "cactus": creatures.cactus,
    "apple": objects.apple,
    "cup": objects.cup,
    "chair": objects.chair,
    "umbrella": objects.umbrella,
    "rocket": objects.rocket,
    "hat": objects.hat,
    "castle": objects.castle,
}
AIRBORNE = frozenset({"balloon", "star", "bird", "butterfly", "rocket"})
