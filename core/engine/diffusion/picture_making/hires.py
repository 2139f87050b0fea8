"""Hires fix: a picture that is composed small and refined large. As in A1111 the second pass has
noise of the same seed in its own shape, all of its steps, and the refiner."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from core.engine.contract.parity import plan_of
from core.engine.contract.passes import first_pass, second_pass
from core.engine.contract.start_levels import start_levels
from core.engine.diffusion.parts.told_texts import places_of
from core.engine.diffusion.picture_inputs.holding import StartLatents
from core.engine.diffusion.picture_making.sampling import Beginning, decoded, sampled
from core.engine.diffusion.picture_making.workplace import Workplace, joined_directions
from core.sampling.schedules import FlowTable
from core.values.events import Phase
from core.values.job import Job
from core.values.program import Program

# upscalers that work on latents: how torch interpolates, and whether it blurs beforehand
LATENT_UPSCALERS: dict[str, tuple[str, bool]] = {
    "latent": ("bilinear", False),
    "latent_antialiased": ("bilinear", True),
    "latent_bicubic": ("bicubic", False),
    "latent_bicubic_antialiased": ("bicubic", True),
    "latent_nearest": ("nearest", False),
    "latent_nearest_exact": ("nearest-exact", False),
}
_PIXEL_UPSCALERS = {
    "lanczos": Image.Resampling.LANCZOS,
    "nearest": Image.Resampling.NEAREST,
}
_AXES = {"y": 2, "x": 3}  # of (n, c, h, w)


def sampled_large(place: Workplace, job: Job) -> torch.Tensor:
    """The finished latents (1, c, h, w) of a job whose picture is composed small first."""
    request = job.request
    model = place.borrow(job)
    flow = isinstance(model.table(request), FlowTable)
    small = replace(job, request=first_pass(request, flow=flow), refiner=None)
    large = replace(job, request=second_pass(request), resume=None)
    family = job.model.family
    composing = plan_of(small.request, model.table(small.request), family)
    refining = start_levels(large.request, model.table(large.request), family)
    place.progress.expect((len(composing.levels) - 1, refining.steps))
    composed = sampled(place, small)
    latents = _enlarged(place, small, large, composed, request.hires.upscaler)
    place.beat()
    place.progress.next_pass()
    place.composed_in = places_of(small.request, len(composing.levels) - 1)
    return sampled(place, large, Beginning(latents=StartLatents(source=latents, levels=refining)))


def _enlarged(
    place: Workplace, small: Job, large: Job, latents: torch.Tensor, upscaler: str
) -> torch.Tensor:
    """The small picture's latents (1, c, h, w) at the size of the large one's."""
    request = large.request
    size = place.model.shape(request)[2:]
    # A1111 knows nothing of joined edges here
    joined = "" if request.program == Program.A1111 else joined_directions(request)
    if upscaler in LATENT_UPSCALERS:
        return enlarged_latents(latents, (size[0], size[1]), upscaler, joined)
    pixels = decoded(place, small, latents)
    rows = np.frombuffer(pixels.rgb, np.uint8).reshape(pixels.height, pixels.width, 3)
    rows = enlarged_pixels(rows, (request.width, request.height), upscaler, joined)
    place.enter(Phase.ENCODING)
    with place.autoencoder(request) as model:
        return place.encode(model, rows)


def enlarged_latents(
    latents: torch.Tensor, size: tuple[int, int], upscaler: str, joined: str = ""
) -> torch.Tensor:
    """Latents (1, c, h, w) as (1, c, *size), by one of LATENT_UPSCALERS; beyond edges that are
    `joined` ("x", "y" or both) comes the other side."""
    mode, antialias = LATENT_UPSCALERS[upscaler]
    wide = latents
    sides = list(size)
    for direction in joined:
        axis = _AXES[direction]
        wide = torch.cat([wide] * 3, axis)  # of three side by side the middle one is kept
        sides[axis - 2] *= 3
    wide = F.interpolate(wide, size=tuple(sides), mode=mode, antialias=antialias)
    for direction in joined:
        axis = _AXES[direction]
        wide = wide.narrow(axis, size[axis - 2], size[axis - 2])
    return wide.contiguous()


def enlarged_pixels(
    rows: np.ndarray, size: tuple[int, int], upscaler: str, joined: str = ""
) -> np.ndarray:
    """Pixels (h, w, 3) at another (width, height), by "lanczos" or "nearest"; edges as above."""
    across = 3 if "x" in joined else 1
    down = 3 if "y" in joined else 1
    sheet = Image.fromarray(np.tile(rows, (down, across, 1)))
    width, height = size
    large = sheet.resize((width * across, height * down), _PIXEL_UPSCALERS[upscaler])
    left = width * (across // 2)
    top = height * (down // 2)
    return np.asarray(large)[top : top + height, left : left + width]
