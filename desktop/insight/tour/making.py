"""A lesson of one's own is made of the one that is open: changed, its pictures made, saved."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QLocale, QObject, QTimer
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

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
MAKE, WITHOUT = "make", "without"  # what becomes of missing pictures at saving
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
        self._changed_at: dict[str, int] = {}  # when each was last changed, as a draft has it
        self._waits_to_save = False  # once the missing pictures are made
        self._path = context.services.stores.places.lesson_draft
        self._is_changed = False  # since it was last written down
        self._soon = QTimer(self, interval=SOON, singleShot=True)
        self._soon.timeout.connect(self._keep)
        self.editor = LessonEditor()
        self.editor.save_asked.connect(self._ask_to_save)
        self.editor.make_asked.connect(self._make_or_stop)
        self.editor.taken_out.connect(self._tell_taken_out)
        self.editor.changed.connect(self._keep_soon)
        self.editor.changed.connect(self._tell_mismatch)
        self.editor.changed.connect(self.tell_count)
        self.editor.back.connect(self._wait_no_more)
        self.editor.anew_asked.connect(self._begin_anew)
        pictures.changed.connect(lambda _: self.tell_count())
        pictures.failed.connect(self._fail)

    def open(self, lesson: Lesson, at: int) -> None:
        """Change this lesson, or go on with that."""
        if self._origin is None or lesson.id != self._origin.id:
            self.close()
            self._origin = lesson
            self.editor.open(self._drafts.get(lesson.id, lesson), at)
            self.editor.own_tries.setChecked(False)
        self._tell_draft()
        self._tell_mismatch()
        self.tell_count()

    def close(self) -> None:
        """Another lesson was opened; what became of this one is there when that is opened again."""
        if self._origin is not None:
            self._drafts[self._origin.id] = self.editor.lesson()
            self._keep()
        self._origin = None
        self._waits_to_save = False

    def know(self, draft: LessonDraft) -> None:
        """What was being made at the last exit."""
        self._drafts.setdefault(draft.of, draft.lesson)
        self._changed_at.setdefault(draft.of, draft.changed)

    def _tell_draft(self) -> None:
        """That one goes on with what was changed before, if it was."""
        origin, words = self._origin, ""
        if origin is not None and self.editor.lesson() != origin:
            words = _draft_words(self._changed_at.get(origin.id, 0))
        self.editor.show_draft(words)

    def _tell_mismatch(self) -> None:
        """That the text about the lesson was written for another number of stops."""
        origin, lesson, words = self._origin, self.editor.lesson(), ""
        if origin is not None and lesson.about.strip() and lesson.about == origin.about:
            before, now = len(origin.stops), len(lesson.stops)
            if before != now:
                words = tr(
                    "This text was written for {before} stops, your lesson has {now}: see whether "
                    "it still holds.",
                    before=before,
                    now=now,
                )
        self.editor.show_mismatch(words)

    def _keep_soon(self) -> None:
        """Soon after the first change, not the last: whoever types without a pause is saved too."""
        self._is_changed = True
        if self._origin is not None:
            self._changed_at[self._origin.id] = int(time.time())
        if not self._soon.isActive():
            self._soon.start()

    def _keep(self) -> None:
        """Write down what was changed."""
        from core.service.lessons.drafts import LessonDraft, save

        if self._origin is not None and self._is_changed:
            self._is_changed = False
            of = self._origin.id
            draft = LessonDraft(of, self.editor.lesson(), self._changed_at.get(of, 0))
            self._tasks.submit(partial(save, self._path, draft), saves=True)

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
        self.editor.show_draft("")

    def _stops(self) -> tuple[Stop, ...]:
        return self.editor.lesson().stops

    def tell_count(self) -> None:
        """How many of the pictures are made."""
        if self._origin is None:
            return
        stops, missing = self._stops(), self._missing()
        count = sum(len(stop.shots) for stop in stops)
        words = tr("{made} of {count} pictures are made.", made=count - missing, count=count)
        busy = bool(self._pictures.waiting)
        self.editor.show_count(words, busy=busy, whole=not missing)
        self.editor.show_own_tries(sum(stop.id in self._pictures.own for stop in stops))
        if self._waits_to_save and not missing:
            self._waits_to_save = False
            self._context.notice.say(
                tr("All pictures of your lesson are made."),
                label=tr("Save lesson..."),
                action=self._ask_to_save,
                topic=TOPIC,
            )

    def _missing(self) -> int:
        """How many pictures are not made."""
        return sum(len(self._pictures.missing(stop)) for stop in self._stops())

    def _make_or_stop(self) -> None:
        if self._pictures.waiting:
            self._waits_to_save = False
            self._pictures.stop()
            self.tell_count()
        else:
            self._make_all()

    def _make_all(self) -> None:
        for stop in self._stops():
            self._pictures.make(stop)
        self.tell_count()

    def _wait_no_more(self) -> None:
        self._waits_to_save = False

    def _fail(self, _: str, fault: KnownError) -> None:
        self._waits_to_save = False
        if self._origin is not None and self.editor.isVisible():
            self._context.notice.say(str(fault), problem=True, topic=TOPIC)
            self.tell_count()

    def _tell_taken_out(self, at: int, stop: Stop) -> None:
        origin = self._origin

        def back() -> None:
            if self._origin is origin:
                self.editor.put_back(at, stop)

        self._context.notice.say(
            tr("{stop} was taken out of your lesson.", stop=stop.title),
            label=tr("Undo"),
            action=back,
            topic=TOPIC,
            expires=True,
        )

    def _ask_to_save(self) -> None:
        """Where nothing is left to be decided, and the pictures are there or not wanted."""
        undecided = self.editor.undecided()
        if undecided is not None:
            self.editor.stops.setCurrentRow(undecided)
            words = tr(
                "The right answer of {stop} was deleted. Choose what happens, then save.",
                stop=self._stops()[undecided].title,
            )
            self._context.notice.say(words, problem=True, topic=TOPIC)
            return
        missing = self._missing()
        answer = ask_about_missing(self.editor, missing) if missing else WITHOUT
        if answer == MAKE:
            self._waits_to_save = True
            self._make_all()
        elif answer == WITHOUT:
            self._ask_where()

    def _ask_where(self) -> None:
        lesson = self.editor.lesson()
        title = "".join(sign for sign in lesson.title if sign not in _NO_NAME).strip()
        kinds = tr("Lessons") + f" (*{ENDING})"
        name, _ = QFileDialog.getSaveFileName(
            self.editor, tr("Save lesson"), f"{title or tr('Lesson')}{ENDING}", kinds
        )
        if name:
            made = dict(self._pictures.made)
            own = dict(self._pictures.own) if self.editor.own_tries.isChecked() else {}
            work = partial(_write, Path(name), lesson, made, own, tr("My own"))
            saved = partial(self._saved, self._missing())
            self._tasks.submit(work, saved, self._refused, saves=True)

    def _saved(self, missing: int, path: Path) -> None:
        words = tr("Saved as {name}. It opens on any machine, without a model.", name=path.name)
        if missing:
            words = tr(
                "Saved as {name} without {n} of its pictures: what is missing is made where it is "
                "opened, which needs a model.",
                name=path.name,
                n=missing,
            )
        self._context.notice.say(words, topic=TOPIC)

    def _refused(self, fault: KnownError) -> None:
        self._context.notice.say(str(fault), problem=True, topic=TOPIC)


def ask_about_missing(parent: QWidget, missing: int) -> str:
    """What becomes of a lesson that lacks pictures: MAKE them, save it WITHOUT, or "" for none."""
    words = tr(
        "{n} pictures are missing: whoever opens the lesson without a model will not see them.",
        n=missing,
    )
    if missing == 1:
        words = tr("1 picture is missing: whoever opens the lesson without a model lacks it.")
    box = QMessageBox(QMessageBox.Icon.Question, "Calotype", words, parent=parent)
    make = box.addButton(tr("Make them first"), QMessageBox.ButtonRole.AcceptRole)
    save = box.addButton(tr("Save without them"), QMessageBox.ButtonRole.DestructiveRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(make)
    box.exec()
    pressed = box.clickedButton()
    return MAKE if pressed is make else WITHOUT if pressed is save else ""


def _draft_words(changed: int) -> str:
    """`changed` as a draft has it."""
    anew = tr("Begin anew throws its texts, order and stops away; pictures stay.")
    if not changed:
        words = tr("You go on with a lesson that you began before.")
    else:
        when = QLocale.system().toString(
            QDateTime.fromSecsSinceEpoch(changed), QLocale.FormatType.ShortFormat
        )
        words = tr("You go on with your lesson from {when}.", when=when)
    return f"{words} {anew}"


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
