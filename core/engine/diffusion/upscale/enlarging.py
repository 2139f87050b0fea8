"""A picture made larger: by an upscaler tile by tile, with memory for one tile and one row of them,
and by Lanczos to any size.

Each tile's result is brought to the size asked for before it is laid down, so that a tile alone has
the upscaler's size. Rows of the result are finished as soon as no tile below reaches them.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from core.engine.contract.upscaling import SIDES
from core.engine.diffusion.picture_inputs.masks import filled
from core.engine.diffusion.picture_inputs.resizing import LANCZOS
from core.engine.diffusion.upscale.kept_tiles import KeptTiles
from core.engine.diffusion.upscale.tile_plan import MARGIN, Side, Span
from core.engine.diffusion.upscale.upscaler import Upscaler
from core.system.errors import WorldError

PixelRows = NDArray[np.uint8]
REACH = 3  # places that Lanczos looks aside, in pixels of the source
_STRIP = 64  # rows that are rounded at once
_VERSION = "1"  # raised where tiles come out otherwise


@dataclass(frozen=True, slots=True)
class TileDone:
    """Tile `tile` of `tiles` was made in so many `seconds`; nothing is said of those that were
    kept."""

    tile: int
    tiles: int
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Enlarging:
    """`size` is that of the result, (width, height); `joined` the directions in which opposite
    edges belong together, "x", "y", both or none. `folder` keeps finished tiles ("": nowhere), for
    a picture that `made_by` the same. `beat` may raise to cancel."""

    size: tuple[int, int]
    upscaler: Upscaler | None
    joined: str = ""
    folder: str = ""
    made_by: str = ""
    side: int = SIDES[0]
    beat: Callable[[], None] = field(default=lambda: None)
    told: Callable[[TileDone], None] = field(default=lambda _: None)

    def enlarged(self, pixels: PixelRows, alpha: PixelRows | None = None) -> PixelRows:
        """(h, w, 3), with `alpha` (h, w) where places are transparent, at the size asked for:
        (height, width, 3). Places that nobody sees get colours of those beside them. Grey stays
        grey. Raises RuntimeError or MemoryError where memory runs out, WorldError where a tile is
        no numbers."""
        if alpha is not None:
            pixels = filled(pixels, np.where(alpha == 0, np.uint8(255), np.uint8(0)))
        is_grey = bool((pixels[..., :1] == pixels).all())
        if self.upscaler is None:
            began = time.monotonic()
            result = self.resized(pixels)
            self.told(TileDone(1, 1, time.monotonic() - began))
        else:
            result = self._by_tiles(pixels, self.upscaler)
        return _without_colour(result) if is_grey and self.upscaler is not None else result

    def resized(self, pixels: PixelRows) -> PixelRows:
        """(h, w) or (h, w, 3) by Lanczos."""
        height, width = pixels.shape[:2]
        left, top = (REACH if way in self.joined else 0 for way in "xy")
        around = [(top, top), (left, left), (0, 0)][: pixels.ndim]
        image = Image.fromarray(np.pad(pixels, around, mode="wrap"))
        return np.asarray(image.resize(self.size, LANCZOS, (left, top, left + width, top + height)))

    def _by_tiles(self, pixels: PixelRows, upscaler: Upscaler) -> PixelRows:
        height, width = pixels.shape[:2]
        across = Side(width, self.size[0], self.side)
        down = Side(height, self.size[1], self.side)
        columns, rows = across.spans(), down.spans()
        kept = KeptTiles(self.folder, self._mark(pixels, upscaler))
        result = np.empty((self.size[1], self.size[0], 3), np.uint8)
        begun = _Rows(result)
        count = len(columns) * len(rows)
        with upscaler.heard(self.beat):
            for nth, row in enumerate(rows):
                for number, column in enumerate(columns, nth * len(columns)):
                    began = time.monotonic()
                    shape = (row.last - row.first, column.last - column.first, 3)
                    tile = kept.load(number, shape)
                    is_new = tile is None
                    if tile is None:
                        tile = self._tile(pixels, row, column, upscaler)
                        kept.save(number, tile)
                    weights = down.weights(row)[:, None] * across.weights(column)
                    begun.lay(tile, weights, (row.first, column.first))
                    if is_new:
                        self.told(TileDone(number + 1, count, time.monotonic() - began))
                begun.finish(rows[nth + 1].first if nth + 1 < len(rows) else len(result))
        return result

    def _tile(self, pixels: PixelRows, row: Span, column: Span, upscaler: Upscaler) -> PixelRows:
        """A tile's places of the result."""
        multiple = upscaler.shape.unshuffle
        places = [
            _seen(span, pixels.shape[axis], multiple, joined=way in self.joined)
            for axis, (span, way) in enumerate(((row, "y"), (column, "x")))
        ]
        part = pixels[np.ix_(*places)]
        made = _through(part, upscaler)
        scale = upscaler.shape.scale
        size = (column.last - column.first, row.last - row.first)
        ratios = (self.size[0] / pixels.shape[1], self.size[1] / pixels.shape[0])
        box = [
            (edge / ratio - span.start + MARGIN) * scale
            for edges in ((column.first, row.first), (column.last, row.last))
            for edge, ratio, span in zip(edges, ratios, (column, row), strict=True)
        ]
        return np.asarray(Image.fromarray(made).resize(size, LANCZOS, tuple(box)))

    def _mark(self, pixels: PixelRows, upscaler: Upscaler) -> str:
        """Of what its tiles are made, and how."""
        digest = hashlib.sha256(pixels.tobytes()).hexdigest()
        parts = (_VERSION, digest, self.size, self.side, self.joined, upscaler.shape, self.made_by)
        return "|".join(str(part) for part in parts)


