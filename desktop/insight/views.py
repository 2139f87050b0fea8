"""The views of Insight, in the order of their tabs."""

from __future__ import annotations

from desktop.insight.opened.opening import Opening
from desktop.insight.opened.view import BuiltView, View
from desktop.shared.context import RoomContext


def _rewind(context: RoomContext, opening: Opening) -> BuiltView:
    from desktop.insight.rewind.desk import Rewind

    return Rewind(context, opening)


def _from_text(context: RoomContext, opening: Opening) -> BuiltView:
    from desktop.insight.from_text.desk import FromText

    return FromText(context, opening)


VIEWS: tuple[View, ...] = (
    View(
        id="rewind",
        name="Rewind",
        help="Goes back through the steps of the picture, and on from any of them.",
        build=_rewind,
    ),
    View(
        id="from-text",
        name="From text to picture",
        help="Shows the way from the words over tokens, noise and latents to the pixels.",
        build=_from_text,
    ),
)
