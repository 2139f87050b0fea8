"""What is kept while a picture is made, so that a crash or a stop does not cost what was done: one
small file of latents a job; where a picture is made larger, a folder of finished tiles."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import math
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.system.atomic_files import replace_file
from core.system.errors import WorldError
from core.system.json import dumps, loads, to_plain
from core.system.paths import safe_join
from core.system.regular_files import read_limited
from core.values.job import LatentCheckpoint, ModelRef
from core.values.request import Request
from core.values.request_parts.upscale import Upscale

LARGEST = 160 * 2**20  # bytes of a file that is believed: 64 million pixels in 16 channels
KEPT_SECONDS = 7 * 86_400.0  # how long a job may wait to be taken up again
VALUE_BYTES = 4  # of a float32
_TILES = ".tiles"
_LATENTS = ".latents"
_JOB = "job"  # in a folder of tiles: the id of the job that they are made for
_LONGEST_ID = 200  # characters
_TILES_NAME = 32  # digits
# Fields of a request in every mark. A later one counts only where it is not the default,
# so that what an older program kept is gone on with.
ALWAYS_MARKED = frozenset(
    [
        "prompt",
        "negative_prompt",
        "model",
        "width",
        "height",
        "steps",
        "guidance",
        "sampler",
        "schedule",
        "seed",
        "count",
        "clip_skip",
        "loras",
        "vae",
        "refiner",
        "refiner_at",
        "compatibility",
        "noise",
        "eta",
        "guidance_rescale",
        "guidance_from",
        "guidance_until",
        "freeu",
    ]
)
# What came later within a field counts so, too: by the field, names and defaults.
_LATER_WITHIN: dict[str, dict[str, object]] = {
    "levels": {"discard_penultimate": False, "keep_penultimate": False}
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Head:
    """The line before the values: `data` is their SHA-256, `recipe` that of the request and the
    model, `shape` that of the latents (batch, channels, height, width)."""

    step: int
    draws: int
    shape: tuple[int, ...]
    fingerprint: tuple[tuple[str, str], ...]
    data: str
    recipe: str


class CheckpointStore:
    """Files `root`/JOB.latents: a line of JSON, then the float32 values. What does not fit the
    request or is damaged does not count."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def save(
        self, job_id: str, request: Request, model: ModelRef, checkpoint: LatentCheckpoint
    ) -> None:
        """Keep the latents in the place of earlier ones; a disk that refuses costs no picture."""
        head = _Head(
            step=checkpoint.step,
            draws=checkpoint.draws,
            shape=checkpoint.shape,
            fingerprint=checkpoint.fingerprint,
            data=_sum(checkpoint.data),
            recipe=_mark(request, model),
        )
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            replace_file(self._path(job_id), dumps(head).encode() + b"\n" + checkpoint.data)
        except (OSError, WorldError) as fault:
            _log.warning("latents could not be kept: %s", fault)

    def load(self, job_id: str, request: Request, model: ModelRef) -> LatentCheckpoint | None:
        """What was kept for this very request and model; None where nothing was."""
        try:
            line, _, data = read_limited(self._path(job_id), LARGEST).partition(b"\n")
            head = loads(_Head, line.decode())
        except (OSError, ValueError, WorldError):  # Malformed is a ValueError
            return None
        same_picture = head.recipe == _mark(request, model)
        whole = head.data == _sum(data) and len(data) == math.prod(head.shape) * VALUE_BYTES
        if not (same_picture and whole):
            return None
        return LatentCheckpoint(
            step=head.step,
            draws=head.draws,
            shape=head.shape,
            data=data,
            fingerprint=head.fingerprint,
        )

    def drop(self, job_id: str) -> None:
        """The picture is there, so its latents go; a disk that refuses is noted in the log."""
        try:
            self._path(job_id).unlink(missing_ok=True)
        except (OSError, WorldError) as fault:
            _log.warning("kept latents could not be removed: %s", fault)

    def tiles_of(self, upscale: Upscale, upscaler: ModelRef | None) -> Path:
        """The folder for the finished tiles of a picture that is made larger. It is named by what
        they are made of, so that whoever asks for the same again goes on with them."""
        by = f"{upscaler.path}|{upscaler.hash}" if upscaler is not None else ""
        asked = f"{upscale.source}|{upscale.scale!r}|{by}|{upscale.refine!r}"
        return self._root / f"{_sum(asked.encode())[:_TILES_NAME]}{_TILES}"

    def note_job(self, folder: str, job_id: str) -> None:
        """The tiles of `folder` ("": none are kept) are made for a job of the queue; a disk that
        refuses is noted in the log."""
        if not folder:
            return
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
            replace_file(Path(folder) / _JOB, job_id.encode())
        except (OSError, WorldError) as fault:
            _log.warning("a job could not be noted beside its tiles: %s", fault)

    def drop_of(self, is_stopped: Callable[[str], bool]) -> None:
        """Tiles and latents of jobs that were cancelled: kept while the program runs, where such a
        job can be taken up again, and gone at the next start."""
        for folder in self._root.glob(f"*{_TILES}"):
            with contextlib.suppress(OSError, ValueError):
                if is_stopped(read_limited(folder / _JOB, _LONGEST_ID).decode()):
                    self.drop_tiles(str(folder))
        for path in self._root.glob(f"*{_LATENTS}"):
            if is_stopped(path.name.removesuffix(_LATENTS)):
                self.drop(path.name.removesuffix(_LATENTS))

    def drop_tiles(self, folder: str) -> None:
        """The picture is there, so its tiles go ("": it had none); a disk that refuses is noted in
        the log."""
        if folder and Path(folder).parent == self._root:
            shutil.rmtree(folder, ignore_errors=True)

    def forget_old(self) -> None:
        """Of jobs that nobody took up again for a week."""
        for folder in self._root.glob(f"*{_TILES}"):
            with contextlib.suppress(OSError):
                if time.time() - folder.stat().st_mtime > KEPT_SECONDS:
                    self.drop_tiles(str(folder))
        for path in self._root.glob(f"*{_LATENTS}"):
            try:
                if time.time() - path.stat().st_mtime > KEPT_SECONDS:
                    path.unlink()
            except OSError as fault:
                _log.warning("old latents could not be removed: %s", fault)

    def _path(self, job_id: str) -> Path:
        return safe_join(self._root, f"{job_id}{_LATENTS}")


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _mark(request: Request, model: ModelRef) -> str:
    """What the latents are for: another request or another model makes another picture."""
    usual = to_plain(Request())
    told = {
        name: _without_later(name, value)
        for name, value in to_plain(request).items()
        if name in ALWAYS_MARKED or value != usual[name]
    }
    asked = f"{dumps(told)}|{model.path}|{model.hash}|{model.prediction}"
    return _sum(asked.encode())


def _without_later(name: str, value: Any) -> Any:
    """A field's value without what later programs added to it, where that is at its default."""
    later = _LATER_WITHIN.get(name, {})
    if not later:
        return value
    return {key: one for key, one in value.items() if key not in later or one != later[key]}
