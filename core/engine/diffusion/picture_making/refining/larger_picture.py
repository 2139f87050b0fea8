"""The job of a picture that was enlarged and is refined, told tile by tile: its steps are tiles,
its previews small."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import numpy as np
import torch
import torch.nn.functional as F

from core.engine.diffusion.picture_inputs.canvas import read_source
from core.engine.diffusion.picture_making.refining.refining import refined
from core.engine.diffusion.picture_making.workplace import Workplace, joined_directions
from core.values.events import Preview, StepDone
from core.values.job import Job, StartPixels
from core.values.picture import Pixels
from core.values.request_parts.start_picture import StartPicture

SHOWN = 64  # latents of a preview's longer side


@dataclass(slots=True)
class TilesTold:
    """Tells whoever hears of the picture how many tiles are done, and shows it as it was after the
    last step."""

    place: Workplace
    _shown: Preview | None = None
    _before: float = field(default_factory=time.monotonic)

    def __call__(self, done: int, total: int) -> None:
        """So many of so many are done."""
        now = time.monotonic()
        seconds = now - self._before
        self._before = now
        shown, self._shown = self._shown, None
        self.place.progress.tell_tile(
            StepDone(step=done, steps=total, sigma=0.0, seconds=seconds, preview=shown)
        )

    def see(self, x0: torch.Tensor) -> None:
        """The estimate x0 (1, c, h, w) of a step: shown with the next tile."""
        previewer = self.place.model.previewer if self.place.spec.previews else None
        if previewer is None:
            return
        share = min(1.0, SHOWN / max(x0.shape[2:]))
        size = [max(1, round(side * share)) for side in x0.shape[2:]]
        self._shown = previewer.look(F.interpolate(x0, size=size, mode="area"))


def refined_picture(place: Workplace, job: Job) -> Pixels:
    """The picture at `job.start`, which has the size that is wanted, refined as the request's
    `upscale` says; its alpha stays. Raises WorldError where it is gone, and what `refined`
    raises."""
    request = job.request
    source = read_source(job.start)
    place.beat()
    start = replace(StartPicture(), strength=request.upscale.refine)
    told = TilesTold(place)
    refining = replace(job, request=replace(request, start=start))
    rows = refined(place, refining, source.pixels, told, joined_directions(request), told.see)
    alpha = None if source.alpha is None else source.alpha.tobytes()
    return Pixels(*source.size, rows.tobytes(), alpha)


def with_start(job: Job, enlarged: Pixels) -> Job:
    """The job, which now begins with this picture."""
    rows = np.frombuffer(enlarged.rgb, np.uint8).reshape(enlarged.height, enlarged.width, 3)
    mode = "RGB"
    if enlarged.alpha is not None:
        alpha = np.frombuffer(enlarged.alpha, np.uint8).reshape(enlarged.height, enlarged.width, 1)
        rows = np.concatenate([rows, alpha], axis=-1)
        mode = "RGBA"
    start = StartPixels(enlarged.width, enlarged.height, mode, rows.tobytes())
    return replace(job, start=start)
