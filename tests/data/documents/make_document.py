"""Write down a document as today's program keeps it, so that later versions can be judged by it.

    .venv/bin/python tests/data/documents/make_document.py 2026-11

makes `2026-11.sqlite` (the file of the data folder, every field other than its default),
`2026-11.ora` (the same as OpenRaster) and `2026-11.json`: what the code of that day reads in them.
They are written once and stay; a version that keeps something new adds others beside them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2]))

from core.service.editing.openraster_reading import read_openraster  # noqa: E402
from core.service.editing.openraster_writing import write_openraster  # noqa: E402
from core.store.documents.document_store import DocumentStore  # noqa: E402
from core.system.json import to_plain  # noqa: E402
from core.values.editing.document import LayerKind  # noqa: E402
from core.values.editing.record import (  # noqa: E402
    Asked,
    Candidate,
    CandidateState,
    DocumentRecord,
    Origin,
    View,
)
from core.values.editing.sheet import Affine  # noqa: E402
from core.values.request import Request  # noqa: E402
from core.values.request_parts.start_picture import StartPicture  # noqa: E402
from tests.core.service.editing.pictures import Sheet, noise  # noqa: E402

ID = "0d" * 16
SHEET = Affine(0.0, -1.5, 2.0, 0.0, 40.0, -8.0)
RECORD = DocumentRecord(
    id=ID,
    title="Grün, 雪",
    created=1.79e9,
    tells_generated=True,
    origin=Origin("/pictures/a.png", "1a" * 32, 1234, 1_790_000_000_123_456_789, "2b" * 32),
    request=Request("a red house", seed=7, start=StartPicture(strength=0.4, area="masked")),
    random_seed=False,
    candidates=(
        Candidate(3, "3c" * 32, (-4, 0, 72, 64), CandidateState.ACCEPTED, 5, SHEET),
        Candidate(4, "4d" * 32, (0, 0, 64, 64), CandidateState.DISCARDED),
    ),
    asked=(Asked("5e" * 32, (0, 0, 64, 48), (4, 0, 0, 0), (-4, 0, 72, 64), SHEET),),
    view=View(2.5, 10.0, 20.5, 45.0, True),
)


def sheet() -> Sheet:
    """Two layers and a mask, with nothing at its default."""
    made = Sheet(noise(40, 300))
    kept = {"opacity": 0.25, "visible": False, "locked": True, "generated": True}
    made.add(noise(7, 9, seed=1), left=-3, top=35, **kept)
    made.select(noise(40, 300, 1, seed=2)[..., 0])
    first = replace(made.document.layers[0], kind=LayerKind.PICTURE)
    made.document = replace(
        made.document.with_layer(first),
        active_layer=2,
        frame=(-8, 4, 64, 48),
        frame_locked=True,
        sheet=SHEET,
    )
    return made


def read(folder: Path, name: str) -> dict[str, Any]:
    """What today's code finds in copies of the files, which it may write to."""
    documents = folder / "documents"
    documents.mkdir()
    shutil.copy(HERE / f"{name}.sqlite", documents / f"{ID}.sqlite")
    store = DocumentStore(documents)
    (record,) = store.opened()
    stored = store.load(record.id)
    tiles = {name: store.tile(ID, name) for name in stored.document.tile_names()}
    store.disconnect()
    layered = read_openraster(HERE / f"{name}.ora")
    return {
        "record": to_plain(record),
        "steps": [to_plain(step) for step in stored.steps],
        "position": stored.position,
        "tiles": {name: hashlib.sha256(data).hexdigest() for name, data in tiles.items()},
        "openraster": to_plain(layered.document),
        "notes": [*stored.notes, *layered.notes],
    }


def main(name: str) -> None:
    """The command."""
    made = sheet()
    with tempfile.TemporaryDirectory() as folder:
        store = DocumentStore(Path(folder))
        bare = replace(made.document, masks=(), active_mask=0, next_id=3)
        store.create(RECORD, bare, made.tiles)
        store.add_step(ID, 0, "Mask", made.document, made.tiles)
        store.add_step(ID, 1, "Unlock", replace(made.document, frame_locked=False), {})
        store.move_to(ID, 1)
        store.disconnect()
        shutil.copy(Path(folder) / f"{ID}.sqlite", HERE / f"{name}.sqlite")
        write_openraster(HERE / f"{name}.ora", made.document, made.tile)
    with tempfile.TemporaryDirectory() as folder:
        told = json.dumps(read(Path(folder), name), indent=1, ensure_ascii=False, sort_keys=True)
    (HERE / f"{name}.json").write_text(told + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
