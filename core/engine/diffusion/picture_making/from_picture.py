"""A picture made from a picture: image to image, inpaint and extend, in one pass or several. Each
frame of the canvas is encoded, sampled, decoded and put back, and the next one is cut from what the
ones before it left."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from core.engine.contract.extension import windows_of
from core.engine.contract.passes import FLOW_STRIDE, LATENT_STRIDE
from core.engine.contract.start_levels import StartLevels, approximation, start_levels
from core.engine.diffusion.families.model import Model
from core.engine.diffusion.picture_inputs.canvas import Canvas, canvas_of, read_source
from core.engine.diffusion.picture_inputs.encoding import content_noise, mask_tensor
from core.engine.diffusion.picture_inputs.frame import Frame, Piece
from core.engine.diffusion.picture_inputs.frames import frames_of
from core.engine.diffusion.picture_inputs.holding import NOISE, StartLatents
from core.engine.diffusion.picture_inputs.masks import PixelRows, at_latent_size
from core.engine.diffusion.picture_making.sampling import Beginning, decoded, sampled
from core.engine.diffusion.picture_making.workplace import INSTRUCT_CHANNELS, Workplace
from core.models.files.families import FAMILIES
from core.values.declared.limits import MAX_SEED
from core.values.job import Job
from core.values.picture import Pixels
from core.values.request_parts.start_picture import StartPicture
from core.values.resolved_request import ResolvedRequest

INPAINTING_CHANNELS = 5  # that an inpainting model is shown beside its latents
_ALL = 255  # of a mask: made anew
_ORIGINAL = "original"
_NOTHING_MASKED = "The mask is empty: what it was to change stays as it is."
_NOTHING_IN_FRAME = "The mask is empty in the frame: what it was to change stays as it is."
_TOO_LITTLE_MASKED = (
    "The mask covers no place of 8 x 8 pixels enough to change it: what it was to change stays as "
    "it is."
)

LatentMask = NDArray[np.float32]  # (h / 8, w / 8)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FramePass:
    """One frame and what is sampled for it. `mask` is None where all in it is made anew."""

    frame: Frame
    request: ResolvedRequest
    levels: StartLevels
    mask: LatentMask | None


def is_kept_as_it_is(canvas: Canvas, start: StartPicture) -> bool:
    """Whether the result is the source as it was fitted: at strength 0, where nothing else is put
    into what is masked or added."""
    nothing_masked = canvas.mask is None and not canvas.is_extended
    return start.strength <= 0 and (nothing_masked or start.mask_content == _ORIGINAL)


def made_from_picture(place: Workplace, job: Job) -> Pixels:
    """The picture of a job whose request starts from one.

    Raises WorldError where a kept file is gone or damaged, InvalidRequest where mask, frame and
    picture do not fit together, and what `sampled` raises.
    """
    request = job.request
    start = request.start
    canvas = canvas_of(read_source(job.start), start, (request.width, request.height))
    place.beat()
    if is_kept_as_it_is(canvas, start):
        return canvas.result(canvas.pixels)
    row = FAMILIES.get(job.model.family)
    frames = frames_of(
        canvas,
        start,
        (request.width, request.height),
        windows=windows_of(row) if row else None,
        multiple=FLOW_STRIDE if row and row.flow else LATENT_STRIDE,
    )
    masks = [_latent_mask(frame, canvas, start) for frame in frames]
    left = [pair for pair in zip(frames, masks, strict=True) if not _leaves_nothing(pair[1])]
    if not frames:
        place.note(_NOTHING_IN_FRAME if start.area == "frame" else _NOTHING_MASKED)
    elif len(left) < len(frames):
        place.note(_TOO_LITTLE_MASKED)
    if not left:
        return canvas.result(canvas.pixels)
    if drawn_there := approximation(request.program):
        place.note(drawn_there)
    return canvas.result(_in_passes(place, job, canvas, left))


def _latent_mask(frame: Frame, canvas: Canvas, start: StartPicture) -> LatentMask | None:
    mask = frame.cut(canvas.pixels).mask
    return None if mask is None else at_latent_size(mask, LATENT_STRIDE, soft=start.mask_soft)


def _leaves_nothing(mask: LatentMask | None) -> bool:
    return mask is not None and not mask.any()


def _in_passes(
    place: Workplace,
    job: Job,
    canvas: Canvas,
    frames: list[tuple[Frame, LatentMask | None]],
) -> PixelRows:
    """The canvas's pixels after all passes, of which there is at least one."""
    passes = _passes(place.borrow(job), job, frames)
    place.progress.expect([made.levels.steps for made in passes])
    pixels = canvas.pixels
    for number, made in enumerate(passes):
        if number:
            place.progress.next_pass()
        of_pass = replace(job, request=made.request, resume=None if number else job.resume)
        piece = made.frame.cut(pixels, made.request.start.mask_content)
        latents = sampled(place, of_pass, _beginning(place, of_pass, made, piece))
        pixels = made.frame.put_back(pixels, _rows(decoded(place, of_pass, latents)))
        place.beat()
    return pixels


