"""What is said of the picture of a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.step_figures import StepFigures


def caption(figures: StepFigures, shown: str, negative: str) -> str:
    """What a picture of a step is. `shown` as `RecordedLook` has it, `negative` the negative
    prompt."""
    is_noisy = figures.log_snr is None or figures.log_snr < 0
    if shown == "x":
        return tr("The latents as they are after this step. The decoder never learned noise.")
    if shown == "with":
        return tr("The model's guess with the prompt alone.")
    if shown == "without":
        if negative.strip():
            return tr("The model's guess with the negative prompt, which guidance leads away from.")
        return tr("The model's guess with an empty prompt, which guidance leads away from.")
    words = tr("The model's guess of the finished picture.")
    if is_noisy:
        words += " " + tr("Early it is blurred because it averages many.")
    return words
