"""What the soaks build in a data folder, how they begin on it as the window begins,
and what they find wrong in it.

The one place that knows how a start goes: where the program's start gains a step, `begin` gains it.
"""

from __future__ import annotations

import builtins
import contextlib
import io
import os
import re
import time
from collections import Counter
from collections.abc import Generator, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.metadata import writing
from core.metadata.reading import decode_rgb, open_image
from core.metadata.recipes import read_file
from core.metadata.writing import encode_png
from core.models.library.chosen_folders import with_chosen_folders
from core.service.editing.upkeep import sweep_documents
from core.service.finish_moves import settled
from core.service.source_upkeep import sweep_sources
from core.service.stores import Stores, open_stores
from core.service.sweeps.upkeep import drop_old_sweeps
from core.store.files import pictures_in, put_in_gallery
from core.system import settings
from core.system.paths import Places, places
from core.values.picture import Picture, Pixels, Recipe
from core.values.request import Request

PICTURES, TRASHED, WAITING = 4, 2, 2
_CHANGING_NAMES = re.compile(r"tmp[a-z0-9_]{8}|[0-9a-f]{8,}|\d+")


def chosen(root: Path) -> Places:
    """The folders of this data, with what its settings choose."""
    where = places(root)
    return with_chosen_folders(where, settings.load(where.settings)[0])


def begin(root: Path) -> Stores:
    """Open what is there and recover, as the window does when it starts (desktop/app/app.py)."""
    settled(places(root))
    stores = open_stores(chosen(root))
    stores.recover()
    kept_days = settings.load(stores.places.settings)[0].trash_days
    stores.gallery.empty_trash(older_than_days=kept_days)
    drop_old_sweeps(stores)
    sweep_documents(stores)
    sweep_sources(stores)
    stores.database.daily_copy()
    return stores


def noise(side: int, seed: int) -> Pixels:
    """A picture that does not compress: a file of it is about side * side * 3 bytes."""
    import random

    return Pixels(side, side, random.Random(seed).randbytes(side * side * 3))


def save(stores: Stores, seed: int, job: str = "", side: int = 64) -> Picture:
    """Make a picture as the runner does: the file, then the row and the job done."""
    pixels = noise(side, seed)
    recipe = Recipe(
        Request(f"picture {seed}", seed=seed),
        job or f"job{seed}",
        model_name="Starter",
        pixels_sha256=pixels.sha256,
        created=time.time(),
    )
    path = put_in_gallery(
        stores.places.pictures, seed, encode_png(pixels, recipe), last=stores.gallery.last_number
    )
    return stores.gallery.record(path, recipe, side, side)


class _Short(io.FileIO):
    """A file that takes 64 kB with each call, as a disk may."""

    def write(self, data: Any) -> int | None:
        return super().write(memoryview(data)[: 2**16])


@contextlib.contextmanager
def noisy_pictures(side: int) -> Generator[None]:
    """The runner saves noise in the place of what the engine drew, and files are written in several
    calls: a death can come between."""
    encode, plain = writing.encode, builtins.open

    def noisy(pixels: Pixels, recipe: Recipe, kind: str) -> tuple[bytes, str]:
        large = noise(side, recipe.request.seed or 0)
        return encode(large, replace(recipe, pixels_sha256=large.sha256), kind)

    def short(file: Any, mode: str = "r", *rest: Any, **more: Any) -> Any:
        if mode in ("xb", "wb") and not rest and not more:
            return io.BufferedWriter(_Short(file, mode))
        return plain(file, mode, *rest, **more)

    writing.encode, builtins.open = noisy, short
    try:
        yield
    finally:
        writing.encode, builtins.open = encode, plain


def fill(
    root: Path, *, trashed: int = 0, favourites: bool = True, pictures: int = PICTURES
) -> None:
    """Pictures with the seeds 0, 1, ...; the first `trashed` of them in the trash;
    jobs that wait; a daily copy of it all."""
    stores = open_stores(chosen(root))
    made = [save(stores, seed).id for seed in range(pictures)]
    stores.gallery.set_favourite(made, favourites)
    if trashed:
        stores.gallery.trash(made[:trashed])
    stores.jobs.add([Request(f"waiting {number}", seed=number) for number in range(WAITING)])
    stores.database.daily_copy()
    stores.close()


def picture_faults(
    stores: Stores, must: Iterable[int], may: Iterable[int] = (), *, favourites: bool = True
) -> list[str]:
    """What is wrong with the pictures: those of the seeds `must` are there once each and marked,
    those of `may` once or not."""
    gallery = stores.gallery
    shown, gone = gallery.page(gallery.ids()), gallery.page(gallery.ids(trashed=True))
    rows = (*shown, *gone)
    faults = [
        f"a row without a file (seed {one.request.seed})"
        for one in rows
        if not Path(one.path).exists()
    ]
    faults += [
        f"shown from the trash folder (seed {one.request.seed})"
        for one in shown
        if one.path.startswith(str(stores.places.trash))
    ]
    faults += [
        f"trashed, and its file is not in the trash (seed {one.request.seed})"
        for one in gone
        if not one.path.startswith(str(stores.places.trash))
    ]
    there = Counter(one.request.seed for one in rows if Path(one.path).exists())
    faults += [f"lost: seed {seed}" for seed in must if not there[seed]]
    faults += [f"listed {count} times: seed {seed}" for seed, count in there.items() if count > 1]
    faults += [f"nobody made seed {seed}" for seed in there if seed not in {*must, *may}]
    if favourites:
        marked = {one.request.seed for one in rows if one.favourite}
        faults += [
            f"favourite lost: seed {seed}" for seed in must if there[seed] and seed not in marked
        ]
    known = {Path(one.path) for one in rows}
    for path in (*pictures_in(stores.places.pictures), *pictures_in(stores.places.trash)):
        if path not in known:
            faults.append(f"a file that no row knows: {path.name}")
        if sentence := damage_of(path):
            faults.append(sentence)
    return faults


def damage_of(path: Path) -> str:
    """Why a picture file is not whole, or ""."""
    try:
        with open_image(path) as image:
            decode_rgb(image, path.name)
        return "" if read_file(path).recipe is not None else f"damaged: {path.name} has no recipe"
    except Exception as fault:  # noqa: BLE001 - whatever a decoder raises is damage here
        return f"damaged: {path.name} ({type(fault).__name__})"


def job_faults(stores: Stores, waiting: int = WAITING) -> list[str]:
    """What is wrong with the queue after a start: nothing runs, and what waited waits."""
    states = Counter(str(job.state.value) for job in stores.jobs.recent(1000))
    faults = (
        [f"{states['running']} jobs still running after the start"] if states["running"] else []
    )
    return faults + (
        [f"{states['waiting']} jobs wait instead of {waiting}"]
        if states["waiting"] != waiting
        else []
    )


def names_in(*folders: Path) -> set[str]:
    """What lies below these folders, the changing parts of the names (numbers, random hex) made
    one; without SQLite's journals."""
    found: set[str] = set()
    for number, folder in enumerate(folders):
        for place, below, files in os.walk(folder):
            for name in (*below, *files):
                if not name.endswith(("-wal", "-shm", "-journal")):
                    relative = (Path(place) / name).relative_to(folder).as_posix()
                    found.add(f"{number}:{_CHANGING_NAMES.sub('#', relative)}")
    return found
