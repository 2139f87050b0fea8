"""Paints scenes: Pillow at twice the size, soft shadows and rounded light;
whatever the caption does not name varies."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from starter.drawing import landscape, styles
from starter.drawing.brush import RGB, Spot, darker, disc, glow, jitter, lighter
from starter.drawing.composition import Placed, placed
from starter.drawing.landscape import DIM, FLAT, TINT
from starter.drawing.scenes import COLOURS, SIZE, Scene, Thing
from starter.drawing.subjects import PAINTERS

SCALE = 2
LEFT = 0.31  # of the width: what stands further left looks to the right


@lru_cache
def _pattern(material: str, side: int) -> Image.Image:
    """(side, side) L mask of planks, stripes, spots or metal bands,
    white where the overlay colour goes."""
    mask = Image.new("L", (side, side), 0)
    pen = ImageDraw.Draw(mask)
    step = side // 11
    if material == "wooden":
        for y in range(0, side, step):
            pen.line([0, y, side, y], fill=255, width=max(2, side // 110))
            for x in range((y // step % 2) * step * 2, side, step * 4):
                pen.line([x, y, x, y + step], fill=200, width=max(2, side // 130))
    elif material == "striped":
        for x in range(0, side, step):
            pen.rectangle([x, 0, x + step * 0.48, side], fill=255)
    elif material == "spotted":
        for row, y in enumerate(range(0, side, step)):
            for x in range((row % 2) * step // 2, side, step):
                disc(pen, x, y, step * 0.24, step * 0.24, 255)
    elif material == "metal":
        strip = Image.new("L", (1, 9))
        strip.putdata([10, 90, 240, 120, 0, 30, 200, 60, 0])
        mask = strip.resize((side, side), Image.Resampling.BICUBIC)
    return mask


def _material(
    layer: Image.Image, alpha: Image.Image, thing: Thing, box: tuple[int, int, int]
) -> Image.Image:
    """The painted layer made of something: planks, stripes, spots,
    polished metal (glass only thins the alpha)."""
    x, y, side = box
    patch = Image.new("L", layer.size, 0)
    patch.paste(_pattern(thing.material, side), (x - side // 2, y - side // 2))
    mask = ImageChops.multiply(patch, alpha)
    colour = COLOURS[thing.colour]
    light = lighter(colour, 0.72) if sum(colour) < 600 else darker(colour, 0.72)
    tone, strength = {
        "wooden": (darker(colour, 0.45) if sum(colour) > 150 else lighter(colour, 0.3), 0.6),
        "striped": (light, 0.85),
        "spotted": (light, 0.9),
        "metal": (lighter(colour, 0.8), 0.75),
    }[thing.material]
    layer.paste(tone, (0, 0), mask.point(lambda v: int(v * strength)))
    return layer


def _rounded(layer: Image.Image, alpha: Image.Image) -> Image.Image:
    """Light from the upper left, dusk along the lower right edge: the silhouette looks round."""
    small = alpha.resize((alpha.width // 4, alpha.height // 4), Image.Resampling.BILINEAR)
    reach = max(2, small.width // 26)
    soft = small.filter(ImageFilter.GaussianBlur(reach))
    moved = ImageChops.offset(soft, -reach, -reach)
    brightness = [150 + int(v * 0.41) for v in range(256)]
    light = moved.point(brightness).resize(alpha.size, Image.Resampling.BILINEAR)
    return ImageChops.multiply(layer, Image.merge("RGB", (light, light, light)))


def _paint(
    image: Image.Image, thing: Thing, scene: Scene, at: Spot, rng: random.Random
) -> Image.Image:
    """One subject at its spot, as painted or, in the left of the picture, mirrored: all look to the
    left or to the middle. (Either way by chance, and a small denoiser draws both at once: two
    heads, two handles.) Gives its shape."""
    x, y, size = at
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    PAINTERS[thing.subject](
        ImageDraw.Draw(layer),
        at,
        jitter(COLOURS[thing.colour], rng, 10),
        scene.time == "night",
        rng,
    )
    mask = layer.getchannel("A")
    shape = mask
    lit = layer.convert("RGB")
    if thing.material and thing.material != "glass":
        lit = _material(lit, mask, thing, (int(x), int(y), int(size * 1.25)))
    if scene.style != FLAT:
        lit = _rounded(lit, mask)
    tint = TINT[scene.time]
    lit = ImageChops.multiply(
        lit,
        Image.new(
            "RGB", lit.size, ((255 + tint[0]) // 2, (255 + tint[1]) // 2, (255 + tint[2]) // 2)
        ),
    )
    if thing.material == "glass":
        inner = (
            mask.resize((mask.width // 4, mask.height // 4))
            .filter(ImageFilter.MinFilter(3))
            .filter(ImageFilter.GaussianBlur(3))
            .resize(mask.size)
        )
        mask = ImageChops.subtract(mask, inner.point(lambda v: int(v * 0.45)))
        ImageDraw.Draw(lit).line(
            [x - size * 0.24, y + size * 0.1, x - size * 0.02, y - size * 0.26],
            fill=(255, 255, 255),
            width=max(2, int(size * 0.05)),
        )
    if x < LEFT * image.width:
        lit = _mirrored(lit, x)
        mask = _mirrored(mask, x)
        shape = _mirrored(shape, x)
    image.paste(lit, (0, 0), mask)
    return shape


def _mirrored(layer: Image.Image, x: float) -> Image.Image:
    return ImageChops.offset(
        layer.transpose(Image.Transpose.FLIP_LEFT_RIGHT), round(2 * x - layer.width), 0
    )


def _shadowed(
    image: Image.Image, subject: Placed, scene: Scene, earth: RGB, rng: random.Random
) -> Image.Image:
    """The subject with its soft shadow on the ground at its foot, and a glow behind it at night;
    gives the shape of the subject alone."""
    (x, y, size) = subject.at
    foot = subject.foot
    if scene.style != FLAT:
        if foot > y + size * 0.5:  # in the air: a smaller and fainter shadow
            reach = 0.3
            strength = 0.34
        else:
            reach = 0.42
            strength = 0.62
        below = (x + size * 0.06, foot)
        glow(image, below, (size * reach, size * 0.07), darker(earth, 0.45), strength)
    if scene.time == "night":
        glow(image, (x, y), (size * 0.62, size * 0.6), (120, 130, 190), 0.3)
    return _paint(image, subject.thing, scene, subject.at, rng)


def _out_of_focus(image: Image.Image) -> Image.Image:
    side = image.width
    return (
        image.resize((side // 4, side // 4), Image.Resampling.BOX)
        .filter(ImageFilter.GaussianBlur(2))
        .resize((side, side), Image.Resampling.BICUBIC)
    )


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture (RGB), and the shape of all its subjects as a mask of the same size (L): white
    where one is, as they are before weather and style pass over them."""

    picture: Image.Image
    shape: Image.Image


