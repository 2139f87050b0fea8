"""The views of Insight, in the order of their tabs."""

from __future__ import annotations

from desktop.insight.opened.opening import Opening
from desktop.insight.opened.view import BuiltView, View
from desktop.shared.context import RoomContext

SIDE_BY_SIDE = "side-by-side"
TOUR = "tour"
WRONG = "wrong"


def _rewind(context: RoomContext, opening: Opening) -> BuiltView:
    from desktop.insight.rewind.desk import Rewind

    return Rewind(context, opening)


def _steps(context: RoomContext, opening: Opening) -> BuiltView:
    from desktop.insight.steps.desk import Steps

    return Steps(context, opening)


def _from_text(context: RoomContext, opening: Opening) -> BuiltView:
    from desktop.insight.from_text.desk import FromText

    return FromText(context, opening)


def _words(context: RoomContext, opening: Opening) -> BuiltView:
    from desktop.insight.without.desk import put_without
    from desktop.insight.words.desk import Words

    words = Words(context, opening)
    put_without(context, opening, words)
    return words


def _guidance(context: RoomContext, opening: Opening) -> BuiltView:
    from desktop.insight.guidance.desk import Guidance

    return Guidance(context, opening)


def _wrong(context: RoomContext, opening: Opening) -> BuiltView:
    from desktop.insight.wrong.desk import WhatWentWrong

    return WhatWentWrong(context, opening)


def _side_by_side(context: RoomContext, opening: Opening) -> BuiltView:
    from desktop.insight.side_by_side.view import SideBySide

    return SideBySide(context, opening)


def _tour(context: RoomContext, opening: Opening) -> BuiltView:
    from desktop.insight.tour.view import Tour

    return Tour(context)


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
    View(
        id="words",
        name="Words",
        help="Shows where in the picture each word was looked at, and what was in a place.",
        build=_words,
    ),
    View(
        id="steps",
        name="Steps",
        help="The noise levels that the steps walk down, and what became visible when.",
        build=_steps,
    ),
    View(
        id="guidance",
        name="Guidance",
        help="Sets the guesses with the prompt and against it side by side, and other scales.",
        build=_guidance,
    ),
    View(
        id=WRONG,
        name="What went wrong?",
        help="Measures what can be said against the picture, and tries what helps.",
        build=_wrong,
    ),
    View(
        id=SIDE_BY_SIDE,
        name="Side by side",
        help="Compares pictures: with a slider, in turn, by what differs, by their recipes.",
        build=_side_by_side,
    ),
    View(
        id=TOUR,
        name="Guided tour",
        help="Eight short experiments: you say what you expect, see it, and try it yourself.",
        build=_tour,
    ),
)
