"""The files of wildcards with the number of their values, as a list that is searched and renamed
in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from desktop.widgets.controls import DETAIL_ROLE
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.prompt.wildcards.editing import WildcardFile

FILE_ROLE = Qt.ItemDataRole.UserRole + 11
AnyIndex = QModelIndex | QPersistentModelIndex


class WildcardList(QAbstractListModel):
    """`rename_asked` carries a name and the one that is wanted in its place."""

    rename_asked = Signal(str, str)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._files: tuple[WildcardFile, ...] = ()
        self._shown: list[WildcardFile] = []
        self._words = ""

    def show_files(self, files: Sequence[WildcardFile]) -> None:
        """All there are."""
        self._files = tuple(files)
        self.search(self._words)

    def search(self, words: str) -> None:
        """Those whose names hold these words."""
        self._words = words
        wanted = words.casefold().split()
        shown = [f for f in self._files if all(word in f.name.casefold() for word in wanted)]
        before, self._shown = self._shown, shown
        if [file.name for file in shown] == [file.name for file in before]:
            for at, (old, new) in enumerate(zip(before, shown, strict=True)):
                if old != new:  # a name that is being written in its row stays so
                    self.dataChanged.emit(self.index(at), self.index(at))
            return
        self._shown = before
        self.beginResetModel()
        self._shown = shown
        self.endResetModel()

    def note(self, file: WildcardFile) -> None:
        """One was written: it has other values."""
        self.show_files([file if old.name == file.name else old for old in self._files])

    def file(self, name: str) -> WildcardFile | None:
        """The one of this name."""
        return next((file for file in self._files if file.name == name), None)

    def total(self) -> int:
        """How many there are, whatever is searched for."""
        return len(self._files)

    def row_of(self, name: str) -> int:
        """The row of a file, or -1."""
        return next((at for at, file in enumerate(self._shown) if file.name == name), -1)

    def rowCount(self, parent: AnyIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._shown)

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def data(self, index: AnyIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        file = self._shown[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return file.name
            case Qt.ItemDataRole.ToolTipRole:
                return file.trouble or file.name
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{file.name}, {_count(file)}"
        if role == FILE_ROLE:
            return file
        return _count(file) if role == DETAIL_ROLE else None

    def setData(
        self, index: AnyIndex, value: Any, role: int = int(Qt.ItemDataRole.EditRole)
    ) -> bool:
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        name = self._shown[index.row()].name
        if str(value).strip() != name:
            self.rename_asked.emit(name, str(value).strip())
        return False  # it stands here once it is done


def _count(file: WildcardFile) -> str:
    return tr("cannot be used") if file.trouble else f"{file.count:,}"
