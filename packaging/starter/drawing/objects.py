"""How the made things of the starter's world are painted that `subjects` does not hold:
same signature, same box."""

from __future__ import annotations

import random

from starter.drawing.brush import RGB, Pen, Spot, disc, lighter, line, shade


def apple(pen: Pen, at: Spot, c: RGB, lit: bool, rng: random.Random) -> None:
    x, y, s = at
    lean = rng.uniform(-0.05, 0.07) * s
    for flip in (-1, 1):
        disc(pen, x + flip * s * 0.13, y + s * 0.06, s * 0.25, s * 0.32, c)
    disc(pen, x, y + s * 0.26, s * 0.2, s * 0.15, c)
    disc(pen, x, y - s * 0.18, s * 0.11, s * 0.045, shade(c))
    line(pen, [(x, y - s * 0.16), (x + lean, y - s * 0.4)], (98, 66, 42), s * 0.045)
    pen.polygon(
        [
            (x + lean * 0.7, y - s * 0.28),
            (x + s * 0.12, y - s * 0.44),
            (x + s * 0.3, y - s * 0.42),
            (x + s * 0.18, y - s * 0.28),
        ],
        fill=(84, 158, 70),
    )
    disc(pen, x - s * 0.2, y - s * 0.06, s * 0.06, s * 0.1, lighter(c, 0.55))


def cup(pen: Pen, at: Spot, c: RGB, lit: bool, rng: random.Random) -> None:
    x, y, s = at
    width = max(2, int(s * 0.075))
    pen.ellipse(
        [x + s * 0.16, y - s * 0.12, x + s * 0.5, y + s * 0.24], outline=shade(c), width=width
    )
    pen.polygon(
        [
            (x - s * 0.34, y - s * 0.24),
            (x + s * 0.34, y - s * 0.24),
            (x + s * 0.25, y + s * 0.4),
            (x - s * 0.25, y + s * 0.4),
        ],
        fill=c,
    )
    disc(pen, x, y + s * 0.4, s * 0.25, s * 0.045, shade(c))
    disc(pen, x, y - s * 0.24, s * 0.34, s * 0.09, lighter(c, 0.35))
    disc(pen, x, y - s * 0.235, s * 0.285, s * 0.065, (104, 66, 42))
    for dx in (-0.12, 0.04):
        drift = rng.uniform(-0.03, 0.03)
        line(
            pen,
            [
                (x + s * dx, y - s * 0.34),
                (x + s * (dx + 0.05 + drift), y - s * 0.42),
                (x + s * (dx + drift), y - s * 0.5),
                (x + s * (dx + 0.05), y - s * 0.58),
            ],
            (240, 240, 242),
            s * 0.028,
        )


def chair(pen: Pen, at: Spot, c: RGB, lit: bool, rng: random.Random) -> None:
    x, y, s = at
    dark = shade(c)
    for dx, top in ((-0.18, 0.05), (0.36, 0.05)):
        line(pen, [(x + s * dx, y + s * top), (x + s * dx, y + s * 0.33)], dark, s * 0.055)
    for dx in (-0.32, 0.22):
        line(pen, [(x + s * dx, y + s * 0.1), (x + s * dx, y + s * 0.42)], c, s * 0.065)
    for dx in (-0.32, -0.18):
        line(
            pen,
            [(x + s * dx, y + s * 0.05), (x + s * (dx - 0.03), y - s * 0.52)],
            c if dx < -0.2 else dark,
            s * 0.065,
        )
    pen.polygon(
        [
            (x - s * 0.36, y - s * 0.5),
            (x - s * 0.16, y - s * 0.54),
            (x - s * 0.16, y - s * 0.36),
            (x - s * 0.36, y - s * 0.3),
        ],
        fill=lighter(c, 0.15),
    )
    pen.polygon(
        [
            (x - s * 0.35, y - s * 0.2),
            (x - s * 0.16, y - s * 0.25),
            (x - s * 0.16, y - s * 0.14),
            (x - s * 0.35, y - s * 0.08),
        ],
        fill=lighter(c, 0.15),
    )
    pen.polygon(
        [
            (x - s * 0.38, y + s * 0.06),
            (x + s * 0.28, y + s * 0.06),
            (x + s * 0.42, y - s * 0.06),
            (x - s * 0.2, y - s * 0.06),
        ],
        fill=lighter(c, 0.2),
    )
    pen.rectangle([x - s * 0.38, y + s * 0.06, x + s * 0.28, y + s * 0.13], fill=c)


