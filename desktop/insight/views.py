"""The views of Insight, in the order of their tabs."""

from __future__ import annotations

from desktop.insight.opened.opening import Opening
from desktop.insight.opened.view import BuiltView, View
from desktop.shared.context import RoomContext


def _rewind(context: RoomContext, opening: Opening) -> BuiltView:
    from desktop.insight.rewind.desk import Rewind

    return Rewind(context, opening)


def _guidance(context: RoomContext, opening: Opening) -> BuiltView:
    from desktop.insight.guidance.desk import Guidance

    return Guidance(context, opening)


VIEWS: tuple[View, ...] = (
    View(
        id="rewind",
        name="Rewind",
        help="Goes back through the steps of the picture, and on from any of them.",
        build=_rewind,
    ),
    View(
        id="guidance",
        name="Guidance",
        help="Sets the guesses with the prompt and against it side by side, and other scales.",
        build=_guidance,
    ),
)
