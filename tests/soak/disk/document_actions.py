"""The deed on documents of the Edit room: opened, painted on, undone, a result accepted, closed and
opened again, saved as a picture and as a file.

What was told to be done is written down beside the data, line by line: no death may cost it.
"""

from __future__ import annotations

import random
from collections.abc import Set
from dataclasses import replace
from pathlib import Path

from core.service.editing.candidates import accepted
from core.service.editing.opening import document_from_file, document_from_pixels, document_of
from core.service.editing.openraster_reading import read_openraster
from core.service.editing.openraster_writing import write_openraster
from core.service.editing.saving import save_in_gallery
from core.service.editing.starting import start_of
from core.service.stores import Stores, open_stores
from core.store.documents.looking import damaged_documents
from core.store.sources.opened_picture import OpenedPicture
from core.system.atomic_files import replace_file
from core.system.errors import KnownError
from core.values.editing.document import Document
from core.values.editing.record import Candidate, CandidateState
from core.values.request import Request
from tests.soak.disk import library
from tests.soak.disk.action import Action, Faults

EARLIER, SIDE = "Earlier", 300
WORDS = Request("a house", width=256, height=256)
TOLD = "told"  # the file of what was done


def _pixels(seed: int) -> OpenedPicture:
    """They do not compress, so that a step is written in several calls."""
    return OpenedPicture(SIDE, SIDE, "RGB", random.Random(seed).randbytes(SIDE * SIDE * 3))


def _prepare(root: Path) -> None:
    """One document with two steps, of which one is undone; another that is closed."""
    library.fill(root)
    stores = open_stores(library.chosen(root))
    for title in (EARLIER, "Closed"):
        new = document_from_pixels(_pixels(1), title, WORDS)
        stores.documents.create(new.record, new.document, new.tiles)
        for number in (2, 3):
            state, tiles = document_of(_pixels(number), title)
            stores.documents.add_step(new.record.id, number - 2, f"step {number}", state, tiles)
        stores.documents.move_to(new.record.id, 1)
        if title == "Closed":
            stores.documents.close(new.record.id)
    stores.close()


def _tell(root: Path, words: str) -> None:
    told = root / TOLD
    before = told.read_bytes() if told.exists() else b""
    replace_file(told, before + f"{words}\n".encode())


def _act(root: Path) -> None:
    stores = open_stores(library.chosen(root))
    documents = stores.documents
    (earlier,) = documents.opened()
    picture = stores.gallery.page(stores.gallery.ids())[0]
    new = document_from_file(stores, Path(picture.path), WORDS)
    documents.create(new.record, new.document, new.tiles)
    key = new.record.id
    _tell(root, f"new {key}")
    state = _painted(stores, root, key, new.document)

    def tile(name: str) -> bytes:
        return documents.tile(key, name)

    started = start_of(stores, new.record, state, tile)
    _tell(root, f"asked {started.request.start.source}")
    made = library.save(stores, 40, side=64)
    taken, tiles = accepted(stores, state, tile, made, (0, 0, state.width, state.height))
    documents.add_step(key, 3, "Accept", taken, tiles)
    _tell(root, f"step {key} 5")
    candidate = Candidate(made.id, made.sha256, started.place, CandidateState.ACCEPTED)
    record = replace(new.record, candidates=(candidate,))
    documents.put_record(record)
    _tell(root, f"accepted {key} {made.sha256}")
    documents.order([key, earlier.id])
    _tell(root, f"first {key}")
    save_in_gallery(stores, record, taken, tile)
    write_openraster(root / "layers.ora", taken, tile)
    _tell(root, "file")
    documents.close(earlier.id)
    (put_away, _) = documents.closed()
    documents.reopen(put_away.id)
    _tell(root, f"open {put_away.id}")
    stores.close()


def _painted(stores: Stores, root: Path, key: str, before: Document) -> Document:
    """Three strokes and one more after an undo; the last state."""
    state = before
    for number in range(4):
        at = min(number, 2)
        if number == 3:
            stores.documents.move_to(key, 2)
        layer = before.layers[0]
        fresh, tiles = document_of(_pixels(10 + number), "stroke")
        part = replace(fresh.layers[0], id=2)
        state = replace(before, layers=(layer, part), active_layer=2, next_id=3)
        stores.documents.add_step(key, at, f"stroke {number}", state, tiles)
        _tell(root, f"step {key} {min(number, 2) + 2}")
    return state


def _look(root: Path, done: bool) -> Faults:
    stores = library.begin(root)
    documents = stores.documents
    opened = {record.id: record for record in documents.opened()}
    closed = {document.id for document in documents.closed()}
    faults = [f"said: {said}"] if (said := documents.take_notice()) else []
    faults += [f"damaged: {path.name[:8]}" for path in damaged_documents(stores.places.documents)]
    titles = [record.title for record in opened.values()]
    if len(opened) + len(closed) < 2 or (EARLIER not in titles and not done and not closed):
        faults.append(f"a document is lost: {titles}")
    for key in opened:
        stored = documents.load(key)
        faults += [f"{stored.record.title}: {note}" for note in stored.notes]
        for name in {name for step in stored.steps for name in step.document.tile_names()}:
            documents.tile(key, name)
    told = (root / TOLD).read_text().splitlines() if (root / TOLD).exists() else []
    for line in told:
        faults += _untrue(stores, root, line, opened.keys(), closed)
    stores.close()
    return faults


def _untrue(stores: Stores, root: Path, line: str, opened: Set[str], closed: Set[str]) -> Faults:
    """What was told and is not so."""
    match line.split():
        case ["new", key] if key not in opened | closed:
            return ["a new document is lost"]
        case ["step", key, count] if len(stores.documents.load(key).steps) < int(count):
            return [f"step {count} is lost"]
        case ["accepted", key, sha256]:
            record = stores.documents.load(key).record
            taken = [one.sha256 for one in record.candidates]
            return [] if sha256 in taken else ["an accepted candidate is lost"]
        case ["asked", address]:
            try:
                stores.sources.path_of(address)
            except KnownError:
                return ["what was handed over is lost"]
        case ["first", key] if stores.documents.opened()[0].id != key:
            return ["the order of the tabs is lost"]
        case ["file"]:
            read_openraster(root / "layers.ora")
        case ["open", key] if key not in opened:
            return ["a reopened document is closed"]
    return []


def actions() -> tuple[Action, ...]:
    """All of them."""
    return (Action("edit", _prepare, _act, _look),)
