"""One picture, from a job to pixels with the fingerprint of what made them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import torch

from core.engine.contract.passes import is_refined
from core.engine.diffusion.parts.device import fingerprint, saving_time
from core.engine.diffusion.picture_making.from_picture import made_from_picture
from core.engine.diffusion.picture_making.hires import sampled_large
from core.engine.diffusion.picture_making.pipeline import rendered_by_pipeline
from core.engine.diffusion.picture_making.sampling import decoded, language_of, sampled, texts_over
from core.engine.diffusion.picture_making.workplace import Workplace
from core.engine.diffusion.recording.tape import tape_of
from core.engine.diffusion.time_saving.int8_matrices import why_no_int8
from core.models.files.families import FAMILIES
from core.prompt.tokens.blanks import hidden
from core.system.errors import InvalidRequest
from core.values.job import Job
from core.values.picture import Pixels, Result
from core.values.request_parts.hires import BY_HAND

Refine = Callable[[Workplace, Job], Pixels]


@torch.no_grad()
def make_picture(place: Workplace, job: Job, began: float, refine: Refine) -> Result:
    """The job's picture; `began` is when the work on it did, by `time.monotonic`. `refine` makes
    those that were enlarged.

    Raises RuntimeError or MemoryError where memory runs out, WorldError where numbers overflow or a
    kept picture is gone, ModelMissing for a model or an adapter that cannot be used, InvalidRequest
    for what the model cannot make, and what the listener raises to cancel.
    """
    job = _with_hidden_words(job)
    place.tape = tape_of(job, place.compute.device)
    if not job.recording and job.branch is None:
        return _made(place, job, began, refine)
    try:
        result = _made(place, replace(job, resume=None), began, refine)
    except BaseException:
        place.tape.abandon()
        raise
    if failure := place.tape.finish(result):
        place.note(f"It was not recorded: {failure}.")
    return result


def _with_hidden_words(job: Job) -> Job:
    """The job with its blanks written into its texts, as the encoders of our own networks read
    them."""
    if not job.blanks:
        return job
    row = FAMILIES.get(job.model.family)
    if row is not None and (row.pipeline or row.flow):
        raise InvalidRequest(
            "blanks",
            f"The words of {job.model.name} cannot be blanked where they stand.",
            "Leave them out of the prompt instead.",
        )
    request = job.request
    return replace(
        job,
        request=replace(
            request,
            prompt=hidden(request.prompt, job.blanks, is_negative=False),
            negative_prompt=hidden(request.negative_prompt, job.blanks, is_negative=True),
        ),
    )


def _made(place: Workplace, job: Job, began: float, refine: Refine) -> Result:
    with place.undo:
        row = FAMILIES.get(job.model.family)
        if row and row.pipeline:
            pixels = rendered_by_pipeline(place, job)
            more = ()
        else:
            pixels = _by_our_loop(place, job, refine)
            texts, _ = texts_over(place, job.request)
            more = (
                *saving_time(job.request, why_no_int8(place.compute)),
                *place.encoded_by,
                *language_of(texts, job.request.program),
            )
        known = (
            *fingerprint(place.compute, place.networks),
            ("memory", place.mode.id),
            *more,
        )
        return Result(pixels, time.monotonic() - began, place.compute.label, known)


def _by_our_loop(place: Workplace, job: Job, refine: Refine) -> Pixels:
    request = job.request
    if request.upscale.source:
        return refine(place, job)
    if request.start.source:
        if request.hires.mode == BY_HAND:
            place.note("Hires fix is for pictures from words: this one starts from a picture.")
        return made_from_picture(place, job)
    if is_refined(request):
        return decoded(place, job, sampled_large(place, job))
    return decoded(place, job, sampled(place, job))
