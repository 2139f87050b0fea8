"""What a sweep takes before it is begun: pictures, time, and room on the disk."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.service.fit_prediction import predicted_seconds
from core.service.stores import Stores
from core.service.sweeps.axes.kind import Known
from core.service.sweeps.making.grid_cells import GridCell
from core.system.errors import WorldError
from core.values.request import Request
from core.values.request_parts.sweep_place import SweepPlace

_LOOKED_AT = 48  # different settings whose time is worked out; the rest are taken for like these
_RECENT = 24  # pictures that sizes of files are learnt from
# bytes of a pixel where nothing was made here yet: photographs in PNG
_BYTES_A_PIXEL = {"png": 1.6, "webp": 1.1, "jpeg": 0.4, "avif": 0.3}
_MODE = "resident"


@dataclass(frozen=True, slots=True)
class Foretold:
    """`pictures` to be made, `seconds` they take (None: nothing like them was made here), `bytes`
    on the disk, where `free` bytes are left."""

    pictures: int
    seconds: float | None
    bytes: int
    free: int


def foretell(
    stores: Stores, known: Known, cells: Sequence[GridCell], kind: str, picture_format: str = "png"
) -> Foretold:
    """What the cells that have a request take on a kind of device. Reads headers and the gallery:
    not for the GUI thread. Raises WorldError where the database cannot be read."""
    requests = [cell.request for cell in cells if cell.request is not None]
    pixels = sum(_pixels(request) for request in requests)
    return Foretold(
        pictures=len(requests),
        seconds=_seconds(stores, known, requests, kind),
        bytes=round(pixels * _bytes_a_pixel(stores, picture_format)),
        free=_free(stores.places.pictures),
    )


def _seconds(stores: Stores, known: Known, requests: Sequence[Request], kind: str) -> float | None:
    """Each way of working is worked out once: seed, words and cell change nothing."""
    counts: dict[Request, int] = {}
    for request in requests:
        counts[_work(request)] = counts.get(_work(request), 0) + 1
    total, done = 0.0, 0
    for work, count in itertools.islice(counts.items(), _LOOKED_AT):
        entry = known.model(work.model)
        span = predicted_seconds(stores, entry, work, entry.family_row, kind, _MODE, eight=False)
        if span is None:
            return None
        total += span.likely * count
        done += count
    return total * len(requests) / done if done else 0.0


def _work(request: Request) -> Request:
    return replace(
        request,
        seed=0,
        prompt="",
        negative_prompt="",
        template="",
        negative_template="",
        styles=(),
        sweep=SweepPlace(),
        parent="",
    )


def _pixels(request: Request) -> int:
    return request.width * request.height


def _bytes_a_pixel(stores: Stores, picture_format: str) -> float:
    """Of the newest pictures of the format, else the usual."""
    usual = _BYTES_A_PIXEL.get(picture_format, _BYTES_A_PIXEL["png"])
    ending = {"jpeg": ".jpg"}.get(picture_format, f".{picture_format}")
    size = pixels = 0
    for picture in stores.gallery.page(stores.gallery.ids(limit=_RECENT)):
        path = Path(picture.path)
        if path.suffix == ending:
            try:
                size += path.stat().st_size
            except OSError:
                continue
            pixels += picture.width * picture.height
    return size / pixels if pixels else usual


def _free(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def check_room(foretold: Foretold) -> None:
    """Raises WorldError where the pictures will not fit the disk."""
    if 0 < foretold.free < foretold.bytes:
        raise WorldError(
            f"The pictures need about {in_bytes(foretold.bytes)}, and "
            f"{in_bytes(foretold.free)} are free.",
            "Free some space, or give fewer values.",
        )


def in_bytes(size: float) -> str:
    """For people."""
    for unit, bytes_ in (("GB", 1e9), ("MB", 1e6)):
        if size >= bytes_:
            return f"{size / bytes_:.1f} {unit}"
    return f"{max(size / 1e3, 0):.0f} kB"


def in_time(seconds: float) -> str:
    """For people, rounded as a guess is."""
    if seconds < 100:
        return f"{max(seconds, 1):.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def sentence(foretold: Foretold) -> str:
    """All of it."""
    time = "an unknown time" if foretold.seconds is None else f"about {in_time(foretold.seconds)}"
    pictures = "1 picture" if foretold.pictures == 1 else f"{foretold.pictures:,} pictures"
    return f"{pictures}, {time}, about {in_bytes(foretold.bytes)} on the disk."
