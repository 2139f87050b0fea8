"""Answers to questions about the way from a text to a picture, by the networks themselves."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from core.engine.contract.recording_file import RecordingFile
from core.engine.diffusion.parts.noise import noise_of
from core.engine.diffusion.picture_making.planes import planes_of
from core.engine.diffusion.picture_making.sampling import decoded
from core.engine.diffusion.picture_making.text_answers import text_answered
from core.engine.diffusion.picture_making.workplace import Workplace
from core.system.errors import WorldError
from core.values.insight.questions import (
    Answer,
    DecodedAnswer,
    NoiseAnswer,
    NoiseQuestion,
    NudgeQuestion,
    PartsAnswer,
    PartSize,
    PartsQuestion,
    Question,
    RoundTripAnswer,
    RoundTripQuestion,
    TextQuestion,
)
from core.values.job import Job
from core.values.resolved_request import ResolvedRequest

WIDE = 3.0  # standard deviations that noise and latents are shown over


def answered(place: Workplace, job: Job, question: Question) -> Answer:
    """The answer by the model and the decoder of `job`. Raises WorldError where a recording cannot
    be read or lacks what is asked for, ModelMissing where the model cannot be used."""
    with place.undo:
        place.beat()
        match question:
            case TextQuestion():
                return text_answered(place, job, question)
            case NoiseQuestion():
                return _noise(job.request, question.shape)
            case NudgeQuestion():
                return _nudged(place, job, question)
            case RoundTripQuestion():
                return _round_trip(place, job, question)
            case PartsQuestion():
                return _parts(place, job)


def _noise(request: ResolvedRequest, shape: tuple[int, ...]) -> NoiseAnswer:
    """Of a mixture of two seeds also where it lies between them."""
    mixed = _start_noise(request, shape)
    share = request.noise.variation_strength
    alone = straight = mixed
    if share:
        alone = _start_noise(_with_share(request, 0.0), shape)
        straight = alone * (1 - share) + _start_noise(_with_share(request, 1.0), shape) * share
    cosine = float((alone * mixed).sum() / (alone.norm() * mixed.norm()))
    return NoiseAnswer(
        noise=planes_of(mixed[0], -WIDE, WIDE),
        mean=float(mixed.mean()),
        spread=float(mixed.std()),
        length=float(mixed.norm()),
        angle=math.degrees(math.acos(min(max(cosine, -1.0), 1.0))) if share else 0.0,
        straight=float(straight.norm()),
    )


def _start_noise(request: ResolvedRequest, shape: tuple[int, ...]) -> torch.Tensor:
    return noise_of(request, shape, (), brownian=False, device=torch.device("cpu"))[0]


def _with_share(request: ResolvedRequest, share: float) -> ResolvedRequest:
    return replace(request, noise=replace(request.noise, variation_strength=share))


def _nudged(place: Workplace, job: Job, question: NudgeQuestion) -> DecodedAnswer:
    with RecordingFile(Path(question.recording)) as file:
        latents = torch.from_numpy(file.latents(file.steps) * np.float32(file.head.passes[-1].end))
    if not 0 <= question.channel < latents.shape[1]:
        raise WorldError(
            f"The latents have no channel {question.channel + 1}.",
            f"They have channels 1 to {latents.shape[1]}.",
        )
    channel = latents[:, question.channel]
    channel += question.by * float(channel.std())
    place.borrow(job)
    began = time.monotonic()
    pixels = decoded(place, job, latents.to(place.compute.device))
    return DecodedAnswer(pixels, time.monotonic() - began)


def _round_trip(place: Workplace, job: Job, question: RoundTripQuestion) -> RoundTripAnswer:
    pixels = question.pixels
    rows = np.frombuffer(pixels.rgb, np.uint8).reshape(pixels.height, pixels.width, 3)
    place.borrow(job)
    with place.autoencoder(job.request) as model:
        began = time.monotonic()
        latents = place.encode(model, rows)
        middle = latents.float().cpu()
        encoding = time.monotonic() - began
    began = time.monotonic()
    back = decoded(place, job, latents)
    decoding = time.monotonic() - began
    bound = WIDE * (float(middle.std()) or 1.0)
    centre = float(middle.mean())
    planes = planes_of(middle[0], centre - bound, centre + bound)
    return RoundTripAnswer(back, planes, encoding, decoding)


def _parts(place: Workplace, job: Job) -> PartsAnswer:
    model = place.borrow(job)
    vae = model.parts("vae")[0]
    encoder = getattr(vae, "encoder", None)  # tiny autoencoders may have none
    return PartsAnswer(
        text=_size(model.parts("text")),
        denoiser=_size(model.parts("unet")),
        encoder=None if encoder is None else _size([encoder]),
        decoder=_size([vae.decoder]),
    )


def _size(networks: Iterable[nn.Module]) -> PartSize:
    """Of all together."""
    weights = [weight for network in networks for weight in network.parameters()]
    return PartSize(
        sum(weight.numel() for weight in weights),
        sum(weight.numel() * weight.element_size() for weight in weights),
    )
