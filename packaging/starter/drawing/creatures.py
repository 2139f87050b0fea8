"""How the living things of the starter's world are painted that `subjects` does not hold:
same signature, same box."""

from __future__ import annotations

import math
import random

from starter.drawing.brush import INK, RGB, Pen, Spot, belly, disc, lighter, line, shade

EYE: RGB = (255, 255, 255)


def _eyes(pen: Pen, x: float, y: float, apart: float, q: float) -> None:
    for flip in (-1, 1):
        disc(pen, x + flip * apart, y, q, q * 1.1, EYE)
        disc(pen, x + flip * apart * 0.94, y + q * 0.1, q * 0.6, q * 0.7, INK)
        disc(pen, x + flip * apart * 0.94 - q * 0.2, y - q * 0.2, q * 0.2, q * 0.2, EYE)


def _whiskers(pen: Pen, x: float, y: float, s: float, c: RGB) -> None:
    tone: RGB = (236, 232, 226) if sum(c) < 380 else (84, 74, 70)
    for flip in (-1, 1):
        for rise in (-0.03, 0.02):
            line(
                pen,
                [(x + flip * s * 0.07, y), (x + flip * s * 0.27, y + s * rise)],
                tone,
                s * 0.012,
            )


def cat(pen: Pen, at: Spot, c: RGB, lit: bool, rng: random.Random) -> None:
    x, y, s = at
    sway = rng.uniform(-0.05, 0.05) * s
    tail = [
        (x + s * 0.2, y + s * 0.38),
        (x + s * 0.4, y + s * 0.36),
        (x + s * 0.47, y + s * 0.16),
        (x + s * 0.4 + sway, y - s * 0.04),
    ]
    line(pen, tail, shade(c), s * 0.09)
    disc(pen, tail[-1][0], tail[-1][1], s * 0.045, s * 0.045, shade(c))
    pen.chord([x - s * 0.28, y - s * 0.12, x + s * 0.28, y + s * 0.94], 180, 360, fill=c)
    disc(pen, x, y + s * 0.3, s * 0.13, s * 0.14, belly(c))
    for flip in (-1, 1):
        disc(pen, x + flip * s * 0.13, y + s * 0.38, s * 0.09, s * 0.05, lighter(c, 0.18))
        pen.polygon(
            [
                (x + flip * s * 0.06, y - s * 0.38),
                (x + flip * s * 0.25, y - s * 0.56),
                (x + flip * s * 0.26, y - s * 0.2),
            ],
            fill=c,
        )
        pen.polygon(
            [
                (x + flip * s * 0.12, y - s * 0.36),
                (x + flip * s * 0.22, y - s * 0.48),
                (x + flip * s * 0.22, y - s * 0.26),
            ],
            fill=(240, 158, 164),
        )
    disc(pen, x, y - s * 0.18, s * 0.28, s * 0.23, c)
    _eyes(pen, x, y - s * 0.2, s * 0.11, s * 0.055)
    disc(pen, x, y - s * 0.1, s * 0.07, s * 0.05, belly(c))
    pen.polygon(
        [(x - s * 0.025, y - s * 0.13), (x + s * 0.025, y - s * 0.13), (x, y - s * 0.1)],
        fill=(226, 116, 126),
    )
    _whiskers(pen, x, y - s * 0.09, s, c)


def rabbit(pen: Pen, at: Spot, c: RGB, lit: bool, rng: random.Random) -> None:
    x, y, s = at
    lean = rng.uniform(-0.03, 0.05) * s
    disc(pen, x + s * 0.24, y + s * 0.3, s * 0.09, s * 0.09, lighter(c, 0.5))
    disc(pen, x, y + s * 0.22, s * 0.25, s * 0.22, c)
    for flip in (-1, 1):
        ear = x + flip * (s * 0.1 + lean)
        disc(pen, ear, y - s * 0.42, s * 0.07, s * 0.2, c)
        disc(pen, ear, y - s * 0.41, s * 0.035, s * 0.14, (244, 172, 180))
        disc(pen, x + flip * s * 0.14, y + s * 0.39, s * 0.11, s * 0.05, shade(c))
    disc(pen, x, y + s * 0.24, s * 0.13, s * 0.14, belly(c))
    disc(pen, x, y - s * 0.12, s * 0.21, s * 0.19, c)
    _eyes(pen, x, y - s * 0.14, s * 0.09, s * 0.045)
    disc(pen, x, y - s * 0.05, s * 0.022, s * 0.017, (226, 116, 126))
    pen.rectangle([x - s * 0.025, y - s * 0.02, x + s * 0.025, y + s * 0.03], fill=(252, 250, 244))
    _whiskers(pen, x, y - s * 0.04, s * 0.8, c)


