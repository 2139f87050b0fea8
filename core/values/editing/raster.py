"""Pixels in tiles, which several states of a document share: a step of its undo holds the names of
the tiles it changed, never their pixels twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

TILE = 256  # pixels a side; those at the right and lower edge are whole too, clear beyond it
CLEAR = ""  # the name of a tile that has nothing on it


class PixelKind(StrEnum):
    """What a pixel is; values are stable ids kept in documents."""

    RGBA = "rgba"  # 8-bit sRGB and straight alpha, four bytes; clear is 0, 0, 0, 0
    GREY = "grey"  # one byte: how much of a mask, 0 for nothing

    @property
    def pixel_bytes(self) -> int:
        """Bytes of one pixel."""
        return 4 if self is PixelKind.RGBA else 1

    @property
    def tile_bytes(self) -> int:
        """Bytes of one tile, rows from the top without gaps."""
        return TILE * TILE * self.pixel_bytes


def tile_name(data: bytes) -> str:
    """The name of a tile with these bytes; CLEAR where all are 0."""
    if data == bytes(len(data)):
        return CLEAR
    return hashlib.blake2b(data, digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Raster:
    """`width` x `height` pixels; `tiles` are names, row by row from the top left."""

    kind: PixelKind
    width: int
    height: int
    tiles: tuple[str, ...]

    @property
    def columns(self) -> int:
        """Tiles beside each other."""
        return -(-self.width // TILE)

    @property
    def rows(self) -> int:
        """Tiles below each other."""
        return -(-self.height // TILE)

    def tile(self, column: int, row: int) -> str:
        """The name of one tile."""
        return self.tiles[row * self.columns + column]

    def with_tiles(self, changed: Mapping[tuple[int, int], str]) -> Raster:
        """Itself with other tiles at these columns and rows."""
        tiles = list(self.tiles)
        for (column, row), name in changed.items():
            tiles[row * self.columns + column] = name
        return replace(self, tiles=tuple(tiles))

    def places(self) -> Iterator[tuple[int, int, str]]:
        """Column, row and name of each tile that is not clear."""
        for number, name in enumerate(self.tiles):
            if name != CLEAR:
                yield number % self.columns, number // self.columns, name


def clear_raster(kind: PixelKind, width: int, height: int) -> Raster:
    """So many pixels with nothing on them."""
    number = -(-width // TILE) * -(-height // TILE)
    return Raster(kind, width, height, (CLEAR,) * number)
