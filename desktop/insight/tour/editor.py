"""The page on which a lesson is changed: the order of its stops, their texts and questions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.service.lessons.authoring import answer_after
from core.values.insight.lesson import NO_ANSWER, Lesson, Stop, TwoTexts
from desktop.insight.tour.editing.parts import StopList, hint, line, text
from desktop.widgets import theme
from desktop.widgets.announce import announce
from desktop.widgets.controls import Combo, IconButton, column, row
from desktop.widgets.flow_layout import wrap_row
from desktop.widgets.i18n import tr

SIDE = 208  # pixels of the list of stops
WIDEST = 900  # pixels of the fields
Change = Callable[[Stop], Stop]


class LessonEditor(QWidget):
    """Holds the lesson as it was changed. `back` when a person is done, `save_asked`, `make_asked`
    for the pictures that are missing, `anew_asked` for the texts and stops that the lesson began
    with, `taken_out` carries the place and the stop, `changed` that it is another one now."""

    back = Signal()
    save_asked = Signal()
    make_asked = Signal()
    anew_asked = Signal()
    taken_out = Signal(int, Stop)
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._lesson: Lesson | None = None
        self._filling = False
        self._lost: dict[str, str] = {}  # right answers that were deleted, by the ids of stops
        self._before: list[tuple[int, Stop]] = []  # where stops stood that were moved or taken out
        self.stops = StopList()
        self.up = IconButton("up", tr("Move up"), tr("Moves this stop before the one above it."))
        self.down = IconButton(
            "down", tr("Move down"), tr("Moves this stop behind the one below it.")
        )
        self.remove = IconButton(
            "trash", tr("Take out"), tr("Takes this stop out of the lesson; the tour keeps it.")
        )
        self.title = line(tr("Title of the lesson"))
        self.about = text(tr("About the lesson"))
        self.stop_title = line(tr("Title of the stop"))
        self.intro = text(tr("Text, simple"))
        self.intro_exact = text(tr("Text, exact"))
        self.question = text(tr("Question"))
        self.choices = text(tr("Choices, one a line"))
        self.happens = Combo(
            tr("What happens"), tr("Which choice comes true; it is told after the pictures.")
        )
        self.happens.setPlaceholderText(tr("Choose..."))
        self.choose = hint("bad")
        self.choose.setText(tr("The right answer was deleted: choose what happens."))
        self.seen = text(tr("What it shows, simple"))
        self.seen_exact = text(tr("What it shows, exact"))
        self.summary = text(tr("In one sentence, for the end"))
        self.invitation = text(tr("Invitation to try it"))
        self.draft = hint("dim")
        self.mismatch = hint("dim")
        self.own_tries = QCheckBox()
        self.own_tries.setWhatsThis(
            tr('Puts your own pictures into the file, each as "My own" behind those of its stop.')
        )
        self.count = QLabel()
        self.make = QPushButton(tr("Make the others"))
        self.make.setWhatsThis(tr("Makes the pictures that the lesson lacks, or stops that."))
        self.save = QPushButton(tr("Save lesson..."))
        self.save.setObjectName("primary")
        self.save.setWhatsThis(tr("Writes the lesson with its pictures into one file."))
        self.anew = QPushButton(tr("Begin anew"))
        self.anew.setWhatsThis(tr("Takes back all that you changed in texts, order and stops."))
        self.done = QPushButton(tr("Back"))
        self.done.setWhatsThis(tr("Goes back to the stops; what you changed here is kept."))
        self._build()
        self._connect()

    def _build(self) -> None:
        self.stops.setObjectName("rows")
        self.stops.setWordWrap(True)
        self.stops.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.stops.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.stops.setAccessibleName(tr("Stops of your lesson"))
        self.stops.setWhatsThis(tr("Alt with an arrow key moves a stop, Delete takes it out."))
        side = column(row(self.up, self.down, self.remove, None), self.stops)
        side.setFixedWidth(SIDE)
        fields = QWidget()
        fields.setMaximumWidth(WIDEST)
        lines = QFormLayout(fields)
        lines.setContentsMargins(theme.SPACE_4, 0, theme.SPACE_4, theme.SPACE_4)
        lines.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        lines.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for field in self._fields():
            lines.addRow(field.accessibleName(), field)
            if field is self.about:
                lines.addRow(self.mismatch)
            elif field is self.happens:
                lines.addRow(self.choose)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(tr("Texts of the lesson"))
        area.setWhatsThis(tr("All texts of the lesson and of the stop that is chosen."))
        area.setWidget(fields)
        acts = wrap_row(self.save, self.done, self.anew, self.count, self.make)
        head = column(acts, self.own_tries, self.draft)
        if (layout := head.layout()) is not None:
            layout.setContentsMargins(theme.SPACE_4, 0, theme.SPACE_4, theme.SPACE_2)
        self.count.setContentsMargins(0, theme.SPACE_2, 0, 0)
        body = QHBoxLayout()
        body.setContentsMargins(theme.SPACE_4, 0, 0, theme.SPACE_2)
        body.addWidget(side)
        body.addWidget(area, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(head)
        whole.addLayout(body, 1)

    def _fields(self) -> tuple[QLineEdit | QPlainTextEdit | Combo, ...]:
        return (
            self.title,
            self.about,
            self.stop_title,
            self.intro,
            self.intro_exact,
            self.question,
            self.choices,
            self.happens,
            self.seen,
            self.seen_exact,
            self.summary,
            self.invitation,
        )

    def _connect(self) -> None:
        self.stops.currentRowChanged.connect(lambda _: self._show_stop())
        self.up.clicked.connect(lambda: self.move_by(-1))
        self.down.clicked.connect(lambda: self.move_by(1))
        self.up.setShortcut("Alt+Up")
        self.down.setShortcut("Alt+Down")
        self.remove.clicked.connect(self._take_out)
        self.stops.removed.connect(self._take_out)
        self.stops.undone.connect(self._undo)
        self.save.clicked.connect(self.save_asked)
        self.make.clicked.connect(self.make_asked)
        self.anew.clicked.connect(self.anew_asked)
        self.done.clicked.connect(self.back)
        for field in self._fields():
            if isinstance(field, Combo):
                field.currentIndexChanged.connect(lambda _: self._read())
            elif isinstance(field, QPlainTextEdit):
                field.textChanged.connect(self._read)
            else:
                field.textEdited.connect(lambda _: self._read())

    def open(self, lesson: Lesson, at: int) -> None:
        """Change this lesson; the stop at this place first."""
        self._lesson = lesson
        self._lost.clear()
        self._before.clear()
        self._filling = True
        self.title.setText(lesson.title)
        self.about.setPlainText(lesson.about)
        self._filling = False
        self._show_list(at)

    def lesson(self) -> Lesson:
        """As it is now."""
        assert self._lesson is not None
        return self._lesson

    def undecided(self) -> int | None:
        """The place of a stop whose right answer was deleted and none chosen instead; None where
        there is none."""
        stops = enumerate(self.lesson().stops)
        return next((at for at, stop in stops if stop.choices and stop.id in self._lost), None)

    def show_draft(self, words: str) -> None:
        """From when the lesson is that is changed here; "" where it is begun now."""
        self.draft.setText(words)
        self.draft.setVisible(bool(words))

    def show_mismatch(self, words: str) -> None:
        """What the text about the lesson may say wrongly; "" for nothing."""
        self.mismatch.setText(words)
        self.mismatch.setVisible(bool(words))

    def show_own_tries(self, count: int) -> None:
        """How many pictures of a person's own could go into the file."""
        self.own_tries.setText(tr("With my own tries ({n})", n=count))
        self.own_tries.setVisible(count > 0)

    def show_count(self, words: str, *, busy: bool, whole: bool) -> None:
        """How many pictures the lesson has."""
        self.count.setText(words)
        self.make.setText(tr("Stop") if busy else tr("Make the others"))
        self.make.setVisible(not whole)

    def _show_list(self, at: int) -> None:
        titles = [stop.title for stop in self.lesson().stops]
        self.stops.blockSignals(True)
        self.stops.clear()
        for number, title in enumerate(titles, 1):
            self.stops.addItem(QListWidgetItem(f"{number}. {title}"))
        self.stops.setCurrentRow(min(max(at, 0), len(titles) - 1))
        self.stops.blockSignals(False)
        self._show_stop()

    def _show_stop(self) -> None:
        at, stops = self.stops.currentRow(), self.lesson().stops
        if not 0 <= at < len(stops):
            return
        stop = stops[at]
        self._filling = True
        self.stop_title.setText(stop.title)
        own = stop.own_try
        for field, words in (
            (self.intro, stop.intro.simple),
            (self.intro_exact, stop.intro.exact),
            (self.question, stop.question),
            (self.choices, "\n".join(stop.choices)),
            (self.seen, stop.seen.simple),
            (self.seen_exact, stop.seen.exact),
            (self.summary, stop.summary),
            (self.invitation, "" if own is None else own.words),
        ):
            field.setPlainText(words)
        self.invitation.setEnabled(own is not None)
        self._fill_happens(stop)
        self._filling = False
        self.up.setEnabled(at > 0)
        self.down.setEnabled(at < len(stops) - 1)
        self.remove.setEnabled(len(stops) > 1)

    def _fill_happens(self, stop: Stop) -> None:
        self.happens.blockSignals(True)
        self.happens.clear()
        self.happens.addItem(tr("Nothing is said"), NO_ANSWER)
        for place, words in enumerate(stop.choices):
            self.happens.addItem(words, place)
        is_lost = stop.id in self._lost
        self.happens.setCurrentIndex(-1 if is_lost else stop.happens + 1)
        self.happens.blockSignals(False)
        self._ask_to_choose(is_lost and bool(stop.choices))

    def _ask_to_choose(self, is_needed: bool) -> None:
        was_asked = not self.choose.isHidden()
        self.choose.setVisible(is_needed)
        if is_needed and not was_asked:
            announce(self.choose, self.choose.text(), urgent=True)

    def _answer(self, stop: Stop, choices: tuple[str, ...]) -> int:
        """What happens of the choices that are there now."""
        if choices == stop.choices:
            chosen = self.happens.currentIndex()
            if chosen < 0:
                return NO_ANSWER
            self._lost.pop(stop.id, None)
            return chosen - 1
        if stop.id in self._lost:
            if self._lost[stop.id] not in choices:
                return NO_ANSWER
            return choices.index(self._lost.pop(stop.id))  # it was put back
        if stop.happens == NO_ANSWER:
            return NO_ANSWER
        place = answer_after(stop.choices, stop.happens, choices)
        if place is None:
            self._lost[stop.id] = stop.choices[stop.happens]
        return NO_ANSWER if place is None else place

    def _read(self) -> None:
        """A person typed: the lesson is another one."""
        at = self.stops.currentRow()
        if self._filling or self._lesson is None or at < 0:
            return
        stops = list(self._lesson.stops)
        before = stops[at]
        stops[at] = self._changed(before)
        self._lesson = replace(
            self._lesson,
            title=self.title.text(),
            about=self.about.toPlainText(),
            stops=tuple(stops),
        )
        if stops[at].choices != before.choices:
            self._fill_happens(stops[at])
        self._ask_to_choose(stops[at].id in self._lost and bool(stops[at].choices))
        self.stops.item(at).setText(f"{at + 1}. {stops[at].title}")
        self.changed.emit()

    def _changed(self, stop: Stop) -> Stop:
        lines = (line.strip() for line in self.choices.toPlainText().splitlines())
        choices = tuple(line for line in lines if line)
        own = stop.own_try
        if own is not None:
            own = replace(own, words=self.invitation.toPlainText())
        return replace(
            stop,
            title=self.stop_title.text(),
            intro=TwoTexts(self.intro.toPlainText(), self.intro_exact.toPlainText()),
            question=self.question.toPlainText(),
            choices=choices,
            happens=self._answer(stop, choices),
            seen=TwoTexts(self.seen.toPlainText(), self.seen_exact.toPlainText()),
            own_try=own,
            summary=self.summary.toPlainText(),
        )

    def move_by(self, by: int) -> None:
        """The stop that is chosen, to another place."""
        at = self.stops.currentRow()
        to = at + by
        stops = list(self.lesson().stops)
        if 0 <= to < len(stops):
            self._before.append((at, stops[at]))
            stops.insert(to, stops.pop(at))
            self._put(stops, to)

    def _take_out(self) -> None:
        at = self.stops.currentRow()
        stops = list(self.lesson().stops)
        if len(stops) > 1:
            stop = stops.pop(at)
            self._before.append((at, stop))
            self._put(stops, at)
            self.taken_out.emit(at, stop)

    def put_back(self, at: int, stop: Stop) -> None:
        """A stop to where it was before it was moved or taken out."""
        self._before = [one for one in self._before if one != (at, stop)]
        stops = list(self.lesson().stops)
        here = next((one for one in stops if one.id == stop.id), None)
        if here is not None:
            stops.remove(here)
        stops.insert(at, here or stop)
        self._put(stops, at)

    def _undo(self) -> None:
        """What was last done to the stops; their texts stay."""
        if self._before:
            self.put_back(*self._before[-1])

    def _put(self, stops: list[Stop], at: int) -> None:
        self._lesson = replace(self.lesson(), stops=tuple(stops))
        self._show_list(at)
        self.changed.emit()
