"""Finished tiles on the disk, so that a kill does not cost them. Files of no others than these."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.system.atomic_files import leave_room, replace_file
from core.system.errors import WorldError
from core.system.regular_files import read_limited

Pixels = NDArray[np.uint8]
_SUM = 32  # bytes of the SHA-256 at the head
_log = logging.getLogger(__name__)


class KeptTiles:
    """Files `folder`/NUMBER.tile: the SHA-256 of `mark` and pixels, then the pixels. What is
    damaged, or was made of something else than `mark` says, does not count. A disk that refuses
    costs no picture."""

    def __init__(self, folder: str, mark: str) -> None:
        self._folder = Path(folder) if folder else None
        self._mark = mark.encode()

    def load(self, number: int, shape: tuple[int, ...]) -> Pixels | None:
        """The tile of this number and shape; None where none is kept."""
        if self._folder is None:
            return None
        size = int(np.prod(shape))
        try:
            data = read_limited(self._path(self._folder, number), size + _SUM)
        except (OSError, ValueError):
            return None
        pixels = data[_SUM:]
        if len(pixels) != size or data[:_SUM] != self._sum(pixels):
            return None
        return np.frombuffer(pixels, np.uint8).reshape(shape)

    def save(self, number: int, pixels: Pixels) -> None:
        """Keep a tile, unless the disk refused one before."""
        if self._folder is None:
            return
        data = pixels.tobytes()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            leave_room(self._folder, len(data))
            replace_file(self._path(self._folder, number), self._sum(data) + data)
        except (OSError, WorldError) as fault:
            _log.warning("tiles are not kept: %s", fault)
            self._folder = None

    def _sum(self, pixels: bytes) -> bytes:
        return hashlib.sha256(self._mark + b"\n" + pixels).digest()

    @staticmethod
    def _path(folder: Path, number: int) -> Path:
        return folder / f"{number:05d}.tile"