def bear(pen: Pen, at: Spot, c: RGB, lit: bool, rng: random.Random) -> None:
    x, y, s = at
    lift = rng.choice((0.0, 0.0, -0.16)) * s
    for flip in (-1, 1):
        arm = y + s * 0.14 + (lift if flip > 0 else 0)
        line(
            pen,
            [(x + flip * s * 0.18, y + s * 0.08), (x + flip * s * 0.36, arm)],
            shade(c),
            s * 0.14,
        )
        disc(pen, x + flip * s * 0.37, arm, s * 0.08, s * 0.08, shade(c))
        disc(pen, x + flip * s * 0.19, y - s * 0.4, s * 0.1, s * 0.1, c)
        disc(pen, x + flip * s * 0.19, y - s * 0.4, s * 0.055, s * 0.055, belly(c))
    disc(pen, x, y + s * 0.18, s * 0.27, s * 0.25, c)
    disc(pen, x, y + s * 0.2, s * 0.16, s * 0.16, belly(c))
    for flip in (-1, 1):
        disc(pen, x + flip * s * 0.19, y + s * 0.37, s * 0.12, s * 0.08, shade(c))
        disc(pen, x + flip * s * 0.19, y + s * 0.38, s * 0.07, s * 0.045, belly(c))
    disc(pen, x, y - s * 0.22, s * 0.26, s * 0.23, c)
    disc(pen, x, y - s * 0.14, s * 0.12, s * 0.09, belly(c))
    disc(pen, x, y - s * 0.18, s * 0.045, s * 0.03, INK)
    _eyes(pen, x, y - s * 0.27, s * 0.1, s * 0.036)


def turtle(pen: Pen, at: Spot, c: RGB, lit: bool, rng: random.Random) -> None:
    x, y, s = at
    skin: RGB = (150, 186, 104)
    nod = rng.uniform(-0.06, 0.04) * s
    for dx in (-0.26, 0.24):
        pen.rounded_rectangle(
            [x + s * (dx - 0.08), y + s * 0.2, x + s * (dx + 0.08), y + s * 0.42],
            radius=s * 0.05,
            fill=(122, 158, 82),
        )
    pen.polygon(
        [(x + s * 0.4, y + s * 0.16), (x + s * 0.56, y + s * 0.26), (x + s * 0.4, y + s * 0.27)],
        fill=skin,
    )
    line(pen, [(x - s * 0.32, y + s * 0.18), (x - s * 0.46, y + s * 0.0 + nod)], skin, s * 0.13)
    disc(pen, x - s * 0.48, y - s * 0.06 + nod, s * 0.12, s * 0.105, skin)
    disc(pen, x - s * 0.51, y - s * 0.08 + nod, s * 0.025, s * 0.03, INK)
    pen.chord([x - s * 0.42, y - s * 0.34, x + s * 0.42, y + s * 0.74], 180, 360, fill=c)
    for dx, dy, q in ((0.0, -0.12, 0.13), (-0.23, 0.04, 0.1), (0.23, 0.04, 0.1)):
        turn = [
            (
                x + s * (dx + q * math.cos(k * math.tau / 6)),
                y + s * (dy + q * 0.86 * math.sin(k * math.tau / 6)),
            )
            for k in range(6)
        ]
        pen.polygon(turn, fill=shade(c))
    pen.rounded_rectangle(
        [x - s * 0.44, y + s * 0.16, x + s * 0.44, y + s * 0.26],
        radius=s * 0.05,
        fill=lighter(c, 0.32),
    )


