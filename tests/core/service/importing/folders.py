"""Folders of pictures as other programs leave them, in miniature."""

from __future__ import annotations

import io
import os
from pathlib import Path

from PIL import Image, PngImagePlugin

from core.service.importing.copying import copy_folder
from core.service.importing.in_place import look_through
from core.service.importing.places import Importing, checked_folder, opened
from core.service.importing.told import FileTold, HowFar, LookedThrough
from core.service.stores import Stores
from core.values.picture import Picture

LONG_AGO = 1_600_000_000.0  # seconds since 1970: a file that nobody writes any more


def infotext(seed: int, prompt: str = "a red house") -> str:
    return (
        f"{prompt}\nNegative prompt: lowres\nSteps: 21, Sampler: Euler a, CFG scale: 6, "
        f"Seed: {seed}, Size: 512x512, Model hash: 0123456789, Model: dreamy_v8"
    )


def png(seed: int, text: str | None = "", size: tuple[int, int] = (8, 6)) -> bytes:
    """A PNG with a recipe of the web UI ("" for one with this seed, None for none)."""
    colour = (seed % 256, seed // 256 % 256, 7)
    info = PngImagePlugin.PngInfo()
    if text is not None:
        info.add_text("parameters", text or infotext(seed))
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG", pnginfo=info)
    return out.getvalue()


def write(path: Path, data: bytes, when: float = LONG_AGO) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (when, when))
    return path


def importing(stores: Stores) -> Importing:
    return opened(stores.database, stores.places, stores.thumbnails)


def bring_in(
    stores: Stores, folder: Path, *, copy: bool = False
) -> tuple[dict[str, FileTold], LookedThrough]:
    """What was said of each file, by its name, and the end."""
    told: dict[str, FileTold] = {}

    def hear(said: FileTold | HowFar) -> None:
        if isinstance(said, FileTold):
            told[Path(said.path).name] = said

    place = importing(stores)
    there = checked_folder(place, folder)
    if copy:
        return told, copy_folder(place, there, hear)
    return told, look_through(place, there, hear, patience=0)


def states(told: dict[str, FileTold]) -> dict[str, str]:
    return {name: said.state.value for name, said in told.items()}


def picture_at(stores: Stores, path: Path) -> Picture:
    row = (
        stores.database.connection()
        .execute("SELECT id FROM pictures WHERE path = ?", (str(path),))
        .fetchone()
    )
    picture = stores.gallery.get(row[0])
    assert picture is not None
    return picture


def rows_of(stores: Stores) -> list[dict[str, object]]:
    rows = stores.database.connection().execute("SELECT * FROM pictures ORDER BY path")
    return [dict(row) for row in rows]
