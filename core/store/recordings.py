"""Recordings of how pictures came to be: one file a picture, all together no larger than is set."""

from __future__ import annotations

import contextlib
import logging
import os
import re
from pathlib import Path

from core.system.atomic_files import partial_beside, remove_partials, sync_file, sync_folder
from core.system.errors import disk_refusals
from core.system.regular_files import items_in

ENDING = ".recording"
_NAME = re.compile(r"[0-9a-f]{64}\.recording")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_log = logging.getLogger(__name__)


def names_pixels(text: str) -> bool:
    """Whether a text from outside is a SHA-256 as recordings are named by."""
    return _SHA256.fullmatch(text) is not None


class RecordingStore:
    """Files `folder`/SHA256.recording, named by the pixels of the picture; its head names those
    that came out when it was recorded. What an engine is still writing has a name of this process,
    which is swept once that has ended."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def scratch(self) -> Path:
        """A new name for a recording that is about to be written. Raises WorldError where its
        folder cannot be made."""
        with disk_refusals("The folder of recordings cannot be made", "Free some space."):
            self._folder.mkdir(parents=True, exist_ok=True)
        return partial_beside(self._folder / f"new{ENDING}")

    def adopt(self, scratch: Path, pixels: str, limit: int) -> Path | None:
        """Keep a recording that was written as that of the picture with this SHA-256, and of all
        that are kept the newest that fit into `limit` bytes. Its file; None where it alone is
        larger.

        Raises WorldError where the disk refuses, ValueError for what is no SHA-256.
        """
        target = self._path(pixels)
        with disk_refusals("The recording cannot be kept", "Free some space on the disk."):
            if scratch.stat().st_size > limit:
                scratch.unlink()
                return None
            sync_file(scratch)
            os.replace(scratch, target)
            os.utime(target)
            sync_folder(self._folder)
        self.bound(limit)
        return target

    def discard(self, scratch: Path) -> None:
        """Of this recording nothing is kept."""
        with contextlib.suppress(OSError):
            scratch.unlink(missing_ok=True)

    def find(self, pixels: str) -> Path | None:
        """The recording of the picture with this SHA-256; None where there is none."""
        if not names_pixels(pixels):
            return None
        path = self._path(pixels)
        return path if path.is_file() else None

    def bound(self, limit: int) -> None:
        """Remove the oldest until the rest fits into `limit` bytes. What the disk refuses to remove
        stays, and is noted in the log."""
        files = sorted(self._files(), reverse=True)
        total = 0
        for _, size, path in files:
            total += size
            if total > limit:
                try:
                    path.unlink()
                except OSError as fault:
                    _log.warning("a recording could not be removed: %s", fault)

    def sweep(self) -> None:
        """Remove what processes that are gone left unfinished."""
        remove_partials(self._folder)

    def bytes_used(self) -> int:
        """Of all recordings that are kept."""
        return sum(size for _, size, _ in self._files())

    def _files(self) -> list[tuple[float, int, Path]]:
        """Time of writing, bytes and path of each."""
        found: list[tuple[float, int, Path]] = []
        for path in items_in(self._folder):
            if _NAME.fullmatch(path.name):
                with contextlib.suppress(OSError):
                    status = path.stat()
                    found.append((status.st_mtime, status.st_size, path))
        return found

    def _path(self, pixels: str) -> Path:
        if not names_pixels(pixels):
            raise ValueError(f"no SHA-256: {pixels[:80]!r}")
        return self._folder / f"{pixels}{ENDING}"
