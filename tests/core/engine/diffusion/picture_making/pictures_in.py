"""Kept pictures and masks as the runner hands them to an engine, and jobs that start from them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.models.library.library import Library
from core.values.job import Job, ModelRef, StartFiles
from core.values.picture import Pixels
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture
from core.values.resolved_request import resolve

STARTER = Library(Path("nowhere")).find("starter").ref()
Rows = NDArray[np.uint8]  # (h, w, 3), or (h, w) of a mask
SOURCE, MASK = "a" * 64, "b" * 64  # addresses, which an engine does not look at
SMALL = Request(
    "a red house on a meadow",
    seed=5,
    steps=4,
    width=96,
    height=64,
    sampler="euler",
    schedule="discrete",
    start=StartPicture(source=SOURCE, strength=0.5, mask_blur=2.0),
)


def drawn(width: int, height: int) -> Rows:
    """A picture of waves, no two rows or columns of which are alike."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(x / 9 + y / 17), np.cos(y / 7), np.sin((x + 2 * y) / 23)]
    return np.rint(127 + 100 * np.stack(waves, -1)).astype(np.uint8)


def boxed(width: int, height: int, box: tuple[int, int, int, int]) -> Rows:
    """A mask that is white in left, top, right, bottom."""
    mask = np.zeros((height, width), np.uint8)
    left, top, right, bottom = box
    mask[top:bottom, left:right] = 255
    return mask


def kept(folder: Path, source: Rows, mask: Rows | None = None) -> StartFiles:
    """Both as files."""
    Image.fromarray(source).save(folder / "source.png")
    if mask is None:
        return StartFiles(str(folder / "source.png"))
    Image.fromarray(mask).save(folder / "mask.png")
    return StartFiles(str(folder / "source.png"), str(folder / "mask.png"))


def job(
    files: StartFiles, request: Request = SMALL, model: ModelRef = STARTER, **start: object
) -> Job:
    """A job that starts from them, with other values of its start picture."""
    values = {"mask": MASK if files.mask else "", **start}
    asked = replace(request, start=replace(request.start, **values))  # type: ignore[arg-type]
    return Job(resolve(asked), model, start=files)


def rows(pixels: Pixels) -> Rows:
    """(h, w, 3)."""
    return np.frombuffer(pixels.rgb, np.uint8).reshape(pixels.height, pixels.width, 3)
