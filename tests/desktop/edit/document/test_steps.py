from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.service.editing.flattening import flattened_rows
from core.service.editing.rasters import pixels_in
from core.system.errors import WorldError
from core.values.editing.document import MAX_MASKS, Document
from core.values.editing.document_limits import check_document
from desktop.edit.document import filling, layer_steps, mask_steps, selection, sheet_steps
from desktop.edit.document.mask_steps import Combine
from desktop.edit.document.painting import Target, grown_layer
from desktop.edit.pixels.flood import flooded
from desktop.edit.pixels.mask_shapes import dilated, eroded
from tests.desktop.edit.documents import document_from, noise


class Sheet:
    """A document and its tiles; each change is checked as if it came from a file."""

    def __init__(self, width: int = 330, height: int = 270) -> None:
        self.pixels = noise(width, height)
        self.document, self.tiles = document_from(self.pixels)

    def read(self, name: str) -> bytes:
        return self.tiles[name]

    def take(self, change: tuple[Document, dict[str, bytes]] | Document) -> Document:
        document, tiles = change if isinstance(change, tuple) else (change, {})
        check_document(document)
        assert set(tiles) <= document.tile_names()
        self.tiles |= tiles
        self.document = document
        return document

    def seen(self) -> np.ndarray:
        return flattened_rows(self.document, self.read)

    def mask(self) -> np.ndarray:
        return mask_steps.mask_pixels(self.document, self.read)


def test_selections_combine() -> None:
    sheet = Sheet()
    sheet.take(mask_steps.with_box(sheet.document, sheet.read, (10, 10, 100, 80), Combine.ADD))
    assert sheet.mask().sum() == 255 * 8000
    for how, pixels in (
        (Combine.ADD, 8000 + 8000 - 50 * 40),
        (Combine.SUBTRACT, 8000 - 50 * 40),
        (Combine.INTERSECT, 50 * 40),
        (Combine.REPLACE, 8000),
    ):
        box = (60, 50, 100, 80)
        changed, tiles = mask_steps.with_box(sheet.document, sheet.read, box, how)
        shown = pixels_in(changed.masks[0].raster, (sheet.tiles | tiles).__getitem__)
        assert (shown == 255).sum() == pixels, how
    outside = mask_steps.with_box(sheet.document, sheet.read, (900, 900, 9, 9), Combine.ADD)
    assert outside[0] == sheet.document
    sheet.take(mask_steps.inverted(sheet.document, sheet.read))
    assert (sheet.mask() == 255).sum() == 330 * 270 - 8000
    box = mask_steps.ninth(sheet.document, 2, 0)
    assert box == (220, 0, 110, 90)
    sheet.take(mask_steps.cleared(sheet.document))
    assert not sheet.mask().any()


def test_masks_grow_and_shrink_nearly_round() -> None:
    pixels = np.zeros((101, 101), np.uint8)
    pixels[50, 50] = 255
    grown = dilated(pixels, 20)
    y, x = np.nonzero(grown)
    distance = np.hypot(x - 50, y - 50)
    assert (
        distance.max() <= 20 * 1.1
        and (np.hypot(*np.mgrid[-50:51, -50:51]) <= 19)[grown == 0].sum() == 0
    )
    assert (eroded(grown, 20) > 0).sum() == 1
    full = np.full((40, 40), 255, np.uint8)
    assert (eroded(full, 5) == 255).all()  # an edge of the sheet is none of the mask's
    sheet = Sheet()
    sheet.take(mask_steps.with_box(sheet.document, sheet.read, (100, 100, 60, 60), Combine.ADD))
    sheet.take(mask_steps.feathered(sheet.document, sheet.read, 6))
    assert 100 < sheet.mask()[130, 100] < 155 and sheet.mask()[130, 130] == 255


def test_masks_are_named_and_numbered_within_limits() -> None:
    sheet = Sheet(40, 40)
    for _ in range(MAX_MASKS):
        sheet.take(mask_steps.with_new_mask(sheet.document))
    with pytest.raises(WorldError, match="no room for another mask"):
        mask_steps.with_new_mask(sheet.document)
    last = sheet.document.active_mask
    sheet.take(mask_steps.mask_renamed(sheet.document, last, "  Sky "))
    assert sheet.document.masks[-1].name == "Sky"
    sheet.take(mask_steps.without_mask(sheet.document, last))
    assert sheet.document.active_mask == sheet.document.masks[-1].id
    sheet.take(mask_steps.mask_duplicated(sheet.document))
    assert sheet.document.masks[-1].name == "Mask 49 copy"