def umbrella(pen: Pen, at: Spot, c: RGB, lit: bool, rng: random.Random) -> None:
    x, y, s = at
    line(pen, [(x, y - s * 0.48), (x, y + s * 0.34)], (110, 84, 64), s * 0.035)
    pen.arc(
        [x, y + s * 0.24, x + s * 0.16, y + s * 0.42],
        0,
        180,
        fill=(110, 84, 64),
        width=max(2, int(s * 0.035)),
    )
    pen.chord([x - s * 0.48, y - s * 0.46, x + s * 0.48, y + s * 0.42], 180, 360, fill=c)
    for k, (a, b) in enumerate(((-0.48, -0.16), (-0.16, 0.16), (0.16, 0.48))):
        if k == 1:
            pen.polygon(
                [(x, y - s * 0.46), (x + s * a, y - s * 0.02), (x + s * b, y - s * 0.02)],
                fill=lighter(c, 0.22),
            )
    for k in range(3):
        left = x + s * (-0.48 + 0.32 * k)
        pen.chord([left, y - s * 0.08, left + s * 0.32, y + s * 0.06], 180, 360, fill=(0, 0, 0, 0))
    line(pen, [(x, y - s * 0.06), (x, y + s * 0.34)], (110, 84, 64), s * 0.035)


def rocket(pen: Pen, at: Spot, c: RGB, lit: bool, rng: random.Random) -> None:
    x, y, s = at
    flare = rng.uniform(0.44, 0.56)
    pen.polygon(
        [(x - s * 0.12, y + s * 0.28), (x + s * 0.12, y + s * 0.28), (x, y + s * flare)],
        fill=(250, 158, 44),
    )
    pen.polygon(
        [(x - s * 0.06, y + s * 0.28), (x + s * 0.06, y + s * 0.28), (x, y + s * (flare - 0.1))],
        fill=(255, 236, 130),
    )
    for flip in (-1, 1):
        pen.polygon(
            [
                (x + flip * s * 0.16, y - s * 0.02),
                (x + flip * s * 0.34, y + s * 0.22),
                (x + flip * s * 0.32, y + s * 0.36),
                (x + flip * s * 0.14, y + s * 0.24),
            ],
            fill=shade(c),
        )
    disc(pen, x, y - s * 0.08, s * 0.2, s * 0.44, c)
    pen.rectangle([x - s * 0.16, y + s * 0.2, x + s * 0.16, y + s * 0.4], fill=(0, 0, 0, 0))
    pen.polygon(
        [(x - s * 0.12, y + s * 0.28), (x + s * 0.12, y + s * 0.28), (x, y + s * flare)],
        fill=(250, 158, 44),
    )
    pen.polygon(
        [(x - s * 0.06, y + s * 0.28), (x + s * 0.06, y + s * 0.28), (x, y + s * (flare - 0.1))],
        fill=(255, 236, 130),
    )
    pen.rectangle([x - s * 0.14, y + s * 0.17, x + s * 0.14, y + s * 0.25], fill=(150, 152, 162))
    pen.chord(
        [x - s * 0.2, y - s * 0.52, x + s * 0.2, y + s * 0.36],
        218,
        322,
        fill=lighter(c, 0.5) if sum(c) < 640 else (206, 96, 88),
    )
    disc(pen, x, y - s * 0.1, s * 0.1, s * 0.1, (236, 238, 242))
    disc(pen, x, y - s * 0.1, s * 0.07, s * 0.07, (255, 226, 130) if lit else (118, 186, 226))


