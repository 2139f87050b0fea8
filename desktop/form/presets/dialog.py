"""The presets in their order, to be taken, renamed, deleted and carried elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.values.request_parts.chosen_style import LONGEST_NAME
from desktop.widgets import theme
from desktop.widgets.controls import DETAIL_ROLE, ShortDetailDelegate, column, row
from desktop.widgets.drop_target import accept_copy, dragged_file
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.store.forms.presets import Preset

_PRESET = Qt.ItemDataRole.UserRole + 11


class PresetDialog(QDialog):
    """Stays open beside the form. `saved` carries a name and whether the words go along, `taken` a
    Preset; the others the names that they are about. `file_asked`: one to be taken over, or None
    where it is to be asked for."""

    saved = Signal(str, bool)
    taken = Signal(object)
    renamed = Signal(str, str)
    deleted = Signal(str)
    moved = Signal(str, int)
    file_asked = Signal(object)
    export_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Presets"))
        self.resize(460, 420)
        self.setAcceptDrops(True)
        self._build_list()
        self._build_saving()
        self._lay_out()
        self._mark()

    # --- building ---

    def _build_list(self) -> None:
        self.list = QListWidget()
        self.list.setItemDelegate(ShortDetailDelegate(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.list.setAccessibleName(tr("Presets"))
        self.list.setWhatsThis(
            tr("Return puts a preset into the form; drag it, or press Alt with an arrow, to move.")
        )
        self.list.itemActivated.connect(lambda _: self._take())
        self.list.itemChanged.connect(self._rename)
        self.list.currentItemChanged.connect(lambda *_: self._mark())
        self.list.model().rowsMoved.connect(self._tell_moved)
        self.list.installEventFilter(self)
        self.empty = QLabel(
            tr("No presets yet: give the form a name below, and it stands here from then on.")
        )
        self.empty.setObjectName("dim")
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.take = _button(tr("Use"), tr("Puts this preset into the form; Undo takes it back."))
        self.take.setObjectName("primary")
        self.rename = _button(tr("Rename"), tr("Gives this preset another name."))
        self.delete = _button(tr("Delete"), tr("Deletes this preset; Undo brings it back."))
        self.take_file = _button(tr("Import..."), tr("Takes presets over from a file."))
        self.export = _button(tr("Export..."), tr("Writes all presets into a file."))
        for button, act in (
            (self.take, self._take),
            (self.rename, self._edit),
            (self.delete, self._delete),
            (self.take_file, lambda: self.file_asked.emit(None)),
            (self.export, self.export_asked.emit),
        ):
            button.clicked.connect(lambda _=False, act=act: act())

    def _build_saving(self) -> None:
        self.name = QLineEdit()
        self.name.setMaxLength(LONGEST_NAME)
        self.name.setPlaceholderText(tr("Name of a new preset"))
        self.name.setAccessibleName(tr("Name of a new preset"))
        self.name.setWhatsThis(
            tr("The form is kept under this name as it is, but for a picture that it starts from.")
        )
        self.words = QCheckBox(tr("With prompt, negative prompt and styles"))
        self.words.setToolTip(tr("Off keeps model, LoRAs and parameters only."))
        self.words.setChecked(True)
        self.save = _button(tr("Save form"), self.name.whatsThis())
        self.name.returnPressed.connect(self._save)
        self.save.clicked.connect(self._save)
        self.name.textChanged.connect(lambda text: self.save.setEnabled(bool(text.strip())))
        self.save.setEnabled(False)

    def _lay_out(self) -> None:
        self.note = QLabel()
        self.note.setObjectName("dim")
        self.note.setWordWrap(True)
        self.note.hide()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        whole.setSpacing(theme.SPACE_2)
        beside = QHBoxLayout()
        beside.addWidget(column(self.empty, self.list), 1)
        acts = column(self.take, self.rename, self.delete)
        acts.layout().addStretch(1)  # type: ignore[union-attr]
        acts.layout().addWidget(self.take_file)  # type: ignore[union-attr]
        acts.layout().addWidget(self.export)  # type: ignore[union-attr]
        beside.addWidget(acts)
        whole.addLayout(beside, 1)
        whole.addWidget(row(self.name, self.save, wide=self.name))
        whole.addWidget(self.words)
        whole.addWidget(self.note)

    # --- what there is to show ---

    def show_presets(self, presets: Sequence[Preset], facts: Callable[[Preset], str]) -> None:
        """All of them, each with a few words of what it is; the marked one stays marked."""
        marked = self.current()
        self.list.blockSignals(True)
        self.list.clear()
        for preset in presets:
            item = QListWidgetItem(preset.name)
            item.setFlags((item.flags() | Qt.ItemFlag.ItemIsEditable) & ~_DROP)
            item.setData(_PRESET, preset)
            item.setData(DETAIL_ROLE, facts(preset))
            item.setToolTip(f"{preset.name}\n{facts(preset)}")
            self.list.addItem(item)
        self.list.blockSignals(False)
        self.mark(marked.name if marked is not None else "")

    def mark(self, name: str) -> None:
        """This one, or the first where it is not there."""
        rows = range(self.list.count())
        names = [self.list.item(at).text() for at in rows]
        at = names.index(name) if name in names else 0
        self.list.setCurrentRow(at if names else -1)
        self._mark()

    def say(self, words: str) -> None:
        """A sentence at the bottom."""
        self.note.setText(words)
        self.note.setVisible(bool(words))

    def current(self) -> Preset | None:
        """The one that is marked."""
        item = self.list.currentItem()
        return item.data(_PRESET) if item is not None else None

    def _mark(self) -> None:
        has = self.list.currentItem() is not None
        for button in (self.take, self.rename, self.delete):
            button.setEnabled(has)
        self.export.setEnabled(self.list.count() > 0)
        self.empty.setVisible(self.list.count() == 0)
        self.list.setVisible(self.list.count() > 0)

    # --- what is done ---

    def _take(self) -> None:
        if (preset := self.current()) is not None:
            self.taken.emit(preset)

    def _edit(self) -> None:
        if (item := self.list.currentItem()) is not None:
            self.list.editItem(item)

    def _rename(self, item: QListWidgetItem) -> None:
        preset: Preset = item.data(_PRESET)
        if item.text().strip() != preset.name:
            self.renamed.emit(preset.name, item.text().strip())

    def _delete(self) -> None:
        if (preset := self.current()) is not None:
            self.deleted.emit(preset.name)

    def _tell_moved(
        self, _: QModelIndex, start: int, end: int, into: QModelIndex, before: int
    ) -> None:
        to = before - 1 if before > start else before
        self.moved.emit(self.list.item(to).text(), to)

    def step(self, by: int) -> None:
        """Move the marked one up or down."""
        at, to = self.list.currentRow(), self.list.currentRow() + by
        preset = self.current()
        if preset is not None and 0 <= to < self.list.count():
            self.list.insertItem(to, self.list.takeItem(at))
            self.list.setCurrentRow(to)
            self.moved.emit(preset.name, to)

    def _save(self) -> None:
        if self.name.text().strip():
            self.saved.emit(self.name.text().strip(), self.words.isChecked())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The list's own keys come first."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            by = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
            if by and event.modifiers() & Qt.KeyboardModifier.AltModifier:
                self.step(by)
                return True
            if event.key() == Qt.Key.Key_Delete:
                self._delete()
                return True
        return super().eventFilter(watched, event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        file = dragged_file(event.mimeData())
        if file is not None and file.suffix.lower() == ".json":
            accept_copy(event)

    def dropEvent(self, event: QDropEvent) -> None:
        file = dragged_file(event.mimeData())
        if file is not None:
            accept_copy(event)
            self.file_asked.emit(Path(file))


_DROP = Qt.ItemFlag.ItemIsDropEnabled  # between others, never onto one


def _button(words: str, help_text: str) -> QPushButton:
    button = QPushButton(words)
    button.setAutoDefault(False)
    button.setToolTip(help_text)
    button.setWhatsThis(help_text)
    return button
