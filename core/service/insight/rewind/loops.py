"""Moving pictures that begin anew for ever, as animated WebP or GIF: the steps of a picture, those
of two beside each other, or two pictures that turn into one another."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from pathlib import Path
from typing import Any

from PIL import Image

from core.metadata.writing import generated_mark
from core.store.files import put
from core.system.errors import InvalidRequest, WorldError
from core.values.picture import Pixels

SHORTEST, LONGEST = 20, 2000  # milliseconds of a frame
SMALLEST, LARGEST = 64, 1024  # pixels of the longer side of one picture
REST = 8  # frames for which the end is seen
BLENDS = 8  # frames in which one picture turns into the other
GAP = 4  # pixels between two pictures
_COLOURS = 256  # a GIF's


class LoopKind(StrEnum):
    """How a loop is written."""

    WEBP = "webp"
    GIF = "gif"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopChoices:
    """`side`: pixels of the longer side of each picture, which is never enlarged; `milliseconds`
    of each frame. Raises InvalidRequest for what is out of range."""

    kind: LoopKind
    side: int
    milliseconds: int

    def __post_init__(self) -> None:
        if not SHORTEST <= self.milliseconds <= LONGEST:
            raise InvalidRequest(
                "speed",
                f"A frame of {self.milliseconds} ms is out of range.",
                f"Choose {SHORTEST} to {LONGEST} ms.",
            )
        if not SMALLEST <= self.side <= LARGEST:
            raise InvalidRequest(
                "size",
                f"A side of {self.side} pixels is out of range.",
                f"Choose {SMALLEST} to {LARGEST} pixels.",
            )


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture, and for how many milliseconds it is seen."""

    image: Image.Image
    milliseconds: int


def reduced(pixels: Pixels, choices: LoopChoices) -> Image.Image:
    """A picture in the size of the loop, without what of it cannot be seen through."""
    image = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.rgb)
    longer = max(image.size)
    if longer <= choices.side:
        return image
    width, height = (max(round(side * choices.side / longer), 1) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def steps_of(*pictures: Sequence[Image.Image], choices: LoopChoices) -> list[Frame]:
    """The steps of each picture, all pictures beside each other; one with fewer steps rests on its
    last. The end is seen longer."""
    last = [steps[-1] for steps in pictures]
    rows = [
        [image or end for image, end in zip(row, last, strict=True)]
        for row in zip_longest(*pictures)
    ]
    frames = [Frame(_beside(row), choices.milliseconds) for row in rows]
    return [*frames[:-1], Frame(frames[-1].image, choices.milliseconds * REST)]


def in_turn(first: Image.Image, second: Image.Image, choices: LoopChoices) -> list[Frame]:
    """Two pictures, each turning into the other; the second as large as the first."""
    second = second if second.size == first.size else second.resize(first.size)
    shares = [step / (BLENDS + 1) for step in range(1, BLENDS + 1)]
    way = [Frame(Image.blend(first, second, share), choices.milliseconds) for share in shares]
    rest = choices.milliseconds * REST
    return [Frame(first, rest), *way, Frame(second, rest), *reversed(way)]


def save_loop(target: Path, frames: Sequence[Frame], choices: LoopChoices) -> Path:
    """Write frames of one size to the place a person named, with the ending of their kind; nothing
    is overwritten. Gives the file's path. Raises WorldError where encoder or disk refuses."""
    name = target.stem if target.suffix.lower() in (".webp", ".gif") else target.name
    return put(target.parent, name, encode_loop(frames, choices), f".{choices.kind}")


def encode_loop(frames: Sequence[Frame], choices: LoopChoices) -> bytes:
    """The file's bytes. Raises WorldError where the encoder refuses."""
    images = [frame.image for frame in frames]
    options: dict[str, Any] = {"quality": 90, "method": 4, "xmp": generated_mark()}
    if choices.kind is LoopKind.GIF:
        images = [
            image.quantize(_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.FLOYDSTEINBERG)
            for image in images
        ]
        options = {"disposal": 1, "comment": b"trainedAlgorithmicMedia"}
    out = io.BytesIO()
    try:
        images[0].save(
            out,
            choices.kind.upper(),
            save_all=True,
            append_images=images[1:],
            duration=[frame.milliseconds for frame in frames],
            loop=0,
            **options,
        )
    except (OSError, ValueError, MemoryError) as fault:
        raise WorldError(
            f"The loop cannot be written as {choices.kind}: {fault}.",
            "Choose a smaller size or the other format.",
        ) from fault
    return out.getvalue()


def _beside(row: Sequence[Image.Image]) -> Image.Image:
    if len(row) == 1:
        return row[0]
    width = sum(image.width for image in row) + GAP * (len(row) - 1)
    whole = Image.new("RGB", (width, max(image.height for image in row)), "white")
    left = 0
    for image in row:
        whole.paste(image, (left, (whole.height - image.height) // 2))
        left += image.width + GAP
    return whole
