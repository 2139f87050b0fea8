"""Our own fingerprint of a model's weights: cheap, and different for weights of the same shape."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from itertools import islice
from pathlib import Path

from core.models.files.inspection_record import MAX_FILES
from core.models.library.inspection_cache import stamp
from core.system.regular_files import open_regular, walk_files


def content_hash(folder: str) -> str:
    """The fingerprint of a model's weights as they are now. Raises OSError where one cannot be
    read."""
    return _fingerprint(folder, *stamp(Path(folder)))


@lru_cache(maxsize=1024)
def _fingerprint(folder: str, size: int, time: int) -> str:
    """sha256 over the weight files' names, sizes and headers: cheap,
    and different for different weights of one shape."""
    digest = hashlib.sha256()
    root = Path(folder)
    for path in weights_in(root) if root.is_dir() else [root]:
        with open_regular(path) as weights:
            data = weights.read(2**16)
            whole = os.fstat(weights.fileno()).st_size
            weights.seek(max(0, whole - 2**16))
            name = path.relative_to(root).as_posix() if root.is_dir() else ""
            digest.update(os.fsencode(name) + data + weights.read(2**16))
        digest.update(str(whole).encode())
    return digest.hexdigest()


def weights_in(folder: Path) -> list[Path]:
    """The regular safetensors files below a folder, by path."""
    return sorted(
        file for file in islice(walk_files(folder), MAX_FILES) if file.suffix == ".safetensors"
    )
