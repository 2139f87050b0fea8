"""Between pixels in rows and the tiles of a document."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from core.store.sources.opened_picture import OpenedPicture
from core.values.editing.document import Box
from core.values.editing.raster import CLEAR, TILE, PixelKind, Raster, tile_name

Rows = NDArray[np.uint8]  # (h, w, 4), straight alpha, or (h, w) of a mask
TileReader = Callable[[str], bytes]  # a tile's bytes by its name; raises WorldError
_OPAQUE = 255


def rows_of(picture: OpenedPicture) -> Rows:
    """(h, w, 4) of a picture in RGB or RGBA, (h, w) of a mask."""
    shape = (picture.height, picture.width)
    data = np.frombuffer(picture.data, np.uint8)
    match picture.mode:
        case "L":
            return data.reshape(shape)
        case "RGBA":
            return data.reshape(*shape, 4)
        case _:
            rows = np.full((*shape, 4), _OPAQUE, np.uint8)
            rows[..., :3] = data.reshape(*shape, 3)
            return rows


def picture_of(rows: Rows) -> OpenedPicture:
    """The reverse. Where nothing can be seen through it is in RGB, so that equal pixels have the
    name that a file of them has."""
    height, width = rows.shape[:2]
    if rows.ndim == 2:
        return OpenedPicture(width, height, "L", rows.tobytes())
    if (rows[..., 3] == _OPAQUE).all():
        return OpenedPicture(width, height, "RGB", rows[..., :3].tobytes())
    return OpenedPicture(width, height, "RGBA", rows.tobytes())


def in_tiles(rows: Rows) -> tuple[Raster, dict[str, bytes]]:
    """A raster of these pixels, and its tiles by their names."""
    kind = PixelKind.GREY if rows.ndim == 2 else PixelKind.RGBA
    height, width = rows.shape[:2]
    tiles: dict[str, bytes] = {}
    names: list[str] = []
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            whole = np.zeros((TILE, TILE, *rows.shape[2:]), np.uint8)
            part = rows[top : top + TILE, left : left + TILE]
            whole[: part.shape[0], : part.shape[1]] = part
            data = whole.tobytes()
            names.append(name := tile_name(data))
            if name != CLEAR:
                tiles[name] = data
    return Raster(kind, width, height, tuple(names)), tiles


def pixels_in(raster: Raster, tile: TileReader, box: Box | None = None) -> Rows:
    """The pixels of a part of a raster, which may reach beyond it: what lies there is clear."""
    left, top, width, height = box or (0, 0, raster.width, raster.height)
    channels = raster.kind.pixel_bytes
    rows = np.zeros((height, width, channels), np.uint8)
    for column, row, name in tiles_in(raster, (left, top, width, height)):
        data = np.frombuffer(tile(name), np.uint8).reshape(TILE, TILE, channels)
        x, y = column * TILE, row * TILE
        from_x, to_x = max(left, x), min(left + width, x + TILE, raster.width)
        from_y, to_y = max(top, y), min(top + height, y + TILE, raster.height)
        if from_x >= to_x or from_y >= to_y:
            continue  # within the last tile, and beyond the raster
        rows[from_y - top : to_y - top, from_x - left : to_x - left] = data[
            from_y - y : to_y - y, from_x - x : to_x - x
        ]
    return rows if channels == 4 else rows[..., 0]


def tiles_in(raster: Raster, box: Box) -> Iterator[tuple[int, int, str]]:
    """Column, row and name of the tiles of a part that are not clear."""
    left, top, width, height = box
    columns = range(max(left // TILE, 0), min(-(-(left + width) // TILE), raster.columns))
    for row in range(max(top // TILE, 0), min(-(-(top + height) // TILE), raster.rows)):
        for column in columns:
            if (name := raster.tile(column, row)) != CLEAR:
                yield column, row, name


def small_rows(raster: Raster, tile: TileReader, side: int) -> Rows:
    """Every so many-eth pixel, (h, w, 4) or (h, w), at most `side` a side: for a thumbnail. Raises
    WorldError where a tile cannot be read."""
    step = max(1, -(-max(raster.width, raster.height) // side))
    channels = raster.kind.pixel_bytes
    height, width = -(-raster.height // step), -(-raster.width // step)
    rows = np.zeros((height, width, channels), np.uint8)
    for column, line, name in raster.places():
        left, top = -(-column * TILE // step), -(-line * TILE // step)
        pixels = np.frombuffer(tile(name), np.uint8).reshape(TILE, TILE, channels)
        part = pixels[top * step - line * TILE :: step, left * step - column * TILE :: step]
        part = part[: height - top, : width - left]
        rows[top : top + part.shape[0], left : left + part.shape[1]] = part
    return rows if channels > 1 else rows[..., 0]