def hat(pen: Pen, at: Spot, c: RGB, lit: bool, rng: random.Random) -> None:
    x, y, s = at
    tall = rng.uniform(0.36, 0.46)
    pen.polygon(
        [
            (x - s * 0.24, y - s * tall),
            (x + s * 0.24, y - s * tall),
            (x + s * 0.27, y + s * 0.3),
            (x - s * 0.27, y + s * 0.3),
        ],
        fill=c,
    )
    disc(pen, x, y - s * tall, s * 0.24, s * 0.05, lighter(c, 0.2))
    band: RGB = (236, 222, 190) if sum(c) < 480 else (72, 60, 74)
    pen.polygon(
        [
            (x - s * 0.262, y + s * 0.1),
            (x + s * 0.262, y + s * 0.1),
            (x + s * 0.27, y + s * 0.24),
            (x - s * 0.27, y + s * 0.24),
        ],
        fill=band,
    )
    disc(pen, x, y + s * 0.32, s * 0.48, s * 0.1, shade(c))
    disc(pen, x, y + s * 0.29, s * 0.48, s * 0.09, c)
    pen.polygon(
        [
            (x - s * 0.268, y + s * 0.14),
            (x + s * 0.268, y + s * 0.14),
            (x + s * 0.27, y + s * 0.27),
            (x - s * 0.27, y + s * 0.27),
        ],
        fill=band,
    )
    pen.chord([x - s * 0.27, y + s * 0.22, x + s * 0.27, y + s * 0.32], 0, 180, fill=band)


def castle(pen: Pen, at: Spot, c: RGB, lit: bool, rng: random.Random) -> None:
    x, y, s = at

    def battlements(left: float, right: float, top: float, tone: RGB) -> None:
        teeth = 5 if right - left > 0.5 else 3
        step = (right - left) / (2 * teeth - 1)
        for k in range(teeth):
            pen.rectangle(
                [
                    x + s * (left + 2 * k * step),
                    y + s * (top - 0.07),
                    x + s * (left + (2 * k + 1) * step),
                    y + s * top,
                ],
                fill=tone,
            )

    glass: RGB = (255, 226, 130) if lit else (64, 62, 82)
    pen.rectangle([x - s * 0.34, y - s * 0.08, x + s * 0.34, y + s * 0.42], fill=c)
    battlements(-0.34, 0.34, -0.075, c)
    for flip in (-1, 1):
        left = -0.46 if flip < 0 else 0.22
        pen.rectangle(
            [x + s * left, y - s * 0.3, x + s * (left + 0.24), y + s * 0.42], fill=shade(c)
        )
        battlements(left - 0.02, left + 0.26, -0.295, shade(c))
        pen.rounded_rectangle(
            [x + s * (left + 0.09), y - s * 0.16, x + s * (left + 0.15), y - s * 0.02],
            radius=s * 0.03,
            fill=glass,
        )
    pen.rounded_rectangle(
        [x - s * 0.11, y + s * 0.12, x + s * 0.11, y + s * 0.54], radius=s * 0.11, fill=(84, 56, 42)
    )
    pen.rectangle([x - s * 0.12, y + s * 0.421, x + s * 0.12, y + s * 0.56], fill=(0, 0, 0, 0))
    line(pen, [(x, y - s * 0.14), (x, y - s * 0.56)], (112, 92, 80), s * 0.025)
    tip = rng.uniform(0.14, 0.22)
    pen.polygon(
        [(x, y - s * 0.56), (x + s * tip, y - s * 0.5), (x, y - s * 0.43)],
        fill=(222, 72, 66) if c[0] < 180 or c[1] > 120 else (250, 222, 110),
    )
