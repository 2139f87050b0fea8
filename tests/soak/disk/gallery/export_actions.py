"""Pictures written elsewhere: as files, as a zip and as a contact sheet. Whatever has a name there
is whole, and the next export clears away what has none."""

from __future__ import annotations

import zipfile
from functools import partial
from pathlib import Path

from core.metadata.recipes import read_file
from core.service.exporting.choices import ExportChoices
from core.service.exporting.export import export_pictures
from core.service.exporting.selection import subjects_of
from core.service.exporting.sheet.choices import Paper, SheetChoices, SheetKind
from core.service.exporting.sheet.making import make_sheet
from core.service.stores import Stores
from tests.soak.disk import library
from tests.soak.disk.action import Action, Faults

FOLDER, ZIP, SHEET = "out", "out.zip", "sheet.pdf"
_CHOICES = ExportChoices(template="{prompt}")


def _write(stores: Stores, root: Path, name: str) -> None:
    ids = stores.gallery.ids()
    subjects = subjects_of(stores.gallery, ids)
    target = root / "elsewhere" / name
    if name == SHEET:
        choices = SheetChoices(columns=1, paper=Paper.SCREEN)
        end = make_sheet(subjects, len(ids), choices, target, SheetKind.PDF)
    else:
        end = export_pictures(subjects, _CHOICES, target)
    if end.fault is not None:
        raise end.fault


def _act(name: str, root: Path) -> None:
    stores = library.begin(root)
    try:
        _write(stores, root, name)
    finally:
        stores.close()


def _look(name: str, root: Path, done: bool) -> Faults:
    stores = library.begin(root)
    count = len(stores.gallery.ids())
    faults: Faults = []
    elsewhere = root / "elsewhere"
    found = [path for path in elsewhere.rglob("[!.]*") if path.is_file()]
    for path in found:
        if not _is_whole(path, count):
            faults.append(f"{path.name} is not whole")
    if done and len(found) != (count if name == FOLDER else 1):
        faults.append(f"{len(found)} files were written")
    _write(stores, root, name)
    left = [path.name for path in elsewhere.rglob(".*")]
    if left:
        faults.append(f"half written files stay: {left}")
    stores.close()
    return faults


def _is_whole(path: Path, count: int) -> bool:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as packed:
            return packed.testzip() is None and len(packed.namelist()) == count
    if path.suffix == ".pdf":
        data = path.read_bytes()
        return data.startswith(b"%PDF") and data.endswith(b"%%EOF\n")
    return read_file(path).recipe is not None


def actions() -> tuple[Action, ...]:
    """In the order of their names."""
    return tuple(
        Action(words, library.fill, partial(_act, name), partial(_look, name))
        for words, name in (("export", FOLDER), ("export sheet", SHEET), ("export zip", ZIP))
    )
