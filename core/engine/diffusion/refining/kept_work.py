"""What of a long work is kept in a folder while it goes on, so that a kill costs little of it: sums
over the tiles that are done, and finished lines of the picture."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from core.system.atomic_files import leave_room, replace_file
from core.system.errors import WorldError
from core.system.json import dumps, loads
from core.system.paths import safe_join
from core.system.regular_files import read_limited

INTERVAL = 10.0  # seconds between two sums that are kept
LARGEST = 2**29  # bytes of a file that is believed
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Head:
    """The line before the values: `done` of the work that `key` names, `data` their SHA-256."""

    key: str
    done: int
    shape: tuple[int, ...]
    kind: str
    data: str


@dataclass(slots=True)
class KeptWork:
    """Files of `folder`, each a line of JSON and the values; "" keeps nothing. What is of another
    work, or `made_by` something else, or damaged, does not count; a disk that refuses costs no
    picture."""

    folder: str = ""
    interval: float = INTERVAL
    made_by: object = ""  # its repr tells all that decides the values besides what a key is of
    _kept_at: float = field(default_factory=time.monotonic)
    _is_refused: bool = False

    def key(self, *made_of: torch.Tensor | NDArray[np.generic] | object) -> str:
        """Names a work by all that it is made of; "" where nothing is kept."""
        return _key_of((self.made_by, *made_of)) if self.folder else ""

    def find(self, name: str, key: str) -> tuple[int, NDArray[np.generic]] | None:
        """How much of the work `key` was done when its values were kept as `name`, and those."""
        if not self.folder:
            return None
        try:
            line, _, data = read_limited(self._path(name), LARGEST).partition(b"\n")
            head = loads(_Head, line.decode())
            if head.key != key or head.data != _sum(data):
                return None
            values = np.frombuffer(data, np.dtype(head.kind)).reshape(head.shape)
        except (OSError, ValueError, TypeError, WorldError):  # Malformed is a ValueError
            return None
        return head.done, values

    def is_due(self, since: float = 0.0) -> bool:
        """Whether the values of a sum are to be kept now: the last ones were long ago, or what was
        begun at `since` took long; by `time.monotonic`."""
        now = time.monotonic()
        is_long = 0 < since <= now - self.interval
        return bool(self.folder) and (is_long or now - self._kept_at >= self.interval)

    def keep(self, name: str, key: str, done: int, values: NDArray[np.generic]) -> None:
        """Keep values as `name`, in the place of earlier ones."""
        if not self.folder:
            return
        self._kept_at = time.monotonic()
        data = values.tobytes()
        head = _Head(key, done, tuple(values.shape), values.dtype.str, _sum(data))
        try:
            Path(self.folder).mkdir(parents=True, exist_ok=True)
            leave_room(Path(self.folder), len(data))
            replace_file(self._path(name), dumps(head).encode() + b"\n" + data)
        except (OSError, WorldError) as fault:
            if not self._is_refused:  # there may be room again later
                _log.warning("finished tiles could not be kept: %s", fault)
            self._is_refused = True

    def _path(self, name: str) -> Path:
        return safe_join(Path(self.folder), f"{name}.tiles")


def _key_of(parts: Iterable[torch.Tensor | NDArray[np.generic] | object]) -> str:
    sha = hashlib.sha256()
    for part in parts:
        if isinstance(part, torch.Tensor):
            part = part.detach().cpu().contiguous().numpy()
        if isinstance(part, np.ndarray):
            sha.update(str((part.shape, part.dtype.str)).encode())
            sha.update(np.ascontiguousarray(part).data)
        else:
            sha.update(repr(part).encode())
    return sha.hexdigest()


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
