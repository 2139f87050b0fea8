"""What is said of the picture that is open, and of how it was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.insight.opened.opening import Opening, State
from desktop.pictures.comparing.making_again import MOST_REASONS, how_far
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.again.recreate import Verdict


def said_of(opening: Opening) -> str:
    """What stands above the picture."""
    name = opening.path.name if opening.path is not None else ""
    match opening.state:
        case State.NOTHING:
            return tr("No picture is open here. New here? Take the guided tour.")
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
            is_same = opening.picture is None or opening.picture.identical
            return _recorded(name, opening.verdict, is_same=is_same)
        case State.REFUSED:
            return str(opening.fault)


def _recorded(name: str, verdict: Verdict | None, *, is_same: bool) -> str:
    if verdict is None and not is_same:
        return tr(
            "{name}: its steps as they were when it was made again. That came out otherwise than "
            "the picture.",
            name=name,
        )
    if verdict is None:
        return tr("{name}: the steps of this very picture.", name=name)
    if verdict.identical:
        return tr("{name} was made again with recording: it is identical.", name=name)
    return " ".join((how_far(name, verdict), *verdict.reasons[:MOST_REASONS]))


def action_of(state: State) -> str:
    """The words of the button beside that; "" where there is nothing to do."""
    return {
        State.NOTHING: tr("Guided tour"),
        State.UNRECORDED: tr("Record its steps"),
        State.WAITING: tr("Stop"),
        State.RECORDING: tr("Stop"),
        State.REFUSED: tr("Try again"),
    }.get(state, "")
