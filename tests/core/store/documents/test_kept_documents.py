"""Documents that earlier versions kept open as they were then: every file of tests/data/documents,
against what is written down beside it. Names may only have become more."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from core.system.json import to_plain
from core.values.editing.document import Document
from core.values.editing.record import Candidate, DocumentRecord, Origin, View
from tests.data.documents.make_document import HERE, RECORD, read, sheet
from tests.data.folder import same

NAMES = sorted(path.stem for path in HERE.glob("*.sqlite"))


@pytest.mark.parametrize("name", NAMES)
def test_a_document_of_then_is_read_as_it_was(name: str, tmp_path: Path) -> None:
    wanted = json.loads((HERE / f"{name}.json").read_text("utf-8"))
    same(wanted, json.loads(json.dumps(read(tmp_path, name))))


def without_names(state: dict[str, Any]) -> dict[str, Any]:
    """Of its tiles the number alone: another version of numpy may draw another noise."""
    for part in (*state["layers"], *state["masks"]):
        part["raster"]["tiles"] = len(part["raster"]["tiles"])
    return json.loads(json.dumps(state))


@pytest.mark.parametrize("name", NAMES)
def test_today_it_is_kept_under_every_name_of_then(name: str) -> None:
    with sqlite3.connect(f"{(HERE / f'{name}.sqlite').as_uri()}?mode=ro", uri=True) as db:
        (record,) = db.execute("SELECT record FROM document").fetchone()
        (state,) = db.execute("SELECT document FROM steps WHERE number = 2").fetchone()
    db.close()
    same(json.loads(record), json.loads(json.dumps(to_plain(RECORD))))
    same(without_names(json.loads(state)), without_names(to_plain(sheet().document)))


def test_what_is_kept_next_has_nothing_at_its_default() -> None:
    def at_default(value: Any, usual: Any) -> list[str]:
        return [key for key, what in to_plain(usual).items() if to_plain(value)[key] == what]

    assert at_default(RECORD, DocumentRecord("", "", 0.0)) == []
    assert at_default(RECORD.origin, Origin()) == at_default(RECORD.view, View()) == []
    assert at_default(RECORD.candidates[0], Candidate(0, "", (0, 0, 0, 0))) == []
    document = sheet().document
    assert at_default(document, Document(0, 0, ())) == []
    first, last = (to_plain(layer) for layer in document.layers)
    assert [key for key in first if first[key] == last[key]] == []
