"""A lesson of one's own: the stops of another one, with the pictures that were made of it."""

from __future__ import annotations

import operator
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.service.lessons.files import OpenLesson
from core.service.lessons.plain import MOST_FRAMES, MOST_SHOTS
from core.values.insight.lesson import Frame, Lesson, Shot, Stop
from core.values.picture import Pixels
from core.values.request import Request


@dataclass(frozen=True, slots=True)
class ToldLook:
    """A look at how a picture came to be, what it shows, and what it is called."""

    words: str
    pixels: Pixels
    name: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class MadePicture:
    """A picture of a stop's experiment, or a person's own of one, with the looks at how it came to
    be."""

    request: Request
    pixels: Pixels
    film: tuple[ToldLook, ...] = ()


def new_id() -> str:
    """Of a lesson that nobody has seen yet."""
    return f"lesson-{secrets.token_hex(8)}"


def recorded(
    lesson: Lesson,
    made: Mapping[tuple[str, int], MadePicture],
    own: Mapping[str, MadePicture],
    own_name: str,
) -> OpenLesson:
    """A new lesson of the same stops, with the pictures that were `made`, by a stop's id and the
    place of the shot, and a person's `own` ones, called `own_name`, by the stop's id. A picture
    that was not made is made where somebody wants to see it."""
    pictures: dict[str, Pixels] = {}

    def kept(name: str, pixels: Pixels) -> str:
        part = f"pictures/{name}.png"
        pictures[part] = pixels
        return part

    def shot_with(shot: Shot, picture: MadePicture | None, name: str) -> Shot:
        if picture is None:
            return replace(shot, picture="", frames=())
        frames = tuple(
            Frame(kept(f"{name}-look-{number}", look.pixels), look.words, look.name)
            for number, look in enumerate(picture.film[:MOST_FRAMES], 1)
        )
        return replace(shot, picture=kept(name, picture.pixels), frames=frames)

    def stop_with(number: int, stop: Stop) -> Stop:
        shots = [
            shot_with(shot, made.get((stop.id, place)), f"{number}-{place + 1}")
            for place, shot in enumerate(stop.shots)
        ]
        mine = own.get(stop.id)
        if mine is not None and len(shots) < MOST_SHOTS:
            shots.append(shot_with(Shot(own_name, mine.request), mine, f"{number}-own"))
        return replace(stop, shots=tuple(shots))

    stops = tuple(stop_with(number, stop) for number, stop in enumerate(lesson.stops, 1))
    return OpenLesson(replace(lesson, id=new_id(), stops=stops), pictures)


def answer_after(before: tuple[str, ...], place: int, after: tuple[str, ...]) -> int | None:
    """Where the choice that stood at `place` is once its lines were changed: it stays where one
    line got other words, and follows its text otherwise; None where that was deleted."""
    if len(after) == len(before) and sum(map(operator.ne, before, after)) <= 1:
        return place
    text = before[place]
    if after[place : place + 1] == before[place : place + 1]:
        return place
    return after.index(text) if text in after else None


def pictures_made(opened: OpenLesson) -> dict[tuple[str, int], MadePicture]:
    """What a lesson's file has of pictures, by a stop's id and the place of the shot."""
    return {
        (stop.id, place): MadePicture(
            shot.request,
            opened.pictures[shot.picture],
            tuple(
                ToldLook(one.words, opened.pictures[one.picture], one.name)
                for one in shot.frames
                if one.picture
            ),
        )
        for stop in opened.lesson.stops
        for place, shot in enumerate(stop.shots)
        if shot.picture
    }
