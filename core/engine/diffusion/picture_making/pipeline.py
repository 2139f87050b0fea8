"""A picture of a model without a wrapper of ours: diffusers' pipeline runs, and tells of each
step."""

from __future__ import annotations

import time

from core.engine.diffusion.parts.embeddings import notes_where_unsupported
from core.engine.diffusion.picture_making.workplace import Workplace, joined_directions
from core.values.events import NetworkCalled, Phase, StepDone
from core.values.job import Job
from core.values.picture import Pixels


def rendered_by_pipeline(place: Workplace, job: Job) -> Pixels:
    """What the pipeline makes of the job's request. Raises InvalidRequest for what it knows nothing
    of, WorldError where its numbers overflow, and what the listener raises to cancel."""
    request = job.request
    last = time.monotonic()
    model, offloader = place.pipeline(job)

    def stepped(step: int) -> None:
        nonlocal last
        now = time.monotonic()
        place.progress(NetworkCalled())
        done = StepDone(
            step=min(step, request.steps),
            steps=request.steps,
            sigma=1 - step / request.steps,
            seconds=now - last,
        )
        place.progress(done)
        last = now

    for words in notes_where_unsupported(job):
        place.note(words)
    if joined_directions(request):
        place.note(
            f"{job.model.name} runs through its own pipeline, which joins no edges: a seam may be "
            "seen."
        )
    place.enter(Phase.SAMPLING)
    with offloader.on_device("unet"), offloader.on_device("vae"):
        return model.render(request, stepped)
