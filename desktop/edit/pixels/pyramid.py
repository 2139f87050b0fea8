"""Pixels at several sizes, each half of the one before, kept in tiles and made when they are looked
at: so that a large picture is shown small, and a change of a few pixels costs only those."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.values.editing.document import Box
from core.values.editing.raster import TILE

LEVELS = 5  # whole, half, ... a thirty-second of the size: tiles of 8 pixels
# (h, w, 4): of documents straight RGBA, here premultiplied as Qt keeps them; or (h, w) grey
Pixels = NDArray[np.uint8]
Plane = NDArray[np.bool_]  # (h, w)
Read = Callable[[Box], Pixels]  # what lies in a box now, at its whole size; clear outside
_Place = tuple[int, int, int]  # level, column, row


class Pyramid:
    """`read` gives the pixels; `limit` bounds the bytes that are kept. What is read beyond the
    picture is clear."""

    def __init__(self, read: Read, limit: int) -> None:
        self._read = read
        self._limit = limit
        self._tiles: OrderedDict[_Place, Pixels] = OrderedDict()
        self._bytes = 0
        self._stale: set[_Place] = set()  # kept, and no longer right
        self.unfinished: Box | None = None  # around all that a `region` has not made, whole pixels

    def clear(self) -> None:
        """All is different now."""
        self._tiles.clear()
        self._stale.clear()
        self._bytes = 0

    def changed(self, box: Box) -> None:
        """The pixels in this box are different now: what is kept of them is read again."""
        left, top, width, height = box
        across = range(left // TILE, -(-(left + width) // TILE))
        down = range(top // TILE, -(-(top + height) // TILE))
        if len(across) * len(down) > 16:  # rather when it is looked at
            self._stale.update(one for one in self._tiles if one[1] in across and one[2] in down)
            return
        for column in across:
            for row in down:
                self._renew(column, row, box)

    def _renew(self, column: int, row: int, box: Box) -> None:
        """The part of one tile, at each size that is kept: read once, and halved from one size to
        the next."""
        kept = [one for one in range(LEVELS + 1) if self._has((one, column, row))]
        if not kept:
            return
        step = 1 << kept[-1]
        left, right = _within_tile(box[0] - column * TILE, box[2], step)
        top, bottom = _within_tile(box[1] - row * TILE, box[3], step)
        place = (column * TILE + left, row * TILE + top, right - left, bottom - top)
        part, at = self._read(place), 0
        for level in kept:
            part, at = smaller(part, level - at), level
            tile = self._tiles[level, column, row]
            tile[top >> level : bottom >> level, left >> level : right >> level] = part

    def _has(self, place: _Place) -> bool:
        return place in self._tiles and place not in self._stale

    def region(self, level: int, box: Box, may_make: Callable[[], bool] = lambda: True) -> Pixels:
        """What lies in `box`, which is in pixels of that level (each 2**level of the picture's).
        Once `may_make` says no, what is not kept looks as it did before it changed, or coarser, or
        is clear (of four channels), and `unfinished` grows around it."""
        left, top, width, height = box
        side = TILE >> level
        result: Pixels | None = None
        for row in range(top // side, -(-(top + height) // side)):
            for column in range(left // side, -(-(left + width) // side)):
                if self._nearest(level, column, row) is not None or may_make():
                    tile = self._tile(level, column, row)
                else:
                    tile = self._stand_in(level, column, row)
                if result is None:
                    result = np.zeros((height, width, *tile.shape[2:]), np.uint8)
                x, y = column * side, row * side
                from_x, to_x = max(left, x), min(left + width, x + side)
                from_y, to_y = max(top, y), min(top + height, y + side)
                result[from_y - top : to_y - top, from_x - left : to_x - left] = tile[
                    from_y - y : to_y - y, from_x - x : to_x - x
                ]
        assert result is not None, "an empty box"
        return result

    def make(self, level: int, box: Box, may_make: Callable[[], bool]) -> bool:
        """Make what `region` would look at, until `may_make` says no; whether all is there."""
        left, top, width, height = box
        side = TILE >> level
        for row in range(top // side, -(-(top + height) // side)):
            for column in range(left // side, -(-(left + width) // side)):
                if not self._has((level, column, row)):
                    if not may_make():
                        return False
                    self._tile(level, column, row)
        return True

    def bytes_used(self) -> int:
        """Bytes that are kept."""
        return self._bytes

    def _tile(self, level: int, column: int, row: int) -> Pixels:
        place = (level, column, row)
        nearest = self._nearest(level, column, row)
        if nearest == level:
            self._tiles.move_to_end(place)
            return self._tiles[place]
        if nearest is not None:
            made = smaller(self._tiles[nearest, column, row], level - nearest)
        else:
            made = smaller(self._read((column * TILE, row * TILE, TILE, TILE)), level)
        if place in self._stale:
            self._stale.discard(place)
            self._bytes -= self._tiles.pop(place).nbytes
        self._tiles[place] = made
        self._bytes += made.nbytes
        while self._bytes > self._limit and len(self._tiles) > 1:
            left, gone = self._tiles.popitem(last=False)
            self._stale.discard(left)
            self._bytes -= gone.nbytes
        return made

    def _nearest(self, level: int, column: int, row: int) -> int | None:
        """The level at which this tile is kept, or a finer one that it can be made of at once."""
        levels = (one for one in range(level, -1, -1) if self._has((one, column, row)))
        return next(levels, None)

    def _stand_in(self, level: int, column: int, row: int) -> Pixels:
        """For a tile that is not made yet."""
        self._add_unfinished(column * TILE, row * TILE)
        side = TILE >> level
        for coarser in range(level, LEVELS + 1):
            if (tile := self._tiles.get((coarser, column, row))) is not None:
                times = 1 << (coarser - level)
                return tile.repeat(times, axis=0).repeat(times, axis=1)
        return np.zeros((side, side, 4), np.uint8)

    def _add_unfinished(self, x: int, y: int) -> None:
        left, top, width, height = self.unfinished or (x, y, TILE, TILE)
        begin_x, begin_y = min(left, x), min(top, y)
        end_x, end_y = max(left + width, x + TILE), max(top + height, y + TILE)
        self.unfinished = (begin_x, begin_y, end_x - begin_x, end_y - begin_y)


def _within_tile(start: int, length: int, step: int) -> tuple[int, int]:
    """Begin and end of what lies on a tile, in whole steps."""
    return max(start, 0) // step * step, -(-min(start + length, TILE) // step) * step


def smaller(pixels: Pixels, level: int) -> Pixels:
    """Halved so many times, each pixel the mean of four. Of premultiplied ones the mean of each
    byte is the right one, also where something can be seen through."""
    if level and not pixels.any():  # as most of a mask is
        height, width = pixels.shape[:2]
        return np.zeros((height >> level, width >> level, *pixels.shape[2:]), np.uint8)
    if pixels.ndim == 2:
        return _halved(pixels, level)
    return np.ascontiguousarray(_halved(packed(pixels), level))[..., None].view(np.uint8)


def packed(pixels: Pixels) -> NDArray[np.uint32]:
    """Four channels as one number: (h, w)."""
    return np.ascontiguousarray(pixels).view(np.uint32)[..., 0]


def _halved(values: NDArray[Any], times: int) -> NDArray[Any]:
    for _ in range(times):
        values = _means(values)
    return values


def _means(values: NDArray[Any]) -> NDArray[Any]:
    """Of each byte of four neighbours, one or four bytes a number: rounded up between rows and
    down between columns, so that a picture gets neither lighter nor darker."""
    halves = np.array(0x7F7F7F7F).astype(values.dtype)  # no bit comes from the byte beside it
    above, below = values[::2], values[1::2]
    rows = (above | below) - (((above ^ below) >> 1) & halves)
    left, right = rows[:, ::2], rows[:, 1::2]
    return (left & right) + (((left ^ right) >> 1) & halves)
