"""The deeds of imports: a folder shown where it lies, looked through again after files in it came,
changed, moved and went, and copied; what must hold after a death and one more look."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

from core.metadata.writing import encode_png
from core.service.importing.copying import copy_folder
from core.service.importing.in_place import look_through
from core.service.importing.pixels import look_at_pixels
from core.service.importing.places import Importing, opened
from core.service.stores import Stores, open_stores
from core.system.atomic_files import sync_folder
from core.values.picture import Recipe
from core.values.request import Request
from tests.soak.disk import library
from tests.soak.disk.action import Action, Faults

FIRST = 300  # seed of a stranger's pictures
THERE = range(FIRST, FIRST + 5)
AFTER = {"moved.png": FIRST, "1.png": FIRST + 10, "3.png": FIRST + 3, "4.png": FIRST + 4}
NEW = {"new.png": FIRST + 11}


def _write(path: Path, seed: int) -> None:
    pixels = library.noise(32, seed)
    recipe = Recipe(Request(f"picture {seed}", seed=seed), pixels_sha256=pixels.sha256, created=1e9)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(encode_png(pixels, recipe))
    os.utime(path, (1e9 + seed, 1e9 + seed))


def _prepare(root: Path) -> None:
    library.fill(root)
    for number, seed in enumerate(THERE):
        _write(root / "art" / f"{number}.png", seed)
    for name in ("1.png", "new.png"):  # what a stranger puts in their place later, at one stroke
        _write(root / "later" / name, (AFTER | NEW)[name])


def _importing(stores: Stores) -> Importing:
    """As the program opens it, but that its own data folder may hold a stranger's here."""
    return opened(stores.database, stores.places, stores.thumbnails)


def _look(importing: Importing, root: Path) -> None:
    look_through(importing, root / "art", lambda said: None, patience=0)
    look_at_pixels(importing)


def _act(root: Path) -> None:
    stores = open_stores(library.chosen(root))
    importing = _importing(stores)
    _look(importing, root)
    art = root / "art"
    (art / "0.png").rename(art / "moved.png")
    (art / "2.png").unlink()
    for file in sorted((root / "later").iterdir()):
        file.replace(art / file.name)
    sync_folder(art)  # the stranger's names last, whatever becomes of rows
    _look(importing, root)
    ids = stores.gallery.ids()
    in_place = [row.id for row in importing.rows.in_place(ids)]
    stores.gallery.trash(in_place[:2])
    stores.gallery.restore(in_place[:2])
    stores.close()


def _copy(root: Path) -> None:
    stores = open_stores(library.chosen(root))
    copy_folder(_importing(stores), root / "art", lambda said: None)
    stores.close()


def _judge(root: Path, done: bool) -> Faults:
    """One more look, and each file has one row, shown unless a person hid it."""
    stores = library.begin(root)
    importing = _importing(stores)
    _look(importing, root)
    rows = importing.rows.below(root / "art")
    files = {str(path) for path in (root / "art").glob("*.png")}
    shown = {path for path, row in rows.items() if not row.origin.hidden}
    by_hand = {path for path, row in rows.items() if row.hidden_by_hand}
    faults = [f"no row: {Path(path).name}" for path in files - set(rows)]
    faults += [f"shown without a file: {Path(path).name}" for path in shown - files]
    faults += [f"hidden for nothing: {Path(path).name}" for path in files - shown - by_hand]
    if done and by_hand:
        faults.append("what was shown again is hidden")
    faults += [f"pixels not looked at: {Path(p).name}" for p in shown if not rows[p].looked]
    seeds = {*THERE, *AFTER.values(), *NEW.values()}
    faults += library.picture_faults(stores, range(library.PICTURES), seeds, favourites=False)
    faults += library.job_faults(stores)
    stores.close()
    return faults


def _judge_copies(root: Path, done: bool) -> Faults:
    """Once more copied, and each picture lies in the gallery once."""
    stores = library.begin(root)
    copy_folder(_importing(stores), root / "art", lambda said: None)
    faults = library.picture_faults(
        stores, [*range(library.PICTURES), *THERE], favourites=False
    ) + library.job_faults(stores)
    counts = Counter(path.name for path in (root / "pictures").rglob("?.png"))
    faults += [f"copied {count} times: {name}" for name, count in counts.items() if count > 1]
    if len(counts) != len(THERE):
        faults.append(f"{len(counts)} copies of {len(THERE)}")
    stores.close()
    return faults


def actions() -> tuple[Action, ...]:
    """All of them."""
    in_place = Action("import in place", _prepare, _act, _judge)
    return (in_place, replace(in_place, name="import copies", act=_copy, look=_judge_copies))
