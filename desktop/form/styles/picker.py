"""All styles to choose from: found by words and category, with what each adds and how it looks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QLabel,
    QListView,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from desktop.form.styles.chips import StyleChips
from desktop.form.styles.collection import StyleCollection
from desktop.form.styles.list import ALL, MINE, STYLE_ROLE, THUMB, StyleList, thumbnail
from desktop.widgets import theme
from desktop.widgets.controls import Combo, ElidedLabel, ShortDetailDelegate, row, search_field
from desktop.widgets.drop_target import accept_copy, dragged_file
from desktop.widgets.flow_layout import wrap_row
from desktop.widgets.i18n import tr, tr_data

if TYPE_CHECKING:
    from core.prompt.styles.style import Style

PREVIEW = 144  # pixels
ENDINGS = (".csv", ".json")


class StylePicker(QDialog):
    """Stays open beside the form. What is asked for beyond choosing goes out by signals: of a style
    by name its `values`, its `preview`, that it be `edited` ("" a new one), `deleted`; a `file` to
    be taken over, or asked for (None); `export_asked` and `previews_asked` for
    all styles that are listed."""

    values_asked = Signal(str)
    preview_asked = Signal(str)
    edit_asked = Signal(str)
    delete_asked = Signal(str)
    file_asked = Signal(object)
    export_asked = Signal()
    previews_asked = Signal()

    def __init__(self, collection: StyleCollection, chips: StyleChips, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Styles"))
        self.resize(760, 520)
        self.setAcceptDrops(True)
        self._collection = collection
        self._chips = chips
        self._marked = ""  # the style that was marked last
        self.list = StyleList(collection, self)
        self._build_search()
        self._build_view()
        self._build_detail()
        self._lay_out()
        collection.changed.connect(self._fill_categories)
        collection.arrived.connect(lambda _: self._show_current())
        self.list.modelReset.connect(self._mark_again)
        self._fill_categories()
        self.list.refresh()

    # --- building ---

    def _build_search(self) -> None:
        self.field = search_field(tr("Search styles"), tr("Search styles"), 160)
        self.field.setWhatsThis(
            tr("Finds styles by words of their name, category or texts; Return takes the first.")
        )
        self.field.textChanged.connect(lambda _: self._search())
        self.field.returnPressed.connect(self._use)
        self.field.installEventFilter(self)
        self.category = Combo(tr("Category"), tr("Shows the styles of one category only."))
        self.category.currentIndexChanged.connect(lambda _: self._search())

    def _build_view(self) -> None:
        self.view = QListView()
        self.view.setModel(self.list)
        self.view.setItemDelegate(ShortDetailDelegate(self.view))
        self.view.setIconSize(QSize(THUMB, THUMB))
        self.view.setUniformItemSizes(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setObjectName("rows")
        self.view.setAccessibleName(tr("Styles"))
        self.view.setWhatsThis(tr("All styles that are found; Return puts one into the form."))
        self.view.activated.connect(lambda _: self._use())
        self.view.selectionModel().currentChanged.connect(lambda *_: self._show_current())

    def _build_detail(self) -> None:
        self.picture = QLabel()
        self.picture.setFixedSize(PREVIEW, PREVIEW)
        self.name = ElidedLabel()
        self.name.setObjectName("heading")
        self.values = QLabel()
        self.values.setObjectName("dim")
        self.values.setWordWrap(True)
        self.adds = QPlainTextEdit()
        self.adds.setReadOnly(True)
        self.adds.setAccessibleName(tr("What it adds"))
        self.adds.setWhatsThis(tr("The words that this style puts around both prompts."))
        self.use = QPushButton(tr("Add to the form"))
        self.use.setObjectName("primary")
        self.use.setAutoDefault(False)  # Return in the search field has its own
        self.use.setWhatsThis(tr("Puts this style into the form, or takes it out again."))
        self.use.clicked.connect(self._use)
        self.take_values = self._button(
            tr("Use its values"), tr("Sets steps, sampler and what else this style brings along.")
        )
        self.make_preview = self._button(
            tr("Make a preview"), tr("Makes a picture with it that shows the style here.")
        )
        self.edit = self._button(tr("Edit..."), tr("Changes this style, or makes one of it."))
        self.delete = self._button(tr("Delete"), tr("Deletes this style; Undo brings it back."))
        self.new = self._button(tr("New..."), tr("Makes a style of what stands in the form."))
        self.take = self._button(
            tr("Import..."),
            tr("Takes styles over from a file of AUTOMATIC1111, Fooocus, InvokeAI or Calotype."),
        )
        self.previews = self._button(
            tr("Preview all"), tr("Makes a picture of each style listed that has none yet.")
        )
        self.export = self._button(tr("Export..."), tr("Writes the styles listed into a file."))
        for button, signal in (
            (self.take_values, self.values_asked),
            (self.make_preview, self.preview_asked),
            (self.edit, self.edit_asked),
            (self.delete, self.delete_asked),
        ):
            button.clicked.connect(lambda _=False, signal=signal: self._ask(signal))
        self.new.clicked.connect(lambda: self.edit_asked.emit(""))
        self.take.clicked.connect(lambda: self.file_asked.emit(None))
        self.export.clicked.connect(self.export_asked)
        self.previews.clicked.connect(self.previews_asked)

    @staticmethod
    def _button(words: str, help_text: str) -> QPushButton:
        button = QPushButton(words)
        button.setAutoDefault(False)
        button.setToolTip(help_text)
        button.setWhatsThis(help_text)
        return button

    def _lay_out(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, theme.SPACE_2, 0)
        column.setSpacing(theme.SPACE_2)
        column.addWidget(row(self.field, self.category, wide=self.field))
        column.addWidget(self.view, 1)
        column.addWidget(wrap_row(self.new, self.take, self.export, self.previews))
        self.detail = QWidget()
        inner = QVBoxLayout(self.detail)
        inner.setContentsMargins(theme.SPACE_2, 0, 0, 0)
        inner.setSpacing(theme.SPACE_2)
        inner.addWidget(self.picture)
        inner.addWidget(self.name)
        inner.addWidget(self.adds, 1)
        inner.addWidget(self.values)
        inner.addWidget(wrap_row(self.use, self.take_values, self.make_preview))
        inner.addWidget(wrap_row(self.edit, self.delete))
        splitter = QSplitter()
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(left)
        splitter.addWidget(self.detail)
        splitter.setSizes([430, 300])
        self.note = QLabel()
        self.note.setObjectName("dim")
        self.note.setWordWrap(True)
        self.note.setFrameShape(QFrame.Shape.NoFrame)
        self.note.hide()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        whole.addWidget(splitter, 1)
        whole.addWidget(self.note)

    # --- what there is to show ---

    def current(self) -> Style | None:
        """The one that is marked."""
        return self.view.currentIndex().data(STYLE_ROLE)

    def say(self, words: str) -> None:
        """A sentence below the list."""
        self.note.setText(words)
        self.note.setVisible(bool(words))

    def mark(self, name: str) -> None:
        """Show this style, whatever was searched for."""
        if self.list.row_of(name) < 0:
            self.field.clear()
            self.category.setCurrentIndex(0)
        if (at := self.list.row_of(name)) >= 0:
            self.view.setCurrentIndex(self.list.index(at))

    def _fill_categories(self) -> None:
        chosen = self.category.currentData()
        self.category.blockSignals(True)
        self.category.clear()
        self.category.addItem(tr("All"), ALL)
        self.category.addItem(tr("My own"), MINE)
        for name in self.list.categories():
            self.category.addItem(tr_data(name), name)
        self.category.setCurrentIndex(max(self.category.findData(chosen), 0))
        self.category.blockSignals(False)
        found = self._collection.found
        self.say(" ".join(found.troubles[:3]) if found is not None else tr("Reading styles..."))

    def _search(self) -> None:
        self.list.search(self.field.text(), self.category.currentData() or ALL)

    def _mark_again(self) -> None:
        """What was marked stays so, also where a preview came meanwhile; else the first."""
        at = max(self.list.row_of(self._marked), 0)
        self.view.setCurrentIndex(self.list.index(at) if self.list.rowCount() else QModelIndex())
        self._show_current()

    def _show_current(self) -> None:
        style = self.current()
        self.detail.setEnabled(style is not None)
        if style is None:
            self.name.set_full(tr("No style is found."))
            self.adds.setPlainText("")
            self.values.hide()
            return
        self._marked = style.name
        found = self._collection.found
        mine = found is not None and style.name in found.mine
        self.name.set_full(style.name)
        self.picture.setPixmap(thumbnail(self._collection.preview(style), PREVIEW))
        self.adds.setPlainText(_in_full(style))
        self.values.setText(value_words(style))
        self.values.setVisible(bool(style.parameters))
        self.take_values.setVisible(bool(style.parameters))
        self.delete.setEnabled(mine)
        why = tr("Only your own styles can be deleted: this one comes with a file or the program.")
        self.delete.setToolTip(self.delete.whatsThis() if mine else why)
        self.refresh_use()

    def refresh_use(self) -> None:
        """What the main button does now."""
        style = self.current()
        here = style is not None and self._chips.has(style.name)
        self.use.setText(tr("Take out of the form") if here else tr("Add to the form"))

    # --- what is done ---

    def _use(self) -> None:
        style = self.current()
        if style is None:
            return
        if self._chips.has(style.name):
            self._chips.take_out(style.name)
        else:
            self._chips.add(style.chosen())

    def _ask(self, signal: object) -> None:
        style = self.current()
        if style is not None:
            signal.emit(style.name)  # type: ignore[attr-defined]

    def listed(self) -> tuple[Style, ...]:
        """All that the search shows."""
        rows = range(self.list.rowCount())
        return tuple(self.list.index(at).data(STYLE_ROLE) for at in rows)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            move = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
            if move and self.list.rowCount():
                at = min(max(self.view.currentIndex().row() + move, 0), self.list.rowCount() - 1)
                self.view.setCurrentIndex(self.list.index(at))
                return True
        return super().eventFilter(watched, event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        file = dragged_file(event.mimeData())
        if file is not None and file.suffix.lower() in ENDINGS:
            accept_copy(event)

    def dropEvent(self, event: QDropEvent) -> None:
        file = dragged_file(event.mimeData())
        if file is not None:
            accept_copy(event)
            self.file_asked.emit(Path(file))

    def closeEvent(self, event: QCloseEvent) -> None:
        self.say("")
        super().closeEvent(event)


def _in_full(style: Style) -> str:
    parts = [style.prompt]
    if style.negative:
        parts.append(tr("Keeps out: {words}", words=style.negative))
    return "\n\n".join(part for part in parts if part)


def value_words(style: Style) -> str:
    """Its values by the names that the form has for them."""
    from core.values.declared.parameter import in_full, parameters
    from core.values.request import Request

    declared = parameters(Request)
    values = dict(style.parameters)
    said = []
    if "width" in values and "height" in values:
        said.append(f"{values.pop('width')} × {values.pop('height')}")
    for name, value in values.items():
        choices = declared[name].choices or {}
        words = value if isinstance(value, str) else in_full(value)
        shown = tr_data(choices[words]) if words in choices else words
        label = declared[name].subject or declared[name].label
        said.append(f"{tr_data(label)} {shown}")
    return ", ".join(said)
