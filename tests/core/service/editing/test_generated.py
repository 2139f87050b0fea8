"""What a model made is said of a picture that is saved, and of one that was painted by hand it is
not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from core.metadata.recipes import read_file
from core.service.editing.candidates import accepted
from core.service.editing.generated import is_generated
from core.service.editing.opening import (
    NewDocument,
    document_from_file,
    document_from_pixels,
    with_layer_of,
)
from core.service.editing.openraster_reading import read_openraster
from core.service.editing.openraster_writing import write_openraster
from core.service.editing.rasters import picture_of, rows_of
from core.service.editing.saving import save_in_gallery
from core.service.stores import Stores
from core.store.sources.opening import open_start_picture
from core.values.editing.document import Document
from core.values.editing.record import Candidate, CandidateState
from core.values.picture import SourceType
from core.values.request import Request
from tests.core.service.editing.pictures import in_gallery, opaque, png

PARTS, WHOLE = SourceType.COMPOSITE, SourceType.GENERATED
MARK = "digitalsourcetype/{}<"


def said(path: str | Path) -> tuple[str, bool]:
    """The mark in a picture's file, and whether it carries what programs take for one."""
    with Image.open(path) as image:
        xmp = str(image.info.get("XML:com.adobe.xmp", ""))
        kinds = [kind for kind in (WHOLE, PARTS) if MARK.format(kind) in xmp]
        return "".join(kinds), "parameters" in image.info


def saved(stores: Stores, new: NewDocument, document: Document | None = None) -> str:
    """The file that a document is saved as."""
    state = document or new.document
    return save_in_gallery(stores, new.record, state, new.tiles.__getitem__).path


def test_what_is_painted_by_hand_is_not_marked_nor_when_it_is_opened_again(
    stores: Stores, tmp_path: Path
) -> None:
    sheet = document_from_pixels(picture_of(opaque(40, 30)), "Untitled", Request("a house"))
    path = saved(stores, sheet)
    assert said(path) == ("", False)
    recipe = read_file(Path(path)).recipe
    assert recipe is not None and recipe.request.prompt == "a house"
    again = document_from_file(stores, Path(path), Request())
    assert not again.document.shows_generated and said(saved(stores, again)) == ("", False)
    photo = document_from_file(stores, png(tmp_path / "photo.png", opaque(40, 30, 2)), Request())
    webp = save_in_gallery(
        stores, photo.record, photo.document, photo.tiles.__getitem__, "webp"
    ).path
    with Image.open(webp) as image:
        assert "xmp" not in image.info and image.getexif().get_ifd(0x8769).keys() == {0x927C}


def test_a_generated_picture_is_one_until_anything_is_done_to_it(
    stores: Stores, tmp_path: Path
) -> None:
    made = in_gallery(stores, opaque(40, 30), Request("a red house", seed=3))
    new = document_from_file(stores, Path(made.path), Request())
    assert said(saved(stores, new)) == (WHOLE, True)
    dot = open_start_picture(png(tmp_path / "dot.png", opaque(8, 8, 5)))
    changed, tiles = with_layer_of(new.document, dot, "Dot")
    both = replace(new, tiles=new.tiles | tiles)
    path = saved(stores, both, changed)
    assert said(path) == (PARTS, True)
    assert said(saved(stores, document_from_file(stores, Path(path), Request()))) == (PARTS, True)
    hand = replace(changed, layers=changed.layers[1:], active_layer=changed.layers[1].id)
    assert said(saved(stores, both, hand)) == ("", False), "nothing of it is left"
    hidden = changed.with_layer(replace(changed.layers[0], visible=False))
    assert said(saved(stores, both, hidden)) == ("", False)
    assert is_generated(stores, picture_of(opaque(40, 30))), "pasted, it is known by its pixels"


@pytest.mark.parametrize("into", [0, 1])
def test_an_accepted_result_makes_parts_of_it_generated(stores: Stores, into: int) -> None:
    sheet = document_from_pixels(picture_of(opaque(40, 30)), "Untitled", Request())
    result = in_gallery(stores, opaque(40, 30, 7), Request("a fox", document=sheet.record.id))
    tile = sheet.tiles.__getitem__
    changed, tiles = accepted(stores, sheet.document, tile, result, (0, 0, 30, 40), into=into)
    both = replace(sheet, tiles=sheet.tiles | tiles)
    assert said(saved(stores, both, changed))[0] == WHOLE, "covered whole, it is the result"
    aside = changed.with_layer(replace(changed.layers[-1], left=10))
    assert said(saved(stores, both, aside))[0] == PARTS
    assert said(saved(stores, both)) == ("", False), "undone"


def test_layers_keep_it_in_an_openraster_file(stores: Stores, tmp_path: Path) -> None:
    made = in_gallery(stores, opaque(40, 30), Request("a red house", seed=3))
    new = document_from_file(stores, Path(made.path), Request())
    dot = open_start_picture(png(tmp_path / "dot.png", opaque(8, 8, 5)))
    changed, tiles = with_layer_of(new.document, dot, "Dot")
    write_openraster(tmp_path / "x.ora", changed, (new.tiles | tiles).__getitem__)
    layers = read_openraster(tmp_path / "x.ora").document.layers
    assert [layer.generated for layer in layers] == [True, False]


def test_of_a_document_from_before_it_is_known_by_where_it_came_from(stores: Stores) -> None:
    rows = rows_of(picture_of(opaque(40, 30)))
    new = document_from_pixels(picture_of(rows), "Old", Request())
    old = replace(new.record, tells_generated=False)
    assert said(saved(stores, replace(new, record=old))) == ("", False)
    origin = replace(old.origin, picture_sha256="a" * 64)
    assert said(saved(stores, replace(new, record=replace(old, origin=origin))))[0] == PARTS
    taken = Candidate(1, "b" * 64, (0, 0, 30, 40), CandidateState.ACCEPTED)
    assert said(saved(stores, replace(new, record=replace(old, candidates=(taken,)))))[0] == PARTS
