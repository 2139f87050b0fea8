"""Pictures of the steps of a recording."""

from __future__ import annotations

from pathlib import Path

import torch

from core.engine.contract.recording_file import Latents, RecordingFile
from core.engine.diffusion.families.model import learned_for
from core.engine.diffusion.parts.preview import Previewer
from core.engine.diffusion.picture_making.sampling import decoded
from core.engine.diffusion.picture_making.workplace import Workplace, joined_directions
from core.system.errors import WorldError
from core.values.job import Job, RecordedLook
from core.values.picture import Pixels


def looked_at(place: Workplace, job: Job, look: RecordedLook) -> Pixels:
    """What `look` asks for, of the size that its pass has. Raises WorldError where the recording
    cannot be read or lacks the step, ModelMissing where the model cannot be used."""
    with place.undo, RecordingFile(Path(look.recording)) as file:
        if not 1 <= look.step <= file.steps:
            raise WorldError(
                f"The recording has no step {look.step}.", f"It has steps 1 to {file.steps}."
            )
        values = file.latents(look.step) if look.shown == "x" else _estimate(file, look)
        latents = torch.from_numpy(values).to(place.compute.device)
        model = place.borrow(job)
        if not look.rough:
            return decoded(place, job, latents)
        if model.previewer is None:
            model.previewer = learned_for(model, job.request)
        return _rough(model.previewer, job, latents)


def _estimate(file: RecordingFile, look: RecordedLook) -> Latents:
    if look.shown != "x0" and not file.is_guided(look.step):
        raise WorldError(
            f"Step {look.step} had one branch only: there was no guidance.",
            "Look at the estimate itself.",
        )
    return file.estimate(look.step, look.shown)


def _rough(previewer: Previewer, job: Job, latents: torch.Tensor) -> Pixels:
    previewer.join(joined_directions(job.request))
    seen = previewer.look(latents)
    return Pixels(seen.width, seen.height, seen.rgb)
