"""Where exported pictures go: a folder, or a zip that has its name once it is whole."""

from __future__ import annotations

import contextlib
import errno
import os
import time
import zipfile
from collections.abc import Generator
from pathlib import Path
from typing import Protocol

from core.service.exporting.file_names import FreeNames
from core.store.files import made_folder, name_free, written
from core.system.atomic_files import partial_beside, remove_partials, sync_file, sync_folder

ZIP = ".zip"
_FIRST_YEAR = 1980  # of a zip (APPNOTE.TXT 6.3.10, 4.4.6)
_LAST_YEAR = 2107
_MODE = 0o100644 << 16  # a regular file that all may read, as Unix has it
# what a disk answers of this one name, and not of all
_OF_A_NAME = frozenset({errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ})


def is_of_a_name(fault: OSError) -> bool:
    """Whether a disk that refuses so may take a picture of another name."""
    return fault.errno in _OF_A_NAME


class Target(Protocol):
    """Takes one whole picture after another."""

    def put(
        self, names: tuple[str, ...], suffix: str, data: bytes, made: float
    ) -> tuple[Path, str]:
        """Write it under these names of folders and, last, of the file, or others where they are
        taken; `made` in seconds. Returns the file's path, and its name in a zip or "". Raises
        OSError where the disk refuses."""
        ...


class FolderTarget:
    """Files in a folder and those below it. Nothing is overwritten; what a killed export left half
    written goes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names = FreeNames()
        remove_partials(folder)

    def put(
        self, names: tuple[str, ...], suffix: str, data: bytes, made: float
    ) -> tuple[Path, str]:
        """See `Target.put`; whole before it has its name."""
        *above, stem = names
        folder = self._folder.joinpath(*above)
        if not self._names.knows(tuple(above)):
            with contextlib.suppress(FileNotFoundError):
                self._names.note(tuple(above), os.listdir(folder))
        stem = self._names.give(tuple(above), stem, suffix)
        return written(folder, stem, data, suffix), ""


class ZipTarget:
    """Members of a zip that is being written."""

    def __init__(self, packed: zipfile.ZipFile, path: Path) -> None:
        self._packed = packed
        self._path = path
        self._names = FreeNames()

    def put(
        self, names: tuple[str, ...], suffix: str, data: bytes, made: float
    ) -> tuple[Path, str]:
        """See `Target.put`."""
        *above, stem = names
        stem = self._names.give(tuple(above), stem, suffix)
        member = "/".join((*above, stem + suffix))
        entry = zipfile.ZipInfo(member, _zip_time(made))
        entry.external_attr = _MODE
        self._packed.writestr(entry, data)  # stored as they are: pictures are packed already
        return self._path, member


class WholeZip:
    """A zip as long as it is written: under its name once it is whole, else gone."""

    def __init__(self, path: Path) -> None:
        """`path` ends with ".zip"; where it is taken, `path` is another one behind `open`."""
        self.path = path

    @contextlib.contextmanager
    def open(self) -> Generator[ZipTarget]:
        """Raises OSError where the disk refuses, at any time and at the end."""
        made_folder(self.path.parent)
        remove_partials(self.path.parent)
        partial = partial_beside(self.path)
        try:
            with zipfile.ZipFile(partial, "x", zipfile.ZIP_STORED, allowZip64=True) as packed:
                yield ZipTarget(packed, self.path)
            sync_file(partial)
            self.path = name_free(partial, self.path.parent, self.path.stem, self.path.suffix)
            sync_folder(self.path.parent)
        finally:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)


def _zip_time(seconds: float) -> tuple[int, int, int, int, int, int]:
    try:
        year, *rest = time.localtime(seconds)[:6]
    except (ValueError, OverflowError, OSError):
        year, rest = 0, []
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return _FIRST_YEAR, 1, 1, 0, 0, 0
    month, day, hour, minute, second = rest
    return year, month, day, hour, minute, second
