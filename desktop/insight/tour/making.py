"""A lesson of one's own is made of the one that is open: changed, its pictures made, saved."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QFileDialog

from core.service.lessons.files import ENDING
from core.system.errors import KnownError, WorldError
from desktop.insight.tour.editor import LessonEditor
from desktop.insight.tour.pictures import LessonPictures, Place
from desktop.shared.context import RoomContext
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.lessons.authoring import MadePicture
    from core.service.lessons.drafts import LessonDraft
    from core.service.lessons.files import OpenLesson
    from core.values.insight.lesson import Lesson, Stop

TOPIC = "lesson"
SOON = 800  # milliseconds after the first change, in which it is written down
_NO_NAME = '<>:"/\\|?*'  # what no name of a file may hold on some system


class LessonMaking(QObject):
    """What happens on the page of `editor`; the pictures are those of the lesson that is open."""

    def __init__(self, context: RoomContext, pictures: LessonPictures, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._tasks = context.services.image_tasks
        self._pictures = pictures
        self._origin: Lesson | None = None  # what this one is made of
        self._drafts: dict[str, Lesson] = {}  # what others were made into, by their ids
        self._path = context.services.stores.places.lesson_draft
        self._is_changed = False  # since it was last written down
        self._soon = QTimer(self, interval=SOON, singleShot=True)
        self._soon.timeout.connect(self._keep)
        self.editor = LessonEditor()
        self.editor.save_asked.connect(self._ask_where)
        self.editor.make_asked.connect(self._make_or_stop)
        self.editor.taken_out.connect(self._tell_taken_out)
        self.editor.changed.connect(self._keep_soon)
        self.editor.anew_asked.connect(self._begin_anew)
        pictures.changed.connect(lambda _: self.tell_count())
        pictures.failed.connect(self._fail)

    def open(self, lesson: Lesson, at: int) -> None:
        """Change this lesson, or go on with that."""
        if self._origin is None or lesson.id != self._origin.id:
            self.close()
            self._origin = lesson
            self.editor.open(self._drafts.get(lesson.id, lesson), at)
        self.tell_count()

    def close(self) -> None:
        """Another lesson was opened; what became of this one is there when that is opened again."""
        if self._origin is not None:
            self._drafts[self._origin.id] = self.editor.lesson()
            self._keep()
        self._origin = None

    def know(self, draft: LessonDraft) -> None:
        """What was being made at the last exit."""
        self._drafts.setdefault(draft.of, draft.lesson)

    def _keep_soon(self) -> None:
        """Soon after the first change, not the last: whoever types without a pause is saved too."""
        self._is_changed = True
        if not self._soon.isActive():
            self._soon.start()

    def _keep(self) -> None:
        """Write down what was changed."""
        from core.service.lessons.drafts import LessonDraft, save

        if self._origin is not None and self._is_changed:
            self._is_changed = False
            draft = LessonDraft(self._origin.id, self.editor.lesson())
            self._tasks.submit(partial(save, self._path, draft))

    def _begin_anew(self) -> None:
        origin, before = self._origin, self.editor.lesson()
        if origin is None:
            return

        def back() -> None:
            if self._origin is origin:
                self._put(before)

        self._put(origin)
        self._context.notice.say(
            tr("Your lesson begins anew."), label=tr("Undo"), action=back, topic=TOPIC, expires=True
        )

    def _put(self, lesson: Lesson) -> None:
        self.editor.open(lesson, 0)
        self.editor.changed.emit()
        self.tell_count()

    def _stops(self) -> tuple[Stop, ...]:
        return self.editor.lesson().stops

    def tell_count(self) -> None:
        """How many of the pictures are made."""
        if self._origin is None:
            return
        stops = self._stops()
        missing = sum(len(self._pictures.missing(stop)) for stop in stops)
        count = sum(len(stop.shots) for stop in stops)
        words = tr("{made} of {count} pictures are made.", made=count - missing, count=count)
        busy = bool(self._pictures.waiting)
        self.editor.show_count(words, busy=busy, whole=not missing)

    def _make_or_stop(self) -> None:
        if self._pictures.waiting:
            self._pictures.stop()
        else:
            for stop in self._stops():
                self._pictures.make(stop)
        self.tell_count()

    def _fail(self, _: str, fault: KnownError) -> None:
        if self._origin is not None and self.editor.isVisible():
            self._context.notice.say(str(fault), problem=True, topic=TOPIC)
            self.tell_count()

    def _tell_taken_out(self, at: int, stop: Stop) -> None:
        self.tell_count()

        def back() -> None:
            if self._origin is not None:
                self.editor.put_back(at, stop)
                self.tell_count()

        self._context.notice.say(
            tr("{stop} was taken out of your lesson.", stop=stop.title),
            label=tr("Undo"),
            action=back,
            topic=TOPIC,
            expires=True,
        )

    def _ask_where(self) -> None:
        lesson = self.editor.lesson()
        title = "".join(sign for sign in lesson.title if sign not in _NO_NAME).strip()
        kinds = tr("Lessons") + f" (*{ENDING})"
        name, _ = QFileDialog.getSaveFileName(
            self.editor, tr("Save lesson"), f"{title or tr('Lesson')}{ENDING}", kinds
        )
        if name:
            made, own = dict(self._pictures.made), dict(self._pictures.own)
            work = partial(_write, Path(name), lesson, made, own, tr("My own"))
            self._tasks.submit(work, self._saved, self._refused)

    def _saved(self, path: Path) -> None:
        words = tr("Saved as {name}. It opens on any machine, without a model.", name=path.name)
        self._context.notice.say(words, topic=TOPIC)

    def _refused(self, fault: KnownError) -> None:
        self._context.notice.say(str(fault), problem=True, topic=TOPIC)


def _write(
    path: Path,
    lesson: Lesson,
    made: Mapping[Place, MadePicture],
    own: Mapping[str, MadePicture],
    own_name: str,
) -> Path:
    """Raises WorldError where the lesson says too much or too little, or the disk refuses."""
    from core.service.lessons.authoring import recorded
    from core.service.lessons.files import write_lesson
    from core.service.lessons.plain import check
    from core.system.json import Malformed

    whole: OpenLesson = recorded(lesson, made, own, own_name)
    try:
        check(whole.lesson)
    except Malformed as fault:
        raise WorldError(f"The lesson is not saved: {fault}.", "Change that first.") from fault
    return write_lesson(path, whole.lesson, whole.pictures)