def butterfly(pen: Pen, at: Spot, c: RGB, lit: bool, rng: random.Random) -> None:
    x, y, s = at
    wide = rng.uniform(0.82, 1.05)
    for flip in (-1, 1):
        for ring, q in ((shade(c), 1.0), (c, 0.82)):
            disc(
                pen,
                x + flip * s * 0.26 * wide,
                y - s * 0.16,
                s * 0.24 * q * wide,
                s * 0.26 * q,
                ring,
            )
            disc(
                pen, x + flip * s * 0.2 * wide, y + s * 0.2, s * 0.18 * q * wide, s * 0.2 * q, ring
            )
        disc(pen, x + flip * s * 0.3 * wide, y - s * 0.2, s * 0.08, s * 0.09, lighter(c, 0.6))
        disc(pen, x + flip * s * 0.21 * wide, y + s * 0.22, s * 0.055, s * 0.06, lighter(c, 0.6))
        line(
            pen,
            [
                (x, y - s * 0.26),
                (x + flip * s * 0.06, y - s * 0.42),
                (x + flip * s * 0.13, y - s * 0.48),
            ],
            INK,
            s * 0.018,
        )
        disc(pen, x + flip * s * 0.13, y - s * 0.48, s * 0.025, s * 0.025, INK)
    pen.rounded_rectangle(
        [x - s * 0.04, y - s * 0.24, x + s * 0.04, y + s * 0.36], radius=s * 0.04, fill=(58, 46, 44)
    )
    disc(pen, x, y - s * 0.26, s * 0.055, s * 0.055, (58, 46, 44))


def snail(pen: Pen, at: Spot, c: RGB, lit: bool, rng: random.Random) -> None:
    x, y, s = at
    skin: RGB = (232, 200, 150)
    line(pen, [(x - s * 0.34, y + s * 0.3), (x - s * 0.38, y - s * 0.04)], skin, s * 0.14)
    disc(pen, x - s * 0.39, y - s * 0.06, s * 0.11, s * 0.1, skin)
    pen.rounded_rectangle(
        [x - s * 0.44, y + s * 0.26, x + s * 0.48, y + s * 0.42], radius=s * 0.08, fill=skin
    )
    pen.polygon(
        [(x + s * 0.4, y + s * 0.3), (x + s * 0.58, y + s * 0.42), (x + s * 0.36, y + s * 0.42)],
        fill=skin,
    )
    for dx in (-0.47, -0.34):
        line(pen, [(x + s * (dx + 0.03), y - s * 0.1), (x + s * dx, y - s * 0.28)], skin, s * 0.035)
        disc(pen, x + s * dx, y - s * 0.29, s * 0.035, s * 0.035, INK)
    cx, cy = x + s * 0.1, y + s * 0.02
    disc(pen, cx, cy, s * 0.33, s * 0.33, shade(c))
    disc(pen, cx - s * 0.01, cy - s * 0.01, s * 0.3, s * 0.3, c)
    turn = rng.uniform(0, math.tau)
    coil = [
        (
            cx + s * 0.0135 * k * math.cos(turn + k * 0.55),
            cy + s * 0.0135 * k * math.sin(turn + k * 0.55),
        )
        for k in range(21)
    ]
    line(pen, coil, shade(c) if sum(c) < 690 else (196, 186, 176), s * 0.04)


def cactus(pen: Pen, at: Spot, c: RGB, lit: bool, rng: random.Random) -> None:
    x, y, s = at
    left, right = rng.uniform(-0.08, 0.1) * s, rng.uniform(-0.1, 0.08) * s
    for flip, rise in ((-1, left), (1, right)):
        line(
            pen,
            [
                (x, y + s * 0.12 + rise),
                (x + flip * s * 0.27, y + s * 0.12 + rise),
                (x + flip * s * 0.27, y - s * 0.12 + rise),
            ],
            shade(c),
            s * 0.13,
        )
        disc(pen, x + flip * s * 0.27, y - s * 0.14 + rise, s * 0.065, s * 0.065, shade(c))
    pen.rounded_rectangle(
        [x - s * 0.13, y - s * 0.44, x + s * 0.13, y + s * 0.42], radius=s * 0.13, fill=c
    )
    for dx in (-0.05, 0.05):
        line(pen, [(x + s * dx, y - s * 0.34), (x + s * dx, y + s * 0.4)], shade(c), s * 0.02)
    for dx, dy in ((-0.1, -0.2), (0.0, -0.06), (0.1, 0.1), (-0.1, 0.2), (0.0, 0.3), (0.09, -0.28)):
        line(
            pen,
            [(x + s * (dx - 0.02), y + s * (dy - 0.02)), (x + s * (dx + 0.02), y + s * dy)],
            (250, 246, 226),
            s * 0.012,
        )
    for k in range(5):
        disc(
            pen,
            x + s * 0.05 * math.cos(k * math.tau / 5),
            y - s * 0.47 + s * 0.04 * math.sin(k * math.tau / 5),
            s * 0.04,
            s * 0.035,
            (248, 122, 150),
        )
    disc(pen, x, y - s * 0.47, s * 0.025, s * 0.025, (255, 222, 110))