class _Rows:
    """The rows of `result` that tiles are being laid on, in floats."""

    def __init__(self, result: PixelRows) -> None:
        self._result = result
        self._first = 0  # row that is not finished
        self._sums = np.zeros((0, result.shape[1], 3), np.float32)
        self._weights = np.zeros((0, result.shape[1], 1), np.float32)

    def lay(self, tile: PixelRows, weights: NDArray[np.float32], at: tuple[int, int]) -> None:
        """A tile (h, w, 3) whose places count by `weights` (h, w), at (row, column)."""
        top = at[0] - self._first
        bottom = top + len(tile)
        if bottom > len(self._sums):
            more = ((0, bottom - len(self._sums)), (0, 0), (0, 0))
            self._sums = np.pad(self._sums, more)
            self._weights = np.pad(self._weights, more)
        place = np.s_[top:bottom, at[1] : at[1] + tile.shape[1]]
        self._sums[place] += tile * weights[..., None]
        self._weights[place] += weights[..., None]

    def finish(self, until: int) -> None:
        """Nothing more comes before the row `until`."""
        count = until - self._first
        for at in range(0, count, _STRIP):
            strip = np.s_[at : min(at + _STRIP, count)]
            mean = self._sums[strip] / self._weights[strip]
            self._result[self._first + at : self._first + at + len(mean)] = np.rint(mean)
        self._sums = self._sums[count:].copy()
        self._weights = self._weights[count:].copy()
        self._first = until


def _seen(span: Span, length: int, multiple: int, *, joined: bool) -> NDArray[np.intp]:
    """The places of the source that a tile sees: with its margin, so many that they are a multiple;
    beyond an edge comes the other one where they are `joined`, else what lies before it, mirrored.
    """
    count = span.stop - span.start + 2 * MARGIN
    places = np.arange(-(-count // multiple) * multiple) + span.start - MARGIN
    return places % length if joined else _mirrored(places, length)


def _mirrored(places: NDArray[np.intp], length: int) -> NDArray[np.intp]:
    if length == 1:
        return np.zeros_like(places)
    period = 2 * (length - 1)
    return (length - 1) - np.abs(places % period - (length - 1))


def _through(part: PixelRows, upscaler: Upscaler) -> PixelRows:
    """(h, w, 3) through the network: sides `scale` times as long. One that is made for grey is
    handed each colour by itself. Raises WorldError where what comes out are no numbers."""
    x = torch.from_numpy(np.ascontiguousarray(part)).permute(2, 0, 1)[None].float() / 255
    if upscaler.shape.channels == 1:
        x = x.transpose(0, 1)
    made = upscaler.run(x).float()
    if not made.isfinite().all():
        raise WorldError(
            "What the upscaler makes of the picture are no numbers.",
            "Get a new copy of its file, or choose another upscaler.",
        )
    made = made.clamp_(0, 1).mul_(255).round_().byte().cpu()
    if upscaler.shape.channels == 1:
        made = made.transpose(0, 1)
    return made[0].permute(1, 2, 0).contiguous().numpy()


def _without_colour(pixels: PixelRows) -> PixelRows:
    """(h, w, 3) with the mean of its three colours, as a picture of grey had it before."""
    grey = np.rint(pixels.mean(axis=-1, dtype=np.float32)).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=-1)
