"""The line under the search: filters to add and those that there are, and how the pictures lie."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from desktop.gallery.filtering import terms
from desktop.gallery.filtering.chips import FilterChips
from desktop.gallery.filtering.values import ValueMenus
from desktop.gallery.filtering.view_line import ViewLine
from desktop.gallery.filtering.words import number_of_picture
from desktop.pictures.marking.names import Names
from desktop.state.tasks import SerialTasks
from desktop.widgets.controls import row
from desktop.widgets.i18n import tr

HEIGHT = 30  # pixels of a line of it
CHIPS_MS = 150  # after the last letter the chips follow


class FilterLine(QWidget):
    """`edited` carries what the search becomes, `put`, behind it, that a filter was added; `saved`:
    it is to be kept as an album. `names` and `name_of`, which tells a picture's file by its number,
    look into the gallery, in `tasks`."""

    edited = Signal(str)
    put = Signal()
    saved = Signal()

    def __init__(self, names: Names, name_of: Callable[[int], str], tasks: SerialTasks) -> None:
        super().__init__()
        self._text = ""
        self._name_of = name_of
        self._tasks = tasks
        self.pictures: dict[str, str] = {}  # names of pictures by their numbers, as far as known
        self.values = ValueMenus(names, tasks, self)
        self.add = QToolButton()
        self.add.setObjectName("answer")
        self.add.setText(tr("+ Filter"))
        self.add.setAccessibleName(tr("Add a filter"))
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.add)
        self.values.whole(self.menu, self.put_term)
        self.add.setMenu(self.menu)
        self.chips = FilterChips(self.values, self.add)
        self.save = QToolButton()
        self.save.setObjectName("answer")
        self.save.setText(tr("Save as album"))
        self.save.hide()
        self.view = ViewLine()
        filters = row(self.add, self.chips, self.save, self.view, wide=self.chips)
        line = filters.layout()
        assert isinstance(line, QHBoxLayout)
        for part in (self.add, self.save, self.view):
            part.setMinimumHeight(HEIGHT)
            line.setAlignment(part, Qt.AlignmentFlag.AlignTop)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(filters)
        self._later = QTimer(self, interval=CHIPS_MS, singleShot=True)
        self._later.timeout.connect(self._show)
        self.chips.edited.connect(self.edited)
        self.save.clicked.connect(lambda _=False: self.saved.emit())

    def show_text(self, text: str) -> None:
        """Chips for what a search asks for now."""
        self._text = text
        self._show()

    def show_soon(self, text: str) -> None:
        """The same, once a person types no more."""
        self._text = text
        self._later.start()

    def _show(self) -> None:
        self._later.stop()
        self.chips.show_text(self._text, self.pictures)
        for term in terms.terms_of(self._text):
            number = number_of_picture(term)
            if number and number not in self.pictures:
                self.pictures[number] = ""  # asked once
                self._tasks.submit(
                    partial(self._name_of, int(number)), partial(self._named, number)
                )

    def _named(self, number: str, name: str) -> None:
        if name:
            self.pictures[number] = name
            self.chips.show_text(self._text, self.pictures)

    def put_term(self, term: str) -> None:
        """One more filter, at the end of the search."""
        self.edited.emit(terms.added(self._text, term))
        self.put.emit()

    def take_term(self, field: str, value: str) -> None:
        """Take a filter out, where it is there."""
        there = terms.find_term(self._text, field, value)
        if there is not None:
            self.edited.emit(terms.without(self._text, there))

    def has(self, field: str, value: str) -> bool:
        """Whether there is this filter."""
        return terms.find_term(self._text, field, value) is not None
