"""How far two pictures are apart, and what of their making may be the reason."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from PIL import Image, ImageChops

from core.engine.contract.protocol import WEIGHTS
from core.values.picture import Pixels, Recipe, Result

PARTS_OF_IT = {  # of a fingerprint
    "device": "The device",
    "dtype": "The number format",
    "torch": "The version of torch",
    "diffusers": "The version of diffusers",
    "transformers": "The version of transformers",
    "threads": "The number of threads",
    "cpu": "The processor's set of instructions",
    "networks": "The number of the networks",
    "weights": "The format of the weights",
    "memory": "The memory mode",
    "decoder": "The decoder",
    "matrices": "The rounding of matrices",
    "features": "The reuse of features",
    "merged": "The merging of tokens",
    "prompt": "The language of prompts",
}
_LONGEST = 100  # characters of a value in a sentence


@dataclass(frozen=True, slots=True)
class Difference:
    """`greatest` of all channels' differences, 0 to 255; `psnr` in decibels, None where there is
    no difference."""

    greatest: int
    psnr: float | None


def difference(first: Pixels, second: Pixels) -> Difference | None:
    """Of two pictures' RGB; None where they are of other sizes."""
    size = first.width, first.height
    if size != (second.width, second.height):
        return None
    images = (Image.frombytes("RGB", size, pixels.rgb) for pixels in (first, second))
    counts = ImageChops.difference(*images).histogram()  # 256 of each channel
    by_value = [sum(counts[value::256]) for value in range(256)]
    squares = sum(value * value * count for value, count in enumerate(by_value))
    greatest = max(value for value, count in enumerate(by_value) if count)
    if not squares:
        return Difference(0, None)
    return Difference(greatest, round(10 * math.log10(255**2 * sum(by_value) / squares), 2))


def amplified(first: Pixels, second: Pixels, factor: int) -> Pixels | None:
    """By how much each channel of two pictures' RGB differs, so many times as much and 255 at most;
    None where they are of other sizes."""
    size = first.width, first.height
    if size != (second.width, second.height):
        return None
    images = (Image.frombytes("RGB", size, pixels.rgb) for pixels in (first, second))
    apart = ImageChops.difference(*images)
    many = apart.point([min(value * factor, 255) for value in range(256)] * 3)
    return Pixels(*size, many.tobytes())


def made_otherwise(then: Recipe, now: Result, model_hash: str) -> Iterator[str]:
    """A sentence for each thing that decides the bits and is another one now; `model_hash` is that
    of the model that is here."""
    if then.model_hash and model_hash and then.model_hash != model_hash:
        yield "The model is another file than the one it was made with."
    before, after = dict(then.fingerprint), dict(now.fingerprint)
    if not before:
        yield "The recipe does not say on what it was made."
        return
    for key in dict.fromkeys((*before, *after)):
        if before.get(key) != after.get(key):
            subject = PARTS_OF_IT.get(key, key)
            yield f"{subject} was {_said(before, key)} and is {_said(after, key)}."


def weights_and_mode(then: Recipe | None) -> tuple[str, str]:
    """In which format of weights (`core.engine.contract.protocol.WEIGHTS`) and in which memory mode
    a picture was made; ("full", "") where its recipe does not say."""
    known = dict(then.fingerprint) if then is not None else {}
    weights = known.get("weights", "full")
    if known.get("dtype") == "bfloat16":
        weights = "bf16"
    return (weights if weights in WEIGHTS else "full"), known.get("memory", "")


def _said(known: Mapping[str, str], key: str) -> str:
    return known.get(key, "")[:_LONGEST] or "not named"
