"""The views of Insight, in the order of their tabs."""

from __future__ import annotations

from desktop.insight.opened.opening import Opening
from desktop.insight.opened.view import BuiltView, View
from desktop.shared.context import RoomContext


def _rewind(context: RoomContext, opening: Opening) -> BuiltView:
    from desktop.insight.rewind.desk import Rewind

    return Rewind(context, opening)


def _steps(context: RoomContext, opening: Opening) -> BuiltView:
    from desktop.insight.steps.desk import Steps

    return Steps(context, opening)


VIEWS: tuple[View, ...] = (
    View(
        id="rewind",
        name="Rewind",
        help="Goes back through the steps of the picture, and on from any of them.",
        build=_rewind,
    ),
    View(
        id="steps",
        name="Steps",
        help="The noise levels that the steps walk down, and what became visible when.",
        build=_steps,
        needs_recording=False,
    ),
)