def test_selected_by_colour_and_alpha() -> None:
    sheet = Sheet()
    red, green, blue = (int(one) for one in sheet.pixels[7, 9, :3])
    sheet.take(
        mask_steps.by_colour(sheet.document, sheet.read, (red, green, blue), 10, Combine.REPLACE)
    )
    near = np.abs(sheet.pixels[..., :3].astype(int) - (red, green, blue)).max(axis=2) <= 10
    assert np.array_equal(sheet.mask() == 255, near) and near[7, 9]
    layer = np.zeros((50, 60, 4), np.uint8)
    layer[10:20, 10:30] = (1, 2, 3, 77)
    sheet.take(layer_steps.with_picture_layer(sheet.document, layer, "A", -5, 100))
    sheet.take(mask_steps.from_alpha(sheet.document, sheet.read, Combine.REPLACE))
    assert sheet.mask()[110:120, 5:25].min() == 77 and sheet.mask().sum() == 77 * 200


def test_a_flood_reaches_what_hangs_together() -> None:
    alike = np.random.default_rng(3).random((60, 80)) < 0.62
    alike[30, 40] = True
    reached = np.zeros_like(alike)
    waiting = [(30, 40)]
    while waiting:
        y, x = waiting.pop()
        if 0 <= y < 60 and 0 <= x < 80 and alike[y, x] and not reached[y, x]:
            reached[y, x] = True
            waiting += [(y, x + 1), (y, x - 1), (y + 1, x), (y - 1, x)]
    assert np.array_equal(flooded(alike, 40, 30), reached)
    assert not flooded(np.zeros((4, 4), np.bool_), 1, 1).any()


def test_fill_and_gradient_keep_to_what_is_selected() -> None:
    sheet = Sheet()
    sheet.take(mask_steps.with_box(sheet.document, sheet.read, (0, 0, 165, 270), Combine.ADD))
    fill = filling.Fill((9, 8, 7), tolerance=255, contiguous=False)
    change = filling.filled(
        sheet.document, sheet.read, (4, 4), target=Target.LAYER, fill=fill, within=True
    )
    sheet.take(change)
    assert (sheet.seen()[:, :165] == (9, 8, 7, 255)).all()
    assert np.array_equal(sheet.seen()[:, 165:], sheet.pixels[:, 165:])
    sheet.take(
        filling.gradient(
            sheet.document,
            sheet.read,
            ((0, 0), (330, 0)),
            target=Target.LAYER,
            colours=((0, 0, 0), (255, 255, 255)),
            opacity=1.0,
            within=False,
        )
    )
    row = sheet.seen()[100, :, 0].astype(int)
    assert row[0] == 0 and row[-1] == 255 and (np.diff(row) >= 0).all()
    sheet.take(layer_steps.with_locked(sheet.document, 1, True))
    with pytest.raises(WorldError, match="locked"):
        filling.filled(
            sheet.document, sheet.read, (4, 4), target=Target.LAYER, fill=fill, within=True
        )


def test_turns_and_flips_lose_nothing() -> None:
    sheet = Sheet()
    sheet.take(layer_steps.with_picture_layer(sheet.document, noise(50, 30, 2), "B", 300, -10))
    sheet.take(mask_steps.with_box(sheet.document, sheet.read, (5, 7, 20, 30), Combine.ADD))
    sheet.take(replace(sheet.document, frame=(8, 16, 64, 128)))
    before, mask = sheet.seen(), sheet.mask()
    sheet.take(sheet_steps.turned(sheet.document, sheet.read, 1))
    assert np.array_equal(sheet.seen(), np.rot90(before, -1))
    assert np.array_equal(sheet.mask(), np.rot90(mask, -1))
    assert sheet.document.frame == (270 - 16 - 128, 8, 128, 64)
    sheet.take(sheet_steps.turned(sheet.document, sheet.read, 3))
    assert np.array_equal(sheet.seen(), before) and sheet.document.frame == (8, 16, 64, 128)
    sheet.take(sheet_steps.flipped(sheet.document, sheet.read))
    assert np.array_equal(sheet.seen(), before[:, ::-1])
    sheet.take(sheet_steps.flipped(sheet.document, sheet.read, upside_down=True))
    assert np.array_equal(sheet.seen(), before[::-1, ::-1])
    upper = sheet.document.layers[1]
    sheet.take(sheet_steps.layer_turned(sheet.document, sheet.read, 2))
    turned = sheet.document.layers[1]
    assert (turned.left, turned.top) == (upper.left, upper.top)
    sheet.take(sheet_steps.layer_turned(sheet.document, sheet.read, 2))
    assert np.array_equal(sheet.seen(), before[::-1, ::-1])


