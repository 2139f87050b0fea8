"""Where each word of a prompt was looked at, laid over the picture that came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from core.service.insight.words.maps import (
    Group,
    common_scale,
    plane_of,
    share_of,
    texts_of,
    words_of,
)
from core.service.insight.words.reading import attention_maps
from core.values.insight.attention import AttentionLook, AttentionMaps
from core.values.picture import Pixels

_DARK = 0.2  # of a picture's light, where a word was not looked at


@dataclass(frozen=True, slots=True, eq=False)
class WordMap:
    """A word, its share of all looks at words, and the picture that is bright where it was looked
    at: on one scale for all words, from 0 to the most that any of them has anywhere."""

    word: str
    share: float
    pixels: Pixels


def word_maps(recording: Path, pixels: Pixels) -> tuple[WordMap, ...]:
    """Of each word of the prompt, as the mean over heads, layers and steps at the depth that suits.
    Raises WorldError where the recording cannot be read."""
    maps = attention_maps(recording, AttentionLook())
    return tuple(_over(maps, pixels))


def _over(maps: AttentionMaps, pixels: Pixels) -> Iterator[WordMap]:
    words = words_of(maps)
    high = common_scale(maps)
    looked = sum(share_of(maps, word) for word in words) or 1.0
    picture = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.rgb)
    dark = picture.point([round(_DARK * level) for level in range(256)] * 3)
    for word in words:
        seen = Image.composite(picture, dark, _mask(maps, word, high, picture.size))
        shown = Pixels(pixels.width, pixels.height, seen.tobytes())
        yield WordMap(_written(maps, word), share_of(maps, word) / looked, shown)


def _mask(maps: AttentionMaps, word: Group, high: float, size: tuple[int, int]) -> Image.Image:
    plane = plane_of(maps, word, high)
    cells = Image.frombytes("L", (plane.width, plane.height), plane.levels)
    return cells.resize(size, Image.Resampling.BILINEAR)


def _written(maps: AttentionMaps, word: Group) -> str:
    return "".join(texts_of(maps, word)).strip()
