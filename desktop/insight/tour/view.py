"""What happens in Guided tour: a lesson is open at a stop, from its question to one's own try."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFileDialog, QWidget

from core.service.lessons.files import ENDING, OpenLesson
from core.service.lessons.progress import NO_GUESS, LessonProgress, Progress
from core.system.errors import InvalidRequest, KnownError
from desktop.insight.opened.view import BuiltView
from desktop.insight.tour.filling import Filling
from desktop.insight.tour.keeping import Keeping
from desktop.insight.tour.making import LessonMaking
from desktop.insight.tour.page import TourPage
from desktop.insight.tour.pictures import LessonPictures
from desktop.shared.context import RoomContext
from desktop.widgets.announce import announce
from desktop.widgets.i18n import tr, tr_data

if TYPE_CHECKING:
    from core.service.lessons.drafts import LessonDraft
    from core.system.paths import Places
    from core.values.insight.lesson import Lesson, Stop
    from core.values.request import Request

TOPIC = "tour"


class Tour(BuiltView):
    """The lesson that is open, and where in it a person is."""

    def __init__(self, context: RoomContext) -> None:
        super().__init__(context.window)
        services = context.services
        self._context = context
        self._tasks = services.database_tasks
        self.pictures = LessonPictures(services, self)
        self.keeping = Keeping(services)
        self.tour: OpenLesson | None = None
        self.opened: OpenLesson | None = None
        self._wanted: Path | None = None  # to be opened as soon as the tour was read
        self._at = 0
        self._tries: dict[str, Request] = {}  # by a stop's id, what the fields held
        self.page = self.sheet = TourPage()
        self._filling = Filling(self.sheet, self.pictures, self.keeping, context.commands)
        self.first_focus = self.sheet.stops
        self.making = LessonMaking(context, self.pictures, self)
        self.sheet.stack.addWidget(self.making.editor)
        self._connect()
        self._tasks.submit(partial(_kept, services.stores.places), self._begin, self._miss)

    def _connect(self) -> None:
        page, stop = self.sheet, self.sheet.sheet
        page.chosen.connect(self.go_to)
        page.exact.toggled.connect(lambda _: self._tell_otherwise())
        page.large.toggled.connect(lambda _: self._tell_otherwise())
        page.restart.clicked.connect(self._start_over)
        page.to_tour.clicked.connect(self._show_tour)
        page.open_file.clicked.connect(self._ask_for_file)
        page.make_lesson.clicked.connect(self._edit)
        self.making.editor.back.connect(self._end_editing)
        stop.choices.chosen.connect(self._refresh)
        stop.shown.connect(self._show_or_stop)
        stop.back.connect(lambda: self._step(-1))
        stop.onward.connect(lambda: self._step(1))
        stop.help_asked.connect(lambda: self._context.signals.help_asked.emit(self.stop.help))
        stop.own.asked.connect(self._try)
        stop.own.stopped.connect(self._stop_all)
        stop.own.taken.connect(self._take_to_create)
        self.pictures.changed.connect(self._hear_picture)
        self.pictures.progressed.connect(self._progress)
        self.pictures.failed.connect(self._fail)

    # --- which lesson ---

    def _begin(self, kept: tuple[Lesson, Progress, LessonDraft | None]) -> None:
        from core.service.lessons.plain import translated

        lesson, progress, draft = kept
        if draft is not None:
            self.making.know(draft)
        self.tour = OpenLesson(translated(lesson, tr_data))
        self.keeping.progress = progress
        page = self.sheet
        for switch, on in ((page.exact, progress.exact), (page.large, progress.large)):
            switch.blockSignals(True)
            switch.setChecked(on)
            switch.blockSignals(False)
        if self._wanted is None:
            self._show_lesson(self.tour)
        else:
            self.open_file(self._wanted)

    def _miss(self, fault: KnownError) -> None:
        """The tour is not there."""
        self.sheet.say(str(fault))
        self._context.notice.say(str(fault), problem=True, topic=TOPIC)

    def take(self, paths: Sequence[Path]) -> None:
        """The lesson in this file; none for the guided tour."""
        if paths:
            self.open_file(paths[0])
        else:
            self._wanted = None
            if self.sheet.stack.currentWidget() is self.making.editor:
                self._end_editing()
            self._show_tour()

    def open_file(self, path: Path) -> None:
        """The lesson in a file, once it was read."""
        self._wanted = path
        if self.tour is not None:
            self._tasks.submit(partial(_read, path), self._show_lesson, self._refuse)

    def _refuse(self, fault: KnownError) -> None:
        self._context.notice.say(str(fault), problem=True, topic=TOPIC)
        if self.opened is None and self.tour is not None:
            self._show_lesson(self.tour)

    def _ask_for_file(self) -> None:
        kinds = tr("Lessons") + f" (*{ENDING})"
        name, _ = QFileDialog.getOpenFileName(self.page, tr("Open lesson"), "", kinds)
        if name:
            self.open_file(Path(name))

    def _show_tour(self) -> None:
        if self.tour is not None and self.opened is not self.tour:
            self._show_lesson(self.tour)

    def _show_lesson(self, opened: OpenLesson) -> None:
        self.opened = opened
        self._tries.clear()
        self.making.close()
        self.sheet.stack.setCurrentIndex(0)
        self.pictures.open(opened)
        self.sheet.to_tour.setVisible(opened is not self.tour)
        ids = [stop.id for stop in opened.lesson.stops]
        at = self.keeping.of(opened.lesson).at
        self._at = ids.index(at) if at in ids else 0
        self._show_stop()

    def _edit(self) -> None:
        """Change the lesson that is open, and make a file of it."""
        if self.opened is not None:
            self._keep_try()
            self.making.open(self.lesson, self._at)
            self.sheet.stack.setCurrentWidget(self.making.editor)
            self.making.editor.stops.setFocus(Qt.FocusReason.OtherFocusReason)
            self.said_changed.emit()

    def _end_editing(self) -> None:
        self.sheet.stack.setCurrentIndex(0)
        self._show_stop()
        self.sheet.make_lesson.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- which stop ---

    @property
    def lesson(self) -> Lesson:
        """The one that is open."""
        assert self.opened is not None
        return self.opened.lesson

    @property
    def stop(self) -> Stop:
        """The one that is open."""
        return self.lesson.stops[self._at]

    def guess(self) -> int | None:
        """What was expected at this stop; None where nothing was shown yet."""
        return self.keeping.of(self.lesson).guesses.get(self.stop.id)

    def go_to(self, place: int) -> None:
        """Show the stop at this place."""
        if self.opened is not None and place != self._at:
            self._keep_try()
            self._at = place
            self._show_stop()

    def _step(self, by: int) -> None:
        """To a stop beside this one, whose text is read from its beginning."""
        to = self._at + by
        if to == len(self.lesson.stops):
            self._context.signals.go.emit("create")
        elif to >= 0:
            self.go_to(to)
            self.sheet.sheet.setFocus(Qt.FocusReason.OtherFocusReason)
            announce(self.sheet.sheet, self.stop.title)

    def _show_stop(self) -> None:
        """All of a stop, from its beginning."""
        self.pictures.stop()
        now = self.keeping.of(self.lesson)
        if now.at != self.stop.id:
            self.keeping.note(self.lesson, replace(now, at=self.stop.id))
        sheet = self.sheet.sheet
        sheet.fault.setText("")
        sheet.choices.show_choices(self.stop.choices)
        own = self.stop.own_try
        if own is not None:
            sheet.own.open(own, self._tries.get(self.stop.id, own.request))
        self._filling.show_texts(self.lesson, self._at)
        if (guess := self.guess()) is not None:
            sheet.choices.show_guess(guess)
            self.pictures.make(self.stop)
        sheet.verticalScrollBar().setValue(0)
        self._refresh()
        self.said_changed.emit()

    def _tell_otherwise(self) -> None:
        """Simply or exactly, in usual or large type."""
        page = self.sheet
        now = replace(
            self.keeping.progress, exact=page.exact.isChecked(), large=page.large.isChecked()
        )
        self.keeping.put(now)
        if self.opened is not None:
            self._filling.show_texts(self.lesson, self._at)
            self._refresh()

    # --- from the question to the answer ---

    def _refresh(self) -> None:
        """Whatever follows from what was chosen, made and kept."""
        if self.opened is None:
            return
        button = self.sheet.sheet.show_button
        had_focus = button.hasFocus()
        self._filling.show_state(self.lesson, self._at)
        if had_focus and button.isHidden():
            self._look_at_answer()

    def _look_at_answer(self) -> None:
        """The button that was pressed is gone: the keys go on to what it showed."""
        sheet = self.sheet.sheet
        if sheet.shots.cards:
            sheet.shots.cards[0].setFocus(Qt.FocusReason.OtherFocusReason)
        sheet.bring_to_top(sheet.shots)
        announce(sheet.verdict, f"{sheet.verdict.text()} {sheet.seen.text()}")

    def _show_or_stop(self) -> None:
        stop = self.stop
        if self.pictures.is_busy(stop.id):
            self._stop_all()
            return
        sheet = self.sheet.sheet
        sheet.fault.setText("")
        if self.guess() is None:
            chosen = sheet.choices.guess()
            guess = NO_GUESS if chosen is None else chosen
            self.keeping.note(self.lesson, self.keeping.of(self.lesson).shown(stop.id, guess))
            sheet.choices.show_guess(guess)
            self.said_changed.emit()
        sheet.bar.setRange(0, 0)
        sheet.progress.setText(self._waiting_words())
        self.pictures.make(stop)
        self._refresh()
        sheet.bring_to_top(sheet.question)

    def _waiting_words(self) -> str:
        if self._context.services.service.current is not None:
            return tr("They are made after the picture that is being made now.")
        return tr("The pictures are being made.")

    def _stop_all(self) -> None:
        self.pictures.stop()
        self._refresh()

    def _hear_picture(self, stop: str) -> None:
        if self.opened is None or stop != self.stop.id:
            return
        card = self.sheet.sheet.own.card
        was_there, before = card.isVisible(), card.sight
        self._refresh()
        if card.isVisible() and not (was_there and card.sight == before):
            self._look_at_own()

    def _look_at_own(self) -> None:
        """A person's own picture has come, below the button that was pressed."""
        sheet = self.sheet.sheet
        QTimer.singleShot(0, sheet, lambda: sheet.ensureWidgetVisible(sheet.own.card))
        announce(sheet.own.card, tr("Your picture is there."))

    def _progress(self, stop: str, step: int, steps: int) -> None:
        if stop != self.stop.id:
            return
        sheet = self.sheet.sheet
        missing = len(self.pictures.missing(self.stop))
        if not missing:
            sheet.own.show_progress(step, steps)
            return
        count = len(self.stop.shots)
        sheet.bar.setRange(0, count * steps)
        sheet.bar.setValue((count - missing) * steps + step)
        sheet.progress.setText(
            tr(
                "Picture {n} of {all}, step {step} of {steps}",
                n=count - missing + 1,
                all=count,
                step=step,
                steps=steps,
            )
        )

    def _fail(self, stop: str, fault: KnownError) -> None:
        if stop == self.stop.id:
            self.sheet.sheet.fault.setText(str(fault))
            self._refresh()
            announce(self.sheet.sheet.fault, str(fault), urgent=True)

    # --- a try of one's own ---

    def _keep_try(self) -> None:
        if self.stop.own_try is not None:
            self._tries[self.stop.id] = self.sheet.sheet.own.request()

    def _try(self, request: Request) -> None:
        from core.values.resolved_request import resolve

        sheet = self.sheet.sheet
        try:
            asked = resolve(request)
        except InvalidRequest as fault:
            self._fail(self.stop.id, fault)
            return
        sheet.fault.setText("")
        self.keeping.note(self.lesson, self.keeping.of(self.lesson).with_try(self.stop.id))
        self.pictures.make_own(self.stop, asked)
        self._refresh()

    def _take_to_create(self, request: Request) -> None:
        self._context.signals.take_request.emit(request)
        self._context.signals.go.emit("create")

    def _start_over(self) -> None:
        """From the first stop, as if nobody had been here."""
        if self.opened is None:
            return
        before, lesson = self.keeping.progress, self.lesson

        def back() -> None:
            self.keeping.put(before)
            if self.opened is not None and self.lesson is lesson:
                self._show_stop()

        self.keeping.note(lesson, LessonProgress())
        self._show_lesson(self.opened)
        self._context.notice.say(
            tr("The lesson begins anew."), label=tr("Undo"), action=back, topic=TOPIC, expires=True
        )

    # --- what the room asks ---

    def said(self) -> str:
        if self.opened is None:
            return tr("Guided tour")
        if self.sheet.stack.currentWidget() is self.making.editor:
            return tr(
                "Change order and texts, have the missing pictures made, and save. Whoever opens "
                "the file needs no model."
            )
        seen = len(self.keeping.of(self.lesson).guesses)
        count = len(self.lesson.stops)
        progress = tr("{seen} of {count} stops seen.", seen=seen, count=count)
        return f"{self.lesson.about} {progress}".strip()

    def action(self) -> None:
        return None

    def help_texts(self) -> Iterable[tuple[QWidget, str]]:
        return ()


def _kept(places: Places) -> tuple[Lesson, Progress, LessonDraft | None]:
    """The tour in English, how far a person came, and the lesson that one makes. Raises KnownError
    where the tour is not there."""
    from core.service.lessons import drafts, progress
    from core.service.lessons.tour import guided_tour

    return guided_tour(str), progress.load(places.lessons), drafts.load(places.lesson_draft)


def _read(path: Path) -> OpenLesson:
    from core.service.lessons.files import read_lesson

    return read_lesson(path)
