"""The guided tour: a lesson of the program's own, of which pictures are made while one follows."""

from __future__ import annotations

from collections.abc import Callable

from core.service.lessons.plain import lesson_in, translated
from core.system.errors import WorldError
from core.system.paths import RESOURCES
from core.system.regular_files import read_limited
from core.values.insight.lesson import Lesson

TOUR = "guided-tour"
FILE = RESOURCES / "lessons" / "tour.json"
_MAX_FILE = 2**20  # bytes


def guided_tour(translate: Callable[[str], str]) -> Lesson:
    """The tour in the words that `translate` makes of the English ones. Raises WorldError where
    the program is not whole."""
    try:
        return translated(lesson_in(read_limited(FILE, _MAX_FILE)), translate)
    except (OSError, ValueError) as fault:
        raise WorldError("The guided tour is missing.", "Set the program up again.") from fault
