"""Pictures and masks that requests start from, as PNG files named by their pixels: once each,
whatever file they came from and however often they are used.

Requests name an address; so a job outlives the file that it was made from, and a restart.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.store.files import made_folder
from core.store.sources.opened_picture import OpenedPicture
from core.system.atomic_files import locked, replace_file
from core.system.errors import SourceMissing, WorldError, disk_refusals
from core.system.regular_files import items_in, open_regular

SPARED_SECONDS = 3600.0  # since a file was kept or used last, in which no sweep takes it
_ADDRESS = re.compile(r"[0-9a-f]{64}")
_PNG = b"\x89PNG\r\n\x1a\n"
_SIZE_AT = 16  # where a PNG says width and height, four bytes each (third edition, 11.2.1)
_CHOOSE = "Choose the picture again."
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeptSource:
    """A picture or mask that is kept: its address, its sides in pixels, and what was lost when it
    was brought in."""

    address: str
    width: int
    height: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceUsage:
    """How many pictures and masks are kept, and the bytes of their files."""

    count: int
    bytes: int


class SourceStore:
    """Files `folder`/AD/ADDRESS.png, where AD are the first two digits of the address.

    Files come and go under a lock beside the folder, so that no process sweeps what another one is
    about to use.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, picture: OpenedPicture) -> str:
        """The address of a picture, which is kept from now on.

        One that is there already is used again, one that is there damaged is replaced. Raises
        WorldError where the disk refuses.
        """
        from core.store.sources.kept_files import address_in, encoded

        address = picture.address
        path = self._file(address)
        if address_in(path) == address and self.note_use(address):
            return address
        data = encoded(picture)
        remedy = "Free some space or check the folder's permissions, then choose the picture again."
        with (
            disk_refusals(f"The start picture could not be kept in {self._folder}", remedy),
            self._alone(),
        ):
            made_folder(path.parent)
            replace_file(path, data)
        return address

    def keep_file(self, path: Path) -> KeptSource:
        """The same with any readable picture file. Raises WorldError, one sentence, where it is
        none or the disk refuses."""
        from core.store.sources.opening import open_start_picture

        return self._kept(open_start_picture(path))

    def keep_mask_file(self, path: Path) -> KeptSource:
        """The same with a file that is a mask, as `mask_of` reads it."""
        from core.store.sources.opening import mask_of, open_start_picture

        return self._kept(mask_of(open_start_picture(path)))

    def _kept(self, picture: OpenedPicture) -> KeptSource:
        return KeptSource(
            address=self.keep(picture),
            width=picture.width,
            height=picture.height,
            notes=picture.notes,
        )

    def path_of(self, address: str) -> Path:
        """The file of an address. Raises SourceMissing where there is none."""
        path = self._file(address)
        if not path.is_file():
            raise SourceMissing(
                f"A picture that this one starts from is not kept any more ({path}).",
                "Choose it again, or put the file back and run the job again.",
            )
        return path

    def size_of(self, address: str) -> tuple[int, int]:
        """Width and height in pixels, from the file's head alone. Raises SourceMissing, and
        WorldError where the file is no PNG."""
        path = self.path_of(address)
        with disk_refusals(f"{path} cannot be read", _CHOOSE), open_regular(path) as file:
            head = file.read(_SIZE_AT + 8)
        if not head.startswith(_PNG) or len(head) < _SIZE_AT + 8:
            raise WorldError(f"{path} is damaged.", _CHOOSE)
        width, height = head[_SIZE_AT : _SIZE_AT + 4], head[_SIZE_AT + 4 :]
        return int.from_bytes(width, "big"), int.from_bytes(height, "big")

    def note_use(self, address: str) -> bool:
        """Spare a file from sweeps for an hour from now; whether it is there. For requests that no
        job and no picture names yet."""
        path = self._file(address)
        if not path.is_file():
            return False
        try:
            with self._alone():
                os.utime(path)
        except FileNotFoundError:
            return False
        except (OSError, WorldError) as fault:  # a disk that takes no writes takes no deletions
            _log.info("the use of %s could not be noted: %s", path.name, fault)
        return True

    def usage(self) -> SourceUsage:
        """How many files are kept, and their bytes."""
        sizes: list[int] = []
        for path in self.files():
            with contextlib.suppress(OSError):
                sizes.append(path.stat().st_size)
        return SourceUsage(len(sizes), sum(sizes))

    def bytes_used(self) -> int:
        """The bytes of all files."""
        return self.usage().bytes

    def check(self) -> tuple[Path, ...]:
        """Decodes every file; those that are damaged: that cannot be read, or whose pixels are not
        those of their address."""
        from core.store.sources.kept_files import address_in

        return tuple(path for path in self.files() if address_in(path) != path.stem)

    def unused(self, in_use: frozenset[str], now: float) -> tuple[Path, ...]:
        """The files that a sweep would take: not `in_use` by their address, and neither kept nor
        used within the hour before `now`, in seconds since 1970."""
        return tuple(
            path
            for path in self.files()
            if path.stem not in in_use and now - _last_use(path) > SPARED_SECONDS
        )

    def sweep(self, in_use: frozenset[str], now: float) -> int:
        """Delete those; how many. Only for the process that has the window's lock, and only where
        all that may name a file was read: see core.service.source_upkeep. Raises WorldError where
        another process has them for too long."""
        if not self.unused(in_use, now):
            return 0
        removed = 0
        with self._alone():
            for path in self.unused(in_use, now):  # again: now nobody else keeps or uses any
                try:
                    path.unlink(missing_ok=True)
                    removed += 1
                except OSError as fault:
                    _log.warning("%s could not be removed: %s", path.name, fault)
        return removed

    def files(self) -> Iterator[Path]:
        """The files of all addresses, in no order. Other files in the folder are nobody's."""
        for place in items_in(self._folder):
            for path in items_in(place) if len(place.name) == 2 else ():
                address = path.name.removesuffix(".png")
                if _ADDRESS.fullmatch(address) and path == self._file(address):
                    yield path

    def _file(self, address: str) -> Path:
        """Where a picture of this address lies. Raises SourceMissing where it is no address."""
        if not _ADDRESS.fullmatch(address):
            raise SourceMissing(f"{address[:80]!r} names no picture to start from.", _CHOOSE)
        return self._folder / address[:2] / f"{address}.png"

    def _alone(self) -> contextlib.AbstractContextManager[None]:
        return locked(self._folder.with_name(f"{self._folder.name}.lock"), "The start pictures")


def _last_use(path: Path) -> float:
    """When a file was kept or used last, in seconds since 1970. A copy has its original's time of
    change, so the time it came here counts too."""
    try:
        status = path.stat()
    except OSError:
        return float("inf")  # gone, or not to be judged now
    return max(status.st_mtime, status.st_ctime)