def test_crop_resize_and_straighten() -> None:
    sheet = Sheet()
    before = sheet.seen()
    sheet.take(replace(sheet.document, frame=(40, 40, 64, 64)))
    sheet.take(sheet_steps.cropped(sheet.document, sheet.read, (-10, 20, 100, 90)))
    assert sheet.document.frame == (50, 20, 50, 64)  # the rest of it was cropped off
    assert np.array_equal(sheet.seen()[:, 10:], before[20:110, :90])
    assert not sheet.seen()[:, :10].any()
    sheet.take(sheet_steps.cropped(sheet.document, sheet.read, (10, -20, 330, 270)))
    assert np.array_equal(sheet.seen(), before)  # layers stayed whole
    for frame, left in (((-30, 40, 130, 50), (0, 30, 80, 50)), ((-9, 0, 999, 200), None)):
        document = replace(sheet.document, frame=frame)
        cropped, _ = sheet_steps.cropped(document, sheet.read, (20, 10, 200, 120))
        assert cropped.frame == left, "what was cropped is not asked for again"
    sheet.take(sheet_steps.resized(sheet.document, sheet.read, 165, 540))
    assert sheet.seen().shape == (540, 165, 4) and (sheet.seen()[..., 3] == 255).all()
    sheet.take(sheet_steps.straightened(sheet.document, sheet.read, 7.0))
    assert (sheet.seen()[..., 3] == 255).all()  # no empty corner
    assert sheet.document.height / sheet.document.width == pytest.approx(540 / 165, rel=0.02)
    for size in ((0, 5), (8193, 5), (8192, 8193)):
        with pytest.raises(WorldError, match="can have"):
            sheet_steps.resized(sheet.document, sheet.read, *size)


def test_layers_are_ordered_and_merged_as_they_look() -> None:
    sheet = Sheet()
    half = noise(120, 100, 4, opaque=False)
    sheet.take(layer_steps.with_picture_layer(sheet.document, half, "Half", -20, 50))
    sheet.take(layer_steps.with_opacity(sheet.document, 0.4))
    sheet.take(layer_steps.duplicated(sheet.document))
    assert [layer.name for layer in sheet.document.layers] == ["Picture", "Half", "Half copy"]
    sheet.take(layer_steps.without_layer(sheet.document))
    assert [layer.id for layer in sheet.document.layers] == [1, sheet.document.active_layer]
    before = sheet.seen()
    sheet.take(layer_steps.merged_down(sheet.document, sheet.read))
    assert np.array_equal(sheet.seen(), before) and len(sheet.document.layers) == 1
    with pytest.raises(WorldError, match="no layer below"):
        layer_steps.merged_down(sheet.document, sheet.read)
    with pytest.raises(WorldError, match="at least one layer"):
        layer_steps.without_layer(sheet.document)
    sheet.take(layer_steps.with_paint_layer(sheet.document))
    sheet.take(layer_steps.raised(sheet.document, -5))
    assert sheet.document.layers[0].id == sheet.document.active_layer


def test_what_is_selected_is_cut_and_pasted_where_it_was() -> None:
    sheet = Sheet()
    sheet.take(mask_steps.with_box(sheet.document, sheet.read, (33, 44, 55, 66), Combine.ADD))
    pixels, box = selection.copied(sheet.document, sheet.read)
    assert box == (33, 44, 55, 66)
    assert np.array_equal(pixels, sheet.pixels[44:110, 33:88])
    sheet.take(selection.cut(sheet.document, sheet.read))
    assert not sheet.seen()[44:110, 33:88].any()
    assert np.array_equal(sheet.seen()[110:], sheet.pixels[110:])
    with pytest.raises(WorldError, match="nothing to copy"):
        selection.copied(sheet.document, sheet.read)
    sheet.take(selection.pasted(sheet.document, pixels, box, generated=True))
    assert np.array_equal(sheet.seen(), sheet.pixels)
    below, above = sheet.document.layers
    assert (below.generated, above.generated, sheet.document.shows_generated) == (False, True, True)
    sheet.take(layer_steps.merged_down(sheet.document, sheet.read))
    assert sheet.document.layers[0].generated, "parts of what was merged are"


def test_layers_stay_within_what_a_document_can_keep() -> None:
    sheet = Sheet(300, 40)
    with pytest.raises(WorldError, match="can have 8200 x 1"):
        wide = np.zeros((1, 8200, 4), np.uint8)
        layer_steps.with_picture_layer(sheet.document, wide, "Wide", 0, 0)
    sheet.take(layer_steps.moved(sheet.document, 9000, 0))
    with pytest.raises(WorldError, match="too far beside"):
        grown_layer(sheet.document.layers[0], (0, 0, 300, 40))
