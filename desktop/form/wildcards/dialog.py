"""The editor of wildcards: the files on the left, one's text on the right, and below it what it may
become."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QLabel,
    QListView,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from desktop.form.wildcards.list import FILE_ROLE, WildcardList
from desktop.form.wildcards.text import WildcardText
from desktop.widgets import theme
from desktop.widgets.controls import ElidedLabel, ShortDetailDelegate, row, search_field
from desktop.widgets.flow_layout import wrap_row
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.prompt.wildcards.editing import WildcardFile

PREVIEW_LINES = 6


class WildcardsDialog(QDialog):
    """Stays open beside the form. `chosen` carries the name of another file, "" for none; `insert`
    what goes into the prompt; `answered` whether, of a file that another program changed too, the
    other text is to be loaded."""

    chosen = Signal(str)
    new_asked = Signal()
    rename_asked = Signal(str, str)
    delete_asked = Signal(str)
    folder_asked = Signal()
    insert = Signal(str)
    answered = Signal(bool)
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Wildcards"))
        self.resize(820, 560)
        self._shown = ""
        self.list = WildcardList(self)
        self.list.rename_asked.connect(self.rename_asked)
        self._build_files()
        self._build_text()
        self._lay_out()
        self.show_files(())

    # --- building ---

    def _build_files(self) -> None:
        self.field = search_field(tr("Search wildcards"), tr("Search wildcards"), 120)
        self.field.setWhatsThis(tr("Finds files of wildcards by words of their names."))
        self.field.textChanged.connect(self._search)
        self.view = QListView()
        self.view.setModel(self.list)
        self.view.setItemDelegate(ShortDetailDelegate(self.view))
        self.view.setUniformItemSizes(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setObjectName("rows")
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.view.setAccessibleName(tr("Files of wildcards"))
        self.view.setWhatsThis(
            tr("Each file with the number of its values; F2 renames one, Delete deletes it.")
        )
        self.view.installEventFilter(self)
        self.view.selectionModel().currentChanged.connect(lambda *_: self._choose())
        self.empty = QLabel(
            tr(
                "No wildcards yet. A file with a line for each value, named colour for instance, "
                "is drawn from wherever the prompt says {mark}.",
                mark="__colour__",
            )
        )
        self.empty.setObjectName("dim")
        self.empty.setWordWrap(True)
        self.new = _button(tr("New"), tr("Begins a file of wildcards, to be given a name."))
        self.rename = _button(tr("Rename"), tr("Gives this file another name; / makes folders."))
        self.delete = _button(tr("Delete"), tr("Deletes this file; Undo brings it back."))
        self.folder = _button(tr("Open folder"), tr("Shows where the files of wildcards lie."))
        self.new.clicked.connect(self.new_asked)
        self.rename.clicked.connect(self.edit_name)
        self.delete.clicked.connect(self._delete)
        self.folder.clicked.connect(self.folder_asked)

    def _build_text(self) -> None:
        self.name = ElidedLabel()
        self.name.setObjectName("heading")
        self.put = _button(tr("Insert"), tr("Puts this wildcard into the prompt."))
        self.put.clicked.connect(self._insert)
        self.text = WildcardText()
        self.text.setAccessibleName(tr("Values, one a line"))
        self.text.setWhatsThis(
            tr("One value a line; 3:: before one draws it three times as often, # is a comment.")
        )
        self.state = QLabel()
        self.state.setObjectName("dim")
        self.state.setWordWrap(True)
        self.load = _button(tr("Load it"), tr("Takes the other program's text in place of yours."))
        self.keep = _button(tr("Keep mine"), tr("Writes your text over the other program's."))
        self.load.clicked.connect(lambda: self._answer(True))
        self.keep.clicked.connect(lambda: self._answer(False))
        self.draws = QPlainTextEdit()
        self.draws.setReadOnly(True)
        self.draws.setTabChangesFocus(True)
        self.draws.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.draws.setAccessibleName(tr("What it may become"))
        self.draws.setWhatsThis(tr("What some seeds would draw of this file."))
        line = self.draws.fontMetrics().lineSpacing()
        self.draws.setFixedHeight(PREVIEW_LINES * line + 2 * theme.SPACE_2)

    def _lay_out(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, theme.SPACE_2, 0)
        column.setSpacing(theme.SPACE_2)
        column.addWidget(self.field)
        column.addWidget(self.empty)
        column.addWidget(self.view, 1)
        column.addWidget(wrap_row(self.new, self.rename, self.delete, self.folder))
        right = QWidget()
        inner = QVBoxLayout(right)
        inner.setContentsMargins(theme.SPACE_2, 0, 0, 0)
        inner.setSpacing(theme.SPACE_2)
        inner.addWidget(row(self.name, self.put, wide=self.name))
        inner.addWidget(self.text, 1)
        inner.addWidget(row(self.state, self.load, self.keep, wide=self.state))
        heading = QLabel(tr("What it may become"))
        heading.setBuddy(self.draws)
        inner.addWidget(heading)
        inner.addWidget(self.draws)
        splitter = QSplitter()
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(left)
        splitter.addWidget(right)
        splitter.setSizes([320, 480])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        whole.addWidget(splitter)
        self.ask_about_other(asked=False)

    # --- what there is to show ---

    def show_files(self, files: Sequence[WildcardFile], mark: str = "") -> None:
        """All there are; `mark`, or the one that was marked, stays so."""
        mark = mark or self._shown
        self.list.show_files(files)
        self.empty.setVisible(not files)
        self.mark(mark)

    def mark(self, name: str) -> None:
        """This file, or the first where it is not shown."""
        if self.list.row_of(name) < 0 and self.list.file(name) is not None:
            self.field.clear()
        at = max(self.list.row_of(name), 0)
        if self.list.rowCount():
            self.view.setCurrentIndex(self.list.index(at))
        self._choose()

    def current(self) -> WildcardFile | None:
        """The one that is marked."""
        return self.view.currentIndex().data(FILE_ROLE)

    def show_text(self, text: str) -> None:
        """Of the file that is marked."""
        self.text.fill(text)

    def tell(self, file: WildcardFile | None, draws: Sequence[str]) -> None:
        """What came of the file that is marked, and what it may become."""
        if file is None:
            self.state.setText("")
        elif not self.text.is_whole:
            self.state.setText(
                tr("Too long to be edited here: its first lines are shown, all of it is drawn.")
            )
        else:
            count = tr("{n} values", n=f"{file.count:,}")
            self.state.setText(file.trouble or count)
        self.state.setObjectName("bad" if file is not None and file.trouble else "dim")
        self.state.style().polish(self.state)
        self.draws.setPlainText("\n".join(draws))

    def say(self, words: str) -> None:
        """A sentence below the text."""
        self.state.setText(words)

    def ask_about_other(self, *, asked: bool) -> None:
        """Another program changed the file that is being edited."""
        self.load.setVisible(asked)
        self.keep.setVisible(asked)
        if asked:
            self.say(tr("Another program changed this file too."))

    def _choose(self) -> None:
        file = self.current()
        name = file.name if file is not None else ""
        for part in (self.rename, self.delete, self.put, self.text):
            part.setEnabled(file is not None)
        self.put.setEnabled(file is not None and bool(file.known))
        if name != self._shown:
            self._shown = name
            self.name.set_full(name)
            self.ask_about_other(asked=False)
            self.chosen.emit(name)

    # --- what is done ---

    def _search(self, words: str) -> None:
        self.list.search(words)
        self.mark(self._shown)

    def edit_name(self) -> None:
        """The name of the marked file is written anew, where it stands in the list."""
        if self.current() is not None:
            self.view.setFocus()
            self.view.edit(self.view.currentIndex())

    def _delete(self) -> None:
        if (file := self.current()) is not None:
            self.delete_asked.emit(file.name)

    def _insert(self) -> None:
        file = self.current()
        if file is not None and file.known:
            self.insert.emit(f"__{file.known}__")

    def _answer(self, load: bool) -> None:
        self.ask_about_other(asked=False)
        self.answered.emit(load)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The list's own key."""
        is_press = event.type() == QEvent.Type.KeyPress
        if is_press and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Delete:
            self._delete()
            return True
        return super().eventFilter(watched, event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closed.emit()
        super().closeEvent(event)

    def reject(self) -> None:
        """Escape, as closing."""
        self.closed.emit()
        super().reject()


def _button(words: str, help_text: str) -> QPushButton:
    button = QPushButton(words)
    button.setAutoDefault(False)
    button.setToolTip(help_text)
    button.setWhatsThis(help_text)
    return button
