"""What a document hands over is what the engine then renders, and what comes back lies where it was
taken from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.engine.diffusion.picture_inputs.canvas import canvas_of, read_source
from core.engine.diffusion.picture_inputs.frames import frames_of
from core.models.files.families import FAMILIES
from core.service.editing import starting
from core.service.editing.candidates import accepted
from core.service.editing.flattening import flattened_rows
from core.service.editing.rasters import Rows
from core.service.editing.saving import save_in_gallery
from core.service.editing.sizing import on_canvas
from core.service.editing.starting import DocumentStart, rendered_size, start_of
from core.service.stores import Stores
from core.system.errors import InvalidRequest, ModelMissing, WorldError
from core.values.editing.document import Box
from core.values.editing.record import Candidate, CandidateState, DocumentRecord, Origin
from core.values.editing.sheet import UNMOVED, turned
from core.values.job import StartFiles
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture
from tests.core.service.editing.pictures import Sheet, in_gallery, opaque

RECORD = DocumentRecord("d" * 32, "house", 1.0, request=Request("a red house", seed=3))


def with_start(**values: object) -> DocumentRecord:
    start = replace(StartPicture(), **values)  # type: ignore[arg-type]
    return replace(RECORD, request=replace(RECORD.request, start=start))


def canvas_size(stores: Stores, started: DocumentStart) -> tuple[tuple[int, int], list[Box]]:
    """Of the result, and what the engine renders: boxes as left, top, width, height."""
    start, request = started.request.start, started.request
    sources = stores.sources
    mask = str(sources.path_of(start.mask)) if start.mask else ""
    source = read_source(StartFiles(str(sources.path_of(start.source)), mask))
    canvas = canvas_of(source, start, (request.width, request.height))
    frames = frames_of(canvas, start, (request.width, request.height))
    return canvas.size, [(f.box.left, f.box.top, f.box.width, f.box.height) for f in frames]


def selection(height: int, width: int, box: Box) -> Rows:
    rows = np.zeros((height, width), np.uint8)
    rows[box[1] : box[1] + box[3], box[0] : box[0] + box[2]] = 255
    return rows


def test_a_whole_picture_is_rendered_in_its_own_size(stores: Stores) -> None:
    sheet = Sheet(opaque(250, 300))
    started = start_of(stores, with_start(strength=0.3, area="masked"), sheet.document, sheet.tile)
    request = started.request
    assert started.place == (0, 0, 300, 250) and request.document == RECORD.id
    assert (request.width, request.height, request.seed) == (304, 256, None)
    assert (request.start.area, request.start.fit, request.start.strength) == (
        "whole",
        "source",
        0.3,
    )
    assert canvas_size(stores, started)[0] == (300, 250)
    pinned = replace(RECORD, random_seed=False)
    assert start_of(stores, pinned, sheet.document, sheet.tile).request.seed == 3


def test_what_is_too_large_for_the_model_is_rendered_smaller_and_laid_back(stores: Stores) -> None:
    sheet = Sheet(opaque(900, 1200))
    started = start_of(stores, RECORD, sheet.document, sheet.tile)
    request = started.request
    assert request.width * request.height < 900 * 1200 and request.start.fit == "stretch"
    assert request.width % 8 == 0 and abs(request.width / request.height - 4 / 3) < 0.05
    assert canvas_size(stores, started)[0] == (request.width, request.height)
    made = in_gallery(stores, opaque(request.height, request.width, seed=8), request)
    document, tiles = accepted(stores, sheet.document, sheet.tile, made, started.place)
    layer = document.layers[-1]
    assert (layer.left, layer.top, layer.raster.width, layer.raster.height) == (0, 0, 1200, 900)
    assert set(tiles) >= document.tile_names() - sheet.document.tile_names()


@pytest.mark.parametrize("large", [False, True])
def test_a_frame_is_what_the_engine_renders_and_accepting_touches_nothing_else(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    """Of a large document only what lies around the frame is handed over: with the same result."""
    if large:
        monkeypatch.setattr(starting, "LARGE", 100_000)
    sheet = Sheet(opaque(600, 700))
    frame = (200, 160, 128, 192)
    sheet.document = replace(sheet.document, frame=frame)
    started = start_of(stores, RECORD, sheet.document, sheet.tile)
    place = started.place
    assert place == ((136, 96, 256, 320) if large else (0, 0, 700, 600))
    size, boxes = canvas_size(stores, started)
    assert size == (place[2], place[3])
    assert [(left + place[0], top + place[1], w, h) for left, top, w, h in boxes] == [frame]
    request = started.request
    assert request.width * 3 == request.height * 2 and request.width >= 128
    before = flattened_rows(sheet.document, sheet.tile, place)
    result = before.copy()
    inner = (slice(frame[1] - place[1] + 20, frame[1] - place[1] + 190),) * 1
    columns = slice(frame[0] - place[0] + 5, frame[0] - place[0] + 125)
    result[inner[0], columns, :3] ^= 255
    made = in_gallery(stores, result, request)
    for into in (0, 1):
        document, tiles = accepted(stores, sheet.document, sheet.tile, made, place, into=into)
        both = sheet.tiles | tiles
        shown = flattened_rows(document, both.__getitem__, place)
        assert (shown == result).all() and len(document.layers) == 2 - into
        if not into:
            layer = document.layers[-1]
            left, top = layer.left, layer.top
            right, bottom = left + layer.raster.width, top + layer.raster.height
            assert frame[0] - 8 < left <= 205 and frame[1] < top <= 180
            assert 325 <= right < frame[0] + frame[2] + 8 and 350 <= bottom <= 360
            hidden = document.with_layer(replace(layer, visible=False))
            assert (flattened_rows(hidden, both.__getitem__, place) == before).all()


def test_a_picture_smaller_than_any_that_is_rendered_is_made_larger_and_laid_back(
    stores: Stores,
) -> None:
    sheet = Sheet(opaque(40, 48))
    started = start_of(stores, RECORD, sheet.document, sheet.tile)
    request = started.request
    assert request.start.fit == "stretch" and (request.width, request.height) == (80, 64)
    made = in_gallery(stores, opaque(64, 80, seed=2), request)
    document, _ = accepted(stores, sheet.document, sheet.tile, made, started.place)
    layer = document.layers[-1]
    assert (layer.left, layer.top, layer.raster.width, layer.raster.height) == (0, 0, 48, 40)


def test_a_mask_goes_along_and_an_empty_one_does_not(stores: Stores) -> None:
    sheet = Sheet(opaque(256, 256))
    sheet.select(selection(256, 256, (100, 50, 60, 40)))
    record = with_start(area="masked", padding=16)
    started = start_of(stores, record, sheet.document, sheet.tile)
    start = started.request.start
    with Image.open(stores.sources.path_of(start.mask)) as image:
        assert (np.array(image) == selection(256, 256, (100, 50, 60, 40))).all()
    size, ((left, top, width, height),) = canvas_size(stores, started)
    assert size == (256, 256) and start.area == "masked"
    assert left <= 100 and top <= 50 and left + width >= 160 and top + height >= 90
    sheet.document = replace(sheet.document, active_mask=0)
    assert start_of(stores, record, sheet.document, sheet.tile).request.start.mask == ""
    sheet.select(np.zeros((256, 256), np.uint8))
    assert start_of(stores, record, sheet.document, sheet.tile).request.start.area == "whole"


def test_a_frame_beyond_the_edge_extends_the_document(stores: Stores) -> None:
    sheet = Sheet(opaque(200, 256))
    sheet.add(opaque(8, 8, seed=5), left=3, top=4)
    sheet.select(selection(200, 256, (0, 0, 10, 10)))
    sheet.document = replace(sheet.document, frame=(-64, 100, 192, 160))
    started = start_of(stores, RECORD, sheet.document, sheet.tile)
    assert started.place == (-64, 0, 320, 260)
    assert started.request.start.extend == (64, 0, 0, 60)
    size, boxes = canvas_size(stores, started)
    assert size == (320, 260) and boxes == [(0, 100, 192, 160)]
    before = flattened_rows(sheet.document, sheet.tile)
    result = opaque(260, 320, seed=6)
    result[:200, 64:] = before
    made = in_gallery(stores, result, started.request)
    document, tiles = accepted(stores, sheet.document, sheet.tile, made, started.place)
    both = sheet.tiles | tiles
    assert (document.width, document.height, document.frame) == (320, 260, (0, 100, 192, 160))
    assert (flattened_rows(document, both.__getitem__) == result).all()
    mask = document.mask()
    assert mask is not None and (mask.raster.width, mask.raster.height) == (320, 260)
    sheet.document = replace(sheet.document, frame=started.place)
    document, _ = accepted(stores, sheet.document, sheet.tile, made, started.place)
    assert document.frame is None, "around all of it there is none"


def test_a_clear_document_is_rendered_from_words_alone(stores: Stores) -> None:
    sheet = Sheet(np.zeros((512, 256, 4), np.uint8))
    started = start_of(stores, RECORD, sheet.document, sheet.tile)
    assert started.request.start.source == "" and started.place == (0, 0, 256, 512)
    assert started.request.height == 2 * started.request.width
    assert started.request.document == RECORD.id
    made = in_gallery(
        stores, opaque(started.request.height, started.request.width), started.request
    )
    document, _ = accepted(stores, sheet.document, sheet.tile, made, started.place)
    assert document.layers[-1].raster.height == 512


def test_a_result_without_its_source_is_taken_by_its_mask(stores: Stores) -> None:
    sheet = Sheet(opaque(1000, 1000))
    sheet.select(selection(1000, 1000, (200, 300, 100, 50)))
    record = with_start(mask_blur=4.0, mask_grow=2)
    started = start_of(stores, record, sheet.document, sheet.tile)
    request = started.request
    made = in_gallery(stores, opaque(request.height, request.width, seed=4), request)
    layer = accepted(stores, sheet.document, sheet.tile, made, started.place)[0].layers[-1]
    assert 180 <= layer.left < 200 < 280 <= layer.top < 300
    stores.sources.path_of(request.start.source).unlink()
    stores.sources.path_of(request.start.mask).unlink()
    layer = accepted(stores, sheet.document, sheet.tile, made, started.place)[0].layers[-1]
    assert (layer.left, layer.top, layer.raster.width) == (0, 0, 1000)


def test_a_small_part_is_rendered_as_large_as_the_model_composes() -> None:
    row = FAMILIES["sd15"]
    assert rendered_size((384, 384), row) == (512, 512)
    assert rendered_size((512, 768), row) == (512, 768)
    width, height = rendered_size((64, 128), row)
    assert width * height > 0.9 * 512 * 512 and abs(height / width - 2) < 0.03
    width, height = rendered_size((4000, 3000), row)
    assert width * height < 512 * 768 * 3 and width % 8 == height % 8 == 0


def test_what_does_not_go_together_is_said_before_anything_is_kept(stores: Stores) -> None:
    sheet = Sheet(opaque(256, 256))
    sheet.document = replace(sheet.document, frame=(-3000, 0, 256, 256))
    with pytest.raises(InvalidRequest):
        start_of(stores, RECORD, sheet.document, sheet.tile)
    missing = replace(RECORD, request=replace(RECORD.request, model="nothing.safetensors"))
    with pytest.raises(ModelMissing):
        start_of(stores, missing, sheet.document, sheet.tile)
    assert list(stores.sources.files()) == []


def test_a_saved_picture_goes_back_to_what_it_came_from(stores: Stores) -> None:
    first = in_gallery(stores, opaque(64, 72), Request("one", seed=1))
    second = in_gallery(stores, opaque(64, 72, seed=2), Request("two", seed=2))
    record = replace(RECORD, origin=Origin(picture_sha256=first.sha256))
    sheet = Sheet(opaque(64, 72, seed=3))
    saved = save_in_gallery(stores, record, sheet.document, sheet.tile)
    assert saved.request.parent == first.sha256 and saved.request.seed is None
    assert stores.lineage.parent_of(saved) == first and saved.request.document == ""
    taken = Candidate(second.id, second.sha256, (0, 0, 8, 8), CandidateState.ACCEPTED)
    record = replace(
        record, candidates=(taken, replace(taken, sha256="e" * 64, state=CandidateState.KEPT))
    )
    sheet.add(opaque(8, 8, seed=9))
    again = save_in_gallery(stores, record, sheet.document, sheet.tile, "webp")
    assert again.request.parent == second.sha256 and again.path.endswith(".webp")
    with Image.open(again.path) as image:
        shown = flattened_rows(sheet.document, sheet.tile)
        assert (np.array(image.convert("RGB")) == shown[..., :3]).all()
    clear = Sheet(np.concatenate([opaque(64, 36), np.zeros((64, 36, 4), np.uint8)], axis=1))
    with Image.open(save_in_gallery(stores, record, clear.document, clear.tile).path) as image:
        assert image.mode == "RGBA" and image.getchannel("A").getextrema() == (0, 255)


def test_a_result_is_taken_to_where_its_document_was_turned_and_cropped(stores: Stores) -> None:
    rows = opaque(200, 300)
    paper = Sheet(rows)
    started = start_of(stores, RECORD, paper.document, paper.tile)
    result = rows.copy()
    result[40:80, 96:176, :3] ^= 255
    made = in_gallery(stores, result, started.request)
    paper = Sheet(np.ascontiguousarray(np.rot90(rows, -1)))
    paper.document = replace(paper.document, sheet=turned(1, 300, 200))
    cropped, _ = on_canvas(paper.document, paper.tile, (10, 100, 160, 50))
    for state, seen in ((paper.document, slice(None)), (cropped, np.s_[100:150, 10:170])):
        for into in (0, 1):
            document, tiles = accepted(
                stores, state, paper.tile, made, started.place, sheet=UNMOVED, into=into
            )
            both = paper.tiles | tiles
            shown = flattened_rows(document, both.__getitem__)
            assert np.array_equal(shown, np.rot90(result, -1)[seen])
            assert (document.width, document.height) == (state.width, state.height)
    beside, _ = on_canvas(paper.document, paper.tile, (0, 0, 20, 20))
    with pytest.raises(WorldError, match="cropped"):
        accepted(stores, beside, paper.tile, made, started.place, sheet=UNMOVED)
