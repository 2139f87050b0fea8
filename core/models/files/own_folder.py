"""What may be a model in the models folder itself, and what comes with Calotype."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from core.system.paths import RESOURCES
from core.system.regular_files import is_partial

UPSCALERS = RESOURCES / "upscalers"  # that come with Calotype


def models_in(folder: Path) -> list[Path]:
    """Folders of one model, and regular files by suffix; none where the folder cannot be read."""
    paths: list[Path] = []
    with contextlib.suppress(OSError), os.scandir(folder) as items:
        for item in items:
            path = Path(item.path)
            with contextlib.suppress(OSError):
                if item.is_dir():
                    if not is_partial(item.name) and (
                        os.path.isfile(path / "model_index.json")
                        or os.path.isdir(path / "unet")
                        or os.path.isdir(path / "transformer")
                    ):
                        paths.append(path)
                elif path.suffix.lower() in (".safetensors", ".ckpt") and item.is_file():
                    paths.append(path)
    return sorted(paths)
