"""What is said of the picture of a step, and of how it was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.insight.opening import Opening, State
from desktop.pictures.comparing.making_again import MOST_REASONS, how_far
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.again.recreate import Verdict
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


def said_of(opening: Opening) -> str:
    """What stands above the picture."""
    name = opening.path.name if opening.path is not None else ""
    match opening.state:
        case State.NOTHING:
            return tr("No picture is open here.")
        case State.LOOKING:
            return tr("{name}: looking whether its steps were recorded.", name=name)
        case State.UNRECORDED:
            return tr(
                "{name}: its steps are not recorded. It can be made again with recording, which "
                "takes as long as the picture did.",
                name=name,
            )
        case State.WAITING:
            return tr("{name} is recorded after the pictures that wait.", name=name)
        case State.RECORDING:
            return tr("{name} is made again with recording.", name=name)
        case State.RECORDED:
            return _recorded(name, opening.verdict)
        case State.REFUSED:
            return str(opening.fault)


def _recorded(name: str, verdict: Verdict | None) -> str:
    if verdict is None:
        return tr("{name}: the steps of this very picture.", name=name)
    if verdict.identical:
        return tr("{name} was made again with recording: it is identical.", name=name)
    return " ".join((how_far(name, verdict), *verdict.reasons[:MOST_REASONS]))


def action_of(state: State) -> str:
    """The words of the button beside that; "" where there is nothing to do."""
    return {
        State.UNRECORDED: tr("Record its steps"),
        State.WAITING: tr("Stop"),
        State.RECORDING: tr("Stop"),
        State.REFUSED: tr("Try again"),
    }.get(state, "")
