"""The deed on lessons: one is written over an earlier one, and how far a person came is kept."""

from __future__ import annotations

from pathlib import Path

from core.service.lessons.authoring import MadePicture, recorded
from core.service.lessons.files import read_lesson, write_lesson
from core.service.lessons.progress import LessonProgress, Progress, load, save
from core.service.lessons.tour import guided_tour
from core.service.stores import open_stores
from core.system.errors import KnownError
from core.system.paths import places
from core.values.picture import Pixels
from tests.soak.disk import library
from tests.soak.disk.action import Action, Faults

SIDE = 64  # pixels
OLD, NEW = 40, 200  # greys
BEFORE = Progress().having("guided-tour", LessonProgress("seed").shown("seed", 1))
AFTER = BEFORE.having("guided-tour", LessonProgress("steps").shown("seed", 1).shown("steps", 0))


def _write(root: Path, grey: int) -> None:
    tour = guided_tour(str)
    pixels = Pixels(SIDE, SIDE, bytes([grey]) * (3 * SIDE * SIDE))
    made = {
        (stop.id, place): MadePicture(shot.request, pixels)
        for stop in tour.stops
        for place, shot in enumerate(stop.shots)
    }
    lesson = recorded(tour, made, {}, "My own")
    write_lesson(root / "mine.lesson", lesson.lesson, lesson.pictures)


def _prepare(root: Path) -> None:
    where = places(root).create()
    open_stores(where).close()
    _write(root, OLD)
    save(where.lessons, BEFORE)


def _act(root: Path) -> None:
    _write(root, NEW)
    save(places(root).lessons, AFTER)


def _look(root: Path, done: bool) -> Faults:
    library.begin(root).close()
    faults: Faults = []
    try:
        lesson = read_lesson(root / "mine.lesson")
    except KnownError as fault:
        return [f"the lesson cannot be read: {fault}"]
    greys = {picture.rgb[0] for picture in lesson.pictures.values()}
    if greys not in ([{NEW}] if done else [{OLD}, {NEW}]):
        faults.append(f"the lesson has pictures of {greys}")
    if load(places(root).lessons) not in ([AFTER] if done else [BEFORE, AFTER]):
        faults.append("how far a person came is lost")
    return faults


def actions() -> tuple[Action, ...]:
    """All of them."""
    return (Action("lesson", _prepare, _act, _look),)
