"""How far a person came, read and kept in a task; what is shown is the value here."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from core.service.lessons.progress import LessonProgress, Progress, save
from desktop.state.services import Services

if TYPE_CHECKING:
    from pathlib import Path

    from core.service.lessons.drafts import LessonDraft
    from core.service.lessons.files import OpenLesson
    from core.system.paths import Places
    from core.values.insight.lesson import Lesson


class Keeping:
    """`progress` of all lessons; each change is written."""

    def __init__(self, services: Services) -> None:
        self._tasks = services.database_tasks
        self._path = services.stores.places.lessons
        self.progress = Progress()

    def of(self, lesson: Lesson) -> LessonProgress:
        """How far a person came in one."""
        return self.progress.of(lesson.id)

    def note(self, lesson: Lesson, now: LessonProgress) -> None:
        """Another progress in one."""
        self.put(self.progress.having(lesson.id, now))

    def put(self, progress: Progress) -> None:
        """Another progress of all."""
        if progress != self.progress:
            self.progress = progress
            self._tasks.submit(partial(save, self._path, progress))


def kept(places: Places) -> tuple[Lesson, Progress, LessonDraft | None]:
    """The tour in English, how far a person came, and the lesson that one makes. Raises KnownError
    where the tour is not there."""
    from core.service.lessons import drafts, progress
    from core.service.lessons.tour import guided_tour

    return guided_tour(str), progress.load(places.lessons), drafts.load(places.lesson_draft)


def read(path: Path) -> OpenLesson:
    """The lesson in a file. Raises WorldError where it is none."""
    from core.service.lessons.files import read_lesson

    return read_lesson(path)
