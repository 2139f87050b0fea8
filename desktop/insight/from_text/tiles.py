"""Small pictures with words below: grey planes of numbers, pictures beside one another, and strips
of them that the arrow keys go along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPainter, QPaintEvent, QPalette, QPixmap
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListView,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QWidget,
)

from desktop.widgets import theme
from desktop.widgets.flow_layout import WrapLayout

if TYPE_CHECKING:
    from core.values.insight.questions import Planes

SMALL = 132  # pixels of a plane's tile
LARGE = 340  # pixels of a picture's tile, at most
LEAST = 96
FRAME = 120  # pixels of a picture in a strip
KEY = Qt.ItemDataRole.UserRole + 1  # the number of a picture in a strip
BAR = 14  # pixels of its scroll bar


class Tile(QWidget):
    """One picture, as large as its room lets it be, with one line below it. `exact`: its pixels
    are seen as squares, since each of them is a number."""

    def __init__(self, name: str, *, exact: bool = False, side: int = LARGE) -> None:
        super().__init__()
        self._image = QImage()
        self._exact = exact
        self._side = side
        self._words = name
        self.setAccessibleName(name)
        across = QSizePolicy.Policy.Fixed if exact else QSizePolicy.Policy.Expanding
        policy = QSizePolicy(across, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(not exact)
        self.setSizePolicy(policy)
        self.setMaximumWidth(side)
        self.setMinimumWidth(side if exact else LEAST)

    @property
    def image(self) -> QImage:
        """What it shows; a null one for nothing yet."""
        return self._image

    def sizeHint(self) -> QSize:
        return QSize(self._side, self._height(self._side))

    def hasHeightForWidth(self) -> bool:
        return not self._exact

    def heightForWidth(self, width: int, /) -> int:
        return self._height(min(width, self._side))

    def _line(self) -> int:
        return self.fontMetrics().lineSpacing() + theme.SPACE_1

    def _height(self, width: int) -> int:
        size = self._image.size()
        shape = size.height() / size.width() if not size.isEmpty() else 1.0
        return round(min(width * shape, self._side)) + self._line()

    def show_image(self, image: QImage, description: str = "") -> None:
        """This picture; `description` is for who cannot see it."""
        is_other_shape = image.size() != self._image.size()
        self._image = image
        self.setAccessibleDescription(description)
        if is_other_shape:
            self.updateGeometry()
        self.update()

    def name(self, words: str) -> None:
        """The line below it."""
        self._words = words
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.update()

    def clear(self) -> None:
        """Nothing yet; its room stays."""
        self._image = QImage() if self._image.isNull() else self._blank()
        self.setAccessibleDescription("")
        self.update()

    def _blank(self) -> QImage:
        image = QImage(self._image.size(), QImage.Format.Format_RGB888)
        image.fill(self.palette().color(QPalette.ColorRole.Button))
        return image

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        room = QRectF(0, 0, self.width(), self.height() - self._line())
        if self._image.isNull():
            painter.fillRect(room, self.palette().color(QPalette.ColorRole.Button))
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not self._exact)
            size = self._image.size().scaled(
                room.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio
            )
            painter.drawImage(QRect(0, 0, size.width(), size.height()), self._image)
        line = QRect(0, self.height() - self._line(), self.width(), self._line())
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        words = self.fontMetrics().elidedText(
            self._words, Qt.TextElideMode.ElideRight, self.width()
        )
        painter.drawText(line, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, words)


class Row(QWidget):
    """Tiles of pictures side by side, as many as are given."""

    def __init__(self, tiles: Sequence[Tile]) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE_3)
        for tile in tiles:
            layout.addWidget(tile, 1)
        layout.addStretch(0)


class PlaneRow(QWidget):
    """A tile for each plane of numbers, in as many lines as they need."""

    def __init__(self, side: int = SMALL) -> None:
        super().__init__()
        self._side = side
        self.tiles: list[Tile] = []
        self._lines = WrapLayout(self, theme.SPACE_3)
        line = self.fontMetrics().lineSpacing() + theme.SPACE_1
        self.setMinimumHeight(side + line)  # until they come, so that nothing below moves then

    def show_planes(self, planes: Planes, names: Sequence[str]) -> None:
        """All of them, each with its name."""
        self.setMinimumHeight(0)
        while len(self.tiles) > planes.count:
            tile = self.tiles.pop()
            self._lines.removeWidget(tile)
            tile.deleteLater()
        while len(self.tiles) < planes.count:
            tile = Tile("", exact=True, side=self._side)
            self.tiles.append(tile)
            self._lines.addWidget(tile)
        for number, (tile, name) in enumerate(zip(self.tiles, names, strict=True)):
            tile.show_image(image_of_plane(planes, number))
            tile.name(name)


def image_of_plane(planes: Planes, number: int) -> QImage:
    """One plane as a grey picture. A copy, since Qt keeps no bytes alive."""
    size = planes.width * planes.height
    data = planes.levels[number * size : (number + 1) * size]
    kind = QImage.Format.Format_Grayscale8
    return QImage(data, planes.width, planes.height, planes.width, kind).copy()


class Film(QListWidget):
    """Pictures in one line, each under its number. `asked` carries the number of one that was
    double-clicked, or on which Return was pressed."""

    asked = Signal(int)

    def __init__(self, name: str, help_text: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setToolTip(help_text)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setIconSize(QSize(FRAME, FRAME))
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        high = FRAME + self.fontMetrics().lineSpacing() + theme.SPACE_3
        self.setGridSize(QSize(FRAME + theme.SPACE_4, high))
        self.setFixedHeight(high + BAR + theme.SPACE_2)
        self._items: dict[int, QListWidgetItem] = {}
        self.itemActivated.connect(lambda item: self.asked.emit(item.data(KEY)))

    def restart(self) -> None:
        """Empty it."""
        self.clear()
        self._items.clear()

    def place(self, key: int, words: str, help_text: str = "") -> None:
        """Room for a picture at the end, with words below it."""
        item = QListWidgetItem(words)
        item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        item.setToolTip(help_text or words)
        blank = QPixmap(FRAME, FRAME)
        blank.fill(self.palette().button().color())
        item.setIcon(QIcon(blank))
        item.setData(KEY, key)
        self.addItem(item)
        self._items[key] = item

    def put(self, key: int, image: QImage) -> None:
        """The picture for a place."""
        if item := self._items.get(key):
            smooth = Qt.TransformationMode.SmoothTransformation
            kept = Qt.AspectRatioMode.KeepAspectRatio
            item.setIcon(QIcon(QPixmap.fromImage(image.scaled(FRAME, FRAME, kept, smooth))))
            item.setData(Qt.ItemDataRole.UserRole, True)

    def filled(self) -> int:
        """How many of the places have their picture."""
        return sum(bool(item.data(Qt.ItemDataRole.UserRole)) for item in self._items.values())