def draw(scene: Scene, rng: random.Random, size: int = SIZE) -> Image.Image:
    """Paint `scene` as an RGB picture of `size` x `size` pixels."""
    return drawn(scene, rng, size).picture


def drawn(scene: Scene, rng: random.Random, size: int = SIZE) -> Drawn:
    """The picture that `draw` paints, with the shape of its subjects."""
    side = size * SCALE
    horizon = side * rng.uniform(0.54, 0.64)
    image = landscape.sky(side, horizon, scene, rng)
    earth = landscape.ground(image, horizon, scene, rng)
    if scene.view == "close-up" and scene.style != FLAT:
        image = _out_of_focus(image)
    shape = Image.new("L", (side, side), 0)
    for subject in placed(scene, side, horizon, rng):
        shape = ImageChops.lighter(shape, _shadowed(image, subject, scene, earth, rng))
    wet = styles.weathered(image, scene.weather, DIM[scene.time], horizon, rng)
    small = wet.resize((size, size), Image.Resampling.LANCZOS)
    clear = image.resize((size, size), Image.Resampling.LANCZOS) if scene.weather else small
    picture = styles.rendered(styles.graded(small, scene.light), clear, scene.style, rng)
    return Drawn(picture, shape.resize((size, size), Image.Resampling.BOX))
