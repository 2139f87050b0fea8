"""Pixels survive tiles and layers: what is opaque bit for bit, the rest as the equation has it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.service.editing.flattening import flattened, flattened_rows, lay_over
from core.service.editing.rasters import in_tiles, picture_of, pixels_in, rows_of
from core.service.editing.sizing import on_canvas
from core.store.sources.opened_picture import OpenedPicture
from core.system.errors import WorldError
from core.values.editing.raster import CLEAR, TILE
from tests.core.service.editing.pictures import Sheet, noise, opaque


@pytest.mark.parametrize("size", [(1, 1), (TILE, TILE), (TILE + 1, 2 * TILE - 1), (3, 700)])
@pytest.mark.parametrize("channels", [1, 4])
def test_tiles_give_every_pixel_back(size: tuple[int, int], channels: int) -> None:
    rows = noise(*size, channels)
    rows = rows if channels == 4 else rows[..., 0]
    raster, tiles = in_tiles(rows)
    assert (pixels_in(raster, tiles.__getitem__) == rows).all()
    part = pixels_in(raster, tiles.__getitem__, (-2, 1, 5, size[0]))
    assert part.shape[:2] == (size[0], 5) and not part[:, :2].any() and not part[-1].any()
    assert (part[:-1, 2:3] == rows[1:, :1]).all()
    beside = [
        (size[1] + 2, 0, 60, size[0]),
        (0, size[0] + 2, size[1], 60),
        (size[1], size[0], 9, 9),
    ]
    for box in beside:  # beyond it, though within its last tile
        beyond = pixels_in(raster, tiles.__getitem__, box)
        assert beyond.shape[:2] == (box[3], box[2]) and not beyond.any()
    nothing, none = in_tiles(np.zeros_like(rows))
    assert set(nothing.tiles) == {CLEAR} and not none


def test_a_single_layer_comes_out_bit_for_bit_with_the_name_that_its_file_has() -> None:
    rows = opaque(300, 520)
    sheet = Sheet(rows)
    shown = flattened(sheet.document, sheet.tile)
    assert shown == OpenedPicture(520, 300, "RGB", np.ascontiguousarray(rows[..., :3]).tobytes())
    clear = noise(300, 520, seed=3)
    sheet = Sheet(clear)
    seen = flattened_rows(sheet.document, sheet.tile)
    visible = clear[..., 3] > 0
    assert (seen[visible] == clear[visible]).all() and not seen[~visible].any()
    assert picture_of(rows_of(shown)) == shown


@given(st.integers(0, 2**32 - 1), st.sampled_from([1.0, 0.5, 0.004]))
def test_over_is_what_porter_and_duff_say(seed: int, opacity: float) -> None:
    below, above = noise(4, 5, seed=seed), noise(4, 5, seed=seed + 1)
    above[0, :, 3] = (0, 255, 128, 1, 254)
    below[1, :, 3] = (0, 255, 128, 1, 254)
    under, over = below.astype(float) / 255, above.astype(float) / 255
    share = over[..., 3:] * opacity
    alpha = share + under[..., 3:] * (1 - share)
    colour = over[..., :3] * share + under[..., :3] * under[..., 3:] * (1 - share)
    wanted = np.concatenate([colour / np.maximum(alpha, 1e-12), alpha], axis=-1) * 255
    lay_over(below, above, opacity)
    seen = below[..., 3] > 0
    assert np.abs(below[seen] - wanted[seen]).max() <= 0.501


def test_layers_lie_where_they_are_and_hidden_ones_do_not_show() -> None:
    base = opaque(300, 300)
    sheet = Sheet(base)
    part = opaque(40, 300, seed=1)
    sheet.add(part, left=-20, top=250)
    sheet.add(opaque(300, 300, seed=2), visible=False)
    sheet.add(opaque(300, 300, seed=3), opacity=0.0)
    sheet.add(opaque(10, 10, seed=4), left=900)
    wanted = base.copy()
    wanted[250:290, :280] = part[:, 20:]
    assert (flattened_rows(sheet.document, sheet.tile) == wanted).all()
    box = flattened_rows(sheet.document, sheet.tile, (-5, 240, 30, 70))
    assert (box[:60, 5:] == wanted[240:, :25]).all() and not box[60:].any()
    assert (box[10:50, :5] == part[:, 15:20]).all(), "beyond the sheet layers go on"


def test_another_sheet_keeps_every_pixel_where_it_was() -> None:
    sheet = Sheet(opaque(280, 270))
    sheet.select(noise(280, 270, 1)[..., 0])
    sheet.document = sheet.changed(sheet.document, frame=(10, 20, 64, 64))
    before = flattened_rows(sheet.document, sheet.tile)
    larger, tiles = on_canvas(sheet.document, sheet.tile, (-30, -7, 400, 300))
    both = sheet.tiles | tiles
    seen = flattened_rows(larger, both.__getitem__)
    assert (seen[7:287, 30:300] == before).all() and seen[..., 3].sum() == before[..., 3].sum()
    mask, old = larger.mask(), sheet.document.mask()
    assert mask is not None and old is not None and larger.frame == (40, 27, 64, 64)
    moved = pixels_in(mask.raster, both.__getitem__)
    assert moved.shape == (300, 400)
    assert (moved[7:287, 30:300] == pixels_in(old.raster, sheet.tile)).all()
    with pytest.raises(WorldError, match="at most 8192"):
        on_canvas(sheet.document, sheet.tile, (0, 0, 8193, 10))
    back, more = on_canvas(larger, both.__getitem__, (30, 7, 270, 280))
    both |= more
    assert (flattened_rows(back, both.__getitem__) == before).all() and back == sheet.document
