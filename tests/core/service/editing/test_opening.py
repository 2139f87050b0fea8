"""A picture becomes a document with its recipe in the form, and what its file does later is
noticed."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.prompt.expand import expand
from core.service.editing.flattening import flattened_rows
from core.service.editing.opening import (
    document_from_file,
    document_from_pixels,
    newer_version,
    with_newer_version,
)
from core.service.editing.rasters import picture_of, pixels_in, rows_of
from core.service.stores import Stores
from core.store.sources.opened_picture import OpenedPicture
from core.system.errors import WorldError
from core.values.editing.document import MAX_SIDE
from core.values.request import Request
from core.values.request_parts.chosen_style import ChosenStyle
from core.values.request_parts.hires import Hires
from core.values.request_parts.start_picture import StartPicture
from tests.core.service.editing.pictures import Sheet, in_gallery, noise, opaque, png

CREATE = Request(
    "what Create holds",
    seed=7,
    start=StartPicture(source="a" * 64, strength=0.4),
    hires=Hires("by_hand"),
    parent="b" * 64,
)


def test_a_photo_begins_with_what_create_holds(stores: Stores, tmp_path: Path) -> None:
    rows = opaque(300, 200)
    path = png(tmp_path / "my photo.png", rows)
    new = document_from_file(stores, path, CREATE)
    assert (flattened_rows(new.document, new.tiles.__getitem__) == rows).all()
    request = new.record.request
    assert (request.prompt, request.start.strength) == ("what Create holds", 0.4)
    assert (request.seed, request.start.source, request.parent) == (None, "", "")
    assert request.hires == Hires() and new.record.title == "my photo.png" and new.notes == ()
    assert new.record.origin.path == str(path) and new.record.origin.picture_sha256 == ""
    stores.documents.create(new.record, new.document, new.tiles)
    assert stores.documents.load(new.record.id).document == new.document


def test_a_picture_of_ours_brings_its_recipe_and_is_known(stores: Stores) -> None:
    asked = Request("a red house", seed=5, steps=9, width=256, height=256, document="c" * 32)
    picture = in_gallery(stores, opaque(256, 256), asked)
    new = document_from_file(stores, Path(picture.path), CREATE)
    request = new.record.request
    assert (request.prompt, request.steps, request.seed) == ("a red house", 9, None)
    assert request.document == "" and new.record.origin.picture_sha256 == picture.sha256
    ink = ChosenStyle("Ink", "{prompt}, in ink")
    (styled,) = expand(replace(asked, styles=(ink,)).check())
    picture = in_gallery(stores, opaque(256, 256), styled)
    request = document_from_file(stores, Path(picture.path), CREATE).record.request
    assert (request.prompt, request.styles, request.template) == ("a red house", (ink,), "")


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "I;16"])
def test_any_mode_of_file_opens(stores: Stores, tmp_path: Path, mode: str) -> None:
    rows = noise(20, 30)
    image = Image.fromarray(rows)
    image = Image.fromarray(rows.view("<u2")[..., 0]) if mode == "I;16" else image.convert(mode)
    image.save(tmp_path / "x.png")
    new = document_from_file(stores, tmp_path / "x.png", CREATE)
    assert (new.document.width, new.document.height) == (30, 20)
    seen = flattened_rows(new.document, new.tiles.__getitem__)
    assert (seen[..., 3] < 255).any() == (mode in ("RGBA", "P"))


def test_what_is_too_large_or_no_picture_is_one_sentence(stores: Stores, tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="at most 8192 a side"):
        document_from_pixels(OpenedPicture(MAX_SIDE + 1, 1, "L", bytes(MAX_SIDE + 1)), "x", CREATE)
    (tmp_path / "x.png").write_bytes(b"no picture")
    for name in ("x.png", "gone.png", "."):
        with pytest.raises(WorldError):
            document_from_file(stores, tmp_path / name, CREATE)


def test_the_files_newer_version_is_noticed_and_taken(stores: Stores, tmp_path: Path) -> None:
    path = png(tmp_path / "x.png", opaque(300, 200))
    new = document_from_file(stores, path, CREATE)
    assert not newer_version(new.record)
    data = path.read_bytes()
    os.utime(path, (0, 0))
    assert not newer_version(new.record), "the same bytes at another time"
    path.unlink()
    assert not newer_version(new.record), "gone"
    later = opaque(260, 400, seed=9)
    png(path, later)
    assert newer_version(new.record) and path.read_bytes() != data
    sheet = Sheet(rows_of(picture_of(opaque(300, 200))))
    sheet.add(opaque(10, 10, seed=4), left=5, top=6)
    sheet.select(np.full((300, 200), 200, np.uint8))
    taken = with_newer_version(stores, new.record, sheet.document, sheet.tile)
    tiles = sheet.tiles | taken.tiles
    seen = flattened_rows(taken.document, tiles.__getitem__)
    assert (taken.document.width, taken.document.height) == (400, 260)
    assert (seen[20:] == later[20:]).all() and (seen[6:16, 5:15] != later[6:16, 5:15]).any()
    mask = taken.document.mask()
    assert mask is not None
    greys = pixels_in(mask.raster, tiles.__getitem__)
    assert (greys[:, :200] == 200).all() and not greys[:, 200:].any()
    assert not newer_version(taken.record)
    without = replace(sheet.document, layers=sheet.document.layers[1:], active_layer=2)
    again = with_newer_version(stores, new.record, without, sheet.tile)
    assert [layer.id for layer in again.document.layers] == [without.next_id, 2]