def _passes(
    model: Model, job: Job, frames: list[tuple[Frame, LatentMask | None]]
) -> list[FramePass]:
    """Noise differs from pass to pass: the same in each would make the same of it."""
    found: list[FramePass] = []
    for number, (frame, mask) in enumerate(frames):
        width, height = frame.size
        seed = (job.request.seed + number) % (MAX_SEED + 1)
        start = job.request.start
        if frame.refined_by is not None:
            start = replace(start, strength=frame.refined_by, mask_content=_ORIGINAL)
        request = replace(job.request, width=width, height=height, seed=seed, start=start)
        levels = start_levels(request, model.table(request), job.model.family)
        found.append(FramePass(frame=frame, request=request, levels=levels, mask=mask))
    return found


def _beginning(place: Workplace, job: Job, made: FramePass, piece: Piece) -> Beginning:
    """What a pass starts from: its piece of the canvas, encoded."""
    request = job.request
    start = request.start
    place.borrow(job)
    with place.autoencoder(request) as model:
        source = place.encode(model, piece.pixels)
        device = place.compute.device
        mask = None if made.mask is None else mask_tensor(made.mask, device)
        shown = _shown(place, model, piece, mask)
    # an instruct model with a mask is held as any other: it would change all of the picture
    is_shown = shown is not None and (mask is None or shown.shape[1] != INSTRUCT_CHANNELS)
    noise = None
    if start.mask_content == NOISE:
        noise = content_noise(request, tuple(source.shape), device)
    latents = StartLatents(
        source=source,
        levels=made.levels,
        mask=mask,
        is_soft=start.mask_soft,
        content=start.mask_content,
        content_noise=noise,
        is_shown=is_shown,
    )
    return Beginning(latents=latents, shown=shown)


def _shown(
    place: Workplace, model: Model, piece: Piece, mask: torch.Tensor | None
) -> torch.Tensor | None:
    """What a model that looks at a picture sees of it, (1, 4 or 5, h, w); None for other models."""
    if model.picture_channels == INSTRUCT_CHANNELS:
        return model.instruct_channels(piece.pixels, place.beat)
    if model.picture_channels != INPAINTING_CHANNELS:
        return None
    plane = piece.mask
    if plane is None or mask is None:
        height, width = piece.pixels.shape[:2]
        plane = np.full((height, width), _ALL, np.uint8)
        sides = height // LATENT_STRIDE, width // LATENT_STRIDE
        mask = mask_tensor(np.ones(sides, np.float32), place.compute.device)
    return model.inpainting_channels(piece.pixels, plane, mask, place.beat)


def _rows(pixels: Pixels) -> PixelRows:
    return np.frombuffer(pixels.rgb, np.uint8).reshape(pixels.height, pixels.width, 3)
