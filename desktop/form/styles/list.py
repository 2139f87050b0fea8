"""The list of all styles: what a search finds of a category, each with its preview."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication

from desktop.form.styles.chips import what_it_adds
from desktop.form.styles.collection import StyleCollection
from desktop.widgets.controls import DETAIL_ROLE
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.prompt.styles.style import Style

STYLE_ROLE = Qt.ItemDataRole.UserRole + 11
THUMB = 36  # pixels
# what is shown beside the categories that styles name themselves
ALL, MINE = "", "\0mine"
AnyIndex = QModelIndex | QPersistentModelIndex


class StyleList(QAbstractListModel):
    """Follows the collection."""

    def __init__(self, collection: StyleCollection, parent: Any = None) -> None:
        super().__init__(parent)
        self._collection = collection
        self._shown: list[Style] = []
        self._question = ("", ALL)
        collection.changed.connect(self.refresh)
        collection.arrived.connect(self._came)

    def categories(self) -> tuple[str, ...]:
        """Those that styles name, in order of the alphabet."""
        found = self._collection.found
        styles = found.styles.values() if found is not None else ()
        return tuple(sorted({style.category for style in styles if style.category}))

    def refresh(self) -> None:
        """The same search again."""
        self.search(*self._question)

    def search(self, text: str, category: str) -> None:
        """Show the styles whose name, category or words hold all words of `text`."""
        self._question = text, category
        found = self._collection.found
        words = text.casefold().split()
        self.beginResetModel()
        self._shown = [
            style
            for style in (found.styles.values() if found is not None else ())
            if (category == ALL or category == style.category or self._is_mine(style, category))
            and all(word in _said(style) for word in words)
        ]
        self.endResetModel()

    def _is_mine(self, style: Style, category: str) -> bool:
        found = self._collection.found
        return category == MINE and found is not None and style.name in found.mine

    def row_of(self, name: str) -> int:
        """The row of a style, or -1."""
        wanted = name.casefold()
        rows = (at for at, style in enumerate(self._shown) if style.name.casefold() == wanted)
        return next(rows, -1)

    def rowCount(self, parent: AnyIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._shown)

    def data(self, index: AnyIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        style = self._shown[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return style.name.replace("\n", " ")
            case Qt.ItemDataRole.ToolTipRole:
                return what_it_adds(style.chosen())
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{style.name}, {style.category or tr('no category')}"
            case Qt.ItemDataRole.DecorationRole:
                return _icon(thumbnail(self._collection.preview(style), THUMB))
        if role == STYLE_ROLE:
            return style
        return style.category if role == DETAIL_ROLE else None

    def _came(self, name: str) -> None:
        if (row := self.row_of(name)) >= 0:
            self.dataChanged.emit(self.index(row), self.index(row))


def _icon(picture: QPixmap) -> QIcon:
    """The same whether its row is marked or not."""
    icon = QIcon(picture)
    icon.addPixmap(picture, QIcon.Mode.Selected)
    return icon


def _said(style: Style) -> str:
    return f"{style.name} {style.category} {style.prompt} {style.negative}".casefold()


def thumbnail(preview: QPixmap | None, side: int) -> QPixmap:
    """The middle of a preview as a square; a plain one where there is none."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    ratio = application.devicePixelRatio()
    size = QSize(round(side * ratio), round(side * ratio))
    square = QPixmap(size)
    square.fill(QColor(Qt.GlobalColor.transparent))
    painter = QPainter(square)
    if preview is None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(application.palette().color(QPalette.ColorRole.Light))
        painter.drawRoundedRect(square.rect(), 4 * ratio, 4 * ratio)
    else:
        scaled = preview.scaled(
            size,
            Qt.AspectRatioMode.KeepAspectRatioByExpanding,
            Qt.TransformationMode.SmoothTransformation,
        )
        left = (size.width() - scaled.width()) // 2
        top = (size.height() - scaled.height()) // 2
        painter.drawPixmap(left, top, scaled)
    painter.end()
    square.setDevicePixelRatio(ratio)
    return square
