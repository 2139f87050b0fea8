"""Where a picture comes from and what was made of it, as a tree that leads to each of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QIcon
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.service.alike.family import MOST, Relation, Relative
from core.values.picture import Picture
from desktop.widgets import theme
from desktop.widgets.i18n import tr

SIZE = (560, 520)  # pixels
ICON = 64
_SHOWN = 90  # characters of a prompt
_ROW = Qt.ItemDataRole.UserRole


class FamilyDialog(QDialog):
    """`chosen` carries the picture that a person goes to, `opened` one that is to be seen large. It
    stays beside the window."""

    chosen = Signal(Picture)
    opened = Signal(Picture)

    def __init__(self, relatives: Sequence[Relative], name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Where {name} comes from", name=name))
        self.resize(*SIZE)
        self._relatives = tuple(relatives)
        self.finished.connect(self.deleteLater)
        self.tree = QTreeWidget()
        self.tree.setHeaderHidden(True)
        self.tree.setIconSize(QSize(ICON, ICON))
        self.tree.setAccessibleName(tr("Family of the picture"))
        self.tree.setToolTip(tr("Choosing one shows it in the window; Return shows it large."))
        self.tree.setUniformRowHeights(True)
        self._items: dict[int, QTreeWidgetItem] = {}
        self._fill()
        self.tree.currentItemChanged.connect(lambda item, _: self._tell(item, self.chosen))
        self.tree.itemActivated.connect(lambda item, _: self._tell(item, self.opened))
        words = QLabel(_sentence(self._relatives))
        words.setObjectName("dim")
        words.setWordWrap(True)
        answers = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        answers.rejected.connect(self.reject)
        for button in answers.buttons():
            button.setAutoDefault(False)  # type: ignore[attr-defined]  Return opens a picture
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        column.setSpacing(theme.SPACE_3)
        column.addWidget(words)
        column.addWidget(self.tree, 1)
        column.addWidget(answers)
        self.tree.setFocus()

    def _fill(self) -> None:
        items: list[QTreeWidgetItem] = []
        for row, one in enumerate(self._relatives):
            item = QTreeWidgetItem([relative_words(one)])
            item.setData(0, _ROW, row)
            item.setSizeHint(0, QSize(0, ICON + theme.SPACE_2))
            spoken = tr("{words}, the chosen picture", words=item.text(0))
            item.setData(
                0,
                Qt.ItemDataRole.AccessibleTextRole,
                spoken if one.is_asked else item.text(0),
            )
            if one.picture is None:
                item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            else:
                item.setToolTip(0, one.picture.request.prompt or one.picture.path)
                self._items[one.picture.id] = item
            if one.parent < 0:
                self.tree.addTopLevelItem(item)
            else:
                items[one.parent].addChild(item)
            items.append(item)
            if one.is_asked:
                bold = QFont(self.tree.font())
                bold.setBold(True)
                item.setFont(0, bold)
        self.tree.expandAll()
        for one, item in zip(self._relatives, items, strict=True):
            if one.is_asked:
                self.tree.setCurrentItem(item)

    def show_icon(self, picture_id: int, icon: QIcon) -> None:
        """The small picture of one of them."""
        if (item := self._items.get(picture_id)) is not None:
            item.setIcon(0, icon)

    def _tell(self, item: QTreeWidgetItem | None, signal: object) -> None:
        row = None if item is None else item.data(0, _ROW)
        picture = None if row is None else self._relatives[row].picture
        if picture is not None:
            signal.emit(picture)  # type: ignore[attr-defined]

    def pictures(self) -> list[Picture]:
        """All that lie in the gallery, the first ones first."""
        return [one.picture for one in self._relatives if one.picture is not None]


def relative_words(one: Relative) -> str:
    """What was done, the file's name and its words."""
    if one.picture is None:
        return tr("A picture from elsewhere")
    name = Path(one.picture.path).name
    if one.picture.trashed is not None:
        name = tr("{name} (in the trash)", name=name)
    done = {
        None: "",
        Relation.VARIED: tr("varied"),
        Relation.UPSCALED: tr("made larger"),
        Relation.EDITED: tr("edited"),
        Relation.BRANCHED: tr("branched off"),
        Relation.STARTED: tr("made from it"),
    }[one.relation]
    first = tr("{done}: {name}", done=done, name=name) if done else name
    prompt = " ".join(one.picture.request.prompt.split())
    if len(prompt) > _SHOWN:
        prompt = prompt[:_SHOWN].rstrip() + "…"
    return f"{first}\n{prompt}" if prompt else first


def _sentence(relatives: Sequence[Relative]) -> str:
    if len(relatives) == 1:
        return tr("It was made from no other picture, and none was made from it.")
    if len(relatives) >= MOST:
        return tr("The first {n} pictures of its family.", n=MOST)
    return tr("Each stands below the one that it was made from.")
