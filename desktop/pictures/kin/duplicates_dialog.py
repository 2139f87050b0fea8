"""Duplicates in groups: of each the best is kept, the others go into the trash where a person wants
that."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.service.alike.duplicates import DuplicateGroup
from core.values.picture import Picture
from desktop.widgets import theme
from desktop.widgets.i18n import tr

SIZE = (640, 560)  # pixels
MOST = 500  # groups that are listed at a time
_PICTURE = Qt.ItemDataRole.UserRole


class DuplicatesDialog(QDialog):
    """`asked` wants the groups, those too that only look alike (`near`); `trashed` carries the
    pictures that are ticked, `opened` one to be seen large. `turn` counts the questions."""

    asked = Signal(bool)
    trashed = Signal(list)
    opened = Signal(Picture)
    ICON = 72  # pixels

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Duplicates"))
        self.resize(*SIZE)
        self.finished.connect(self.deleteLater)
        self.turn = 0
        self.groups: tuple[DuplicateGroup, ...] = ()
        self._items: dict[int, QTreeWidgetItem] = {}
        self._kept: dict[int, bool] = {}  # by picture, what a person ticked
        self.near = QCheckBox(tr("Also those that only look alike"))
        self.near.setToolTip(tr("Copies of another size or quality, or with their edges cut off."))
        self.words = QLabel(tr("Looking for duplicates..."))
        self.words.setObjectName("dim")
        self.words.setWordWrap(True)
        self.tree = QTreeWidget()
        self.tree.setHeaderHidden(True)
        self.tree.setIconSize(QSize(self.ICON, self.ICON))
        self.tree.setAccessibleName(tr("Groups of duplicates"))
        self.tree.setToolTip(
            tr("Space ticks what goes into the trash; Return shows a picture large.")
        )
        self.go = QPushButton()
        self.go.setObjectName("primary")
        self.go.setToolTip(tr("Moves what is ticked to the trash; Undo brings it back."))
        self._build()
        self.near.toggled.connect(lambda _: self.ask())
        self.tree.itemChanged.connect(self._ticked)
        self.tree.itemActivated.connect(self._open)
        self.go.clicked.connect(self._trash)
        self._count()

    def _build(self) -> None:
        answers = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        answers.addButton(self.go, QDialogButtonBox.ButtonRole.ActionRole)
        answers.rejected.connect(self.reject)
        for button in answers.buttons():
            button.setAutoDefault(False)  # type: ignore[attr-defined]  Return opens a picture
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        column.setSpacing(theme.SPACE_3)
        column.addWidget(self.words)
        column.addWidget(self.near)
        column.addWidget(self.tree, 1)
        column.addWidget(answers)
        self.tree.setFocus()

    # --- what is asked ---

    def ask(self) -> None:
        """The groups once more, as they are now."""
        self.asked.emit(self.near.isChecked())

    def begin(self) -> int:
        """A question is on its way; its turn."""
        self.turn += 1
        return self.turn

    def show_groups(self, groups: Sequence[DuplicateGroup]) -> None:
        """The answer: of each group the best is kept, unless a person ticked otherwise."""
        many = len(groups)
        self.groups = tuple(groups[:MOST])
        self._items = {}
        self.tree.blockSignals(True)
        self.tree.clear()
        for number, group in enumerate(self.groups, 1):
            self.tree.addTopLevelItem(self._item_of(group, number))
        self.tree.expandAll()
        self.tree.blockSignals(False)
        if (first := self.tree.topLevelItem(0)) is not None:
            self.tree.setCurrentItem(first)
        self.words.setText(_sentence(many))
        self._count()

    def _item_of(self, group: DuplicateGroup, number: int) -> QTreeWidgetItem:
        same = tr("the same pixels") if group.exact else tr("look alike")
        count = len(group.pictures)
        words = tr("{n}. {count} pictures, {same}", n=number, count=count, same=same)
        head = QTreeWidgetItem([words])
        head.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        for at, picture in enumerate(group.pictures):
            item = QTreeWidgetItem([picture_line(picture, best=at == 0)])
            item.setData(0, _PICTURE, picture)
            item.setToolTip(0, picture.path)
            item.setSizeHint(0, QSize(0, self.ICON + theme.SPACE_2))
            ticked = self._kept.get(picture.id, at > 0)
            item.setCheckState(0, Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
            head.addChild(item)
            self._items[picture.id] = item
        return head

    def show_icon(self, picture_id: int, icon: QIcon) -> None:
        """The small picture of one of them."""
        if (item := self._items.get(picture_id)) is not None:
            self.tree.blockSignals(True)
            item.setIcon(0, icon)
            self.tree.blockSignals(False)
            self.tree.viewport().update()

    # --- what a person does ---

    def ticked(self) -> list[Picture]:
        """What goes into the trash."""
        return [
            item.data(0, _PICTURE)
            for item in self._items.values()
            if item.checkState(0) == Qt.CheckState.Checked
        ]

    def _ticked(self, item: QTreeWidgetItem) -> None:
        picture = item.data(0, _PICTURE)
        if picture is not None:
            self._kept[picture.id] = item.checkState(0) == Qt.CheckState.Checked
            self._count()

    def _count(self) -> None:
        many = len(self.ticked())
        words = tr("Move {n} to the trash", n=f"{many:,}")
        self.go.setText(tr("Move 1 to the trash") if many == 1 else words)
        self.go.setEnabled(many > 0)

    def _trash(self) -> None:
        """A person may be asked, and think better of it: the button stays."""
        self.trashed.emit(self.ticked())

    def _open(self, item: QTreeWidgetItem) -> None:
        picture = item.data(0, _PICTURE)
        if picture is not None:
            self.opened.emit(picture)


def picture_line(picture: Picture, *, best: bool) -> str:
    """The file's name, its size, and what a person noted on it."""
    parts = [tr("{width} x {height}", width=picture.width, height=picture.height)]
    if picture.rating > 0:
        parts.append(tr("{n} stars", n=picture.rating) if picture.rating > 1 else tr("1 star"))
    if picture.favourite:
        parts.append(tr("favourite"))
    if picture.origin is not None:
        parts.append(tr("imported"))
    if best:
        parts.append(tr("the best one"))
    return f"{Path(picture.path).name}\n{', '.join(parts)}"


def _sentence(many: int) -> str:
    if not many:
        return tr("No two pictures are the same.")
    if many > MOST:
        return tr("The first {n} of {many} groups.", n=MOST, many=f"{many:,}")
    if many == 1:
        return tr("1 group. What is ticked goes into the trash, from where Undo brings it back.")
    return tr(
        "{n} groups. What is ticked goes into the trash, from where Undo brings it back.", n=many
    )
