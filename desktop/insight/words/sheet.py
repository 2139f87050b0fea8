"""All words at once: a small picture with its map for each, on the common scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem

from desktop.insight.words.colour_map import over
from desktop.widgets import theme
from desktop.widgets.i18n import tr

FRAME = 132  # pixels of a small picture
MOST = 96  # words of a sheet; a longer text has too many to be told apart
ACROSS = 5  # pictures of a line of a saved sheet


@dataclass(frozen=True, slots=True)
class SheetCell:
    """A word, its map (a pixel for each cell), and one line about it."""

    name: str
    share: str
    image: QImage
    about: str


class Sheet(QListWidget):
    """`asked` carries the place of a word that was double-clicked, or on which Return was
    pressed."""

    asked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Maps of all words"))
        self.setToolTip(tr("Return shows one large."))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setWordWrap(True)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setIconSize(QSize(FRAME, FRAME))
        high = FRAME + 2 * self.fontMetrics().lineSpacing() + theme.SPACE_4
        self.setGridSize(QSize(FRAME + theme.SPACE_4, high))
        self._cells: tuple[SheetCell, ...] = ()
        self._picture = QImage()
        self._opacity = 0.0
        self.itemActivated.connect(lambda item: self.asked.emit(self.row(item)))

    def show_cells(self, picture: QImage, cells: Sequence[SheetCell], opacity: float) -> None:
        """These maps over this picture, one for each word."""
        self._cells, self._picture, self._opacity = tuple(cells[:MOST]), picture, opacity
        while self.count() > len(self._cells):
            self.takeItem(self.count() - 1)
        while self.count() < len(self._cells):
            item = QListWidgetItem()
            item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
            self.addItem(item)
        ratio = self.devicePixelRatioF()
        small = _fitted(picture, round(FRAME * ratio))
        for row, cell in enumerate(self._cells):
            pixmap = QPixmap.fromImage(over(small, cell.image, opacity))
            pixmap.setDevicePixelRatio(ratio)
            item = self.item(row)
            item.setIcon(QIcon(pixmap))
            item.setText(f"{cell.name}\n{cell.share}")
            item.setToolTip(cell.about)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, cell.about)

    def drawn(self, ratio: float) -> QImage:
        """All of it, also what is not in sight, `ratio` pixels for one of the window."""
        across = min(ACROSS, max(len(self._cells), 1))
        line = self.fontMetrics().lineSpacing()
        wide, high = FRAME + theme.SPACE_4, FRAME + 2 * line + theme.SPACE_4
        down = math.ceil(len(self._cells) / across) or 1
        image = QImage(QSize(across * wide, down * high) * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        image.fill(self.palette().color(QPalette.ColorRole.Window))
        painter = QPainter(image)
        painter.setFont(self.font())
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        small = _fitted(self._picture, round(FRAME * ratio))
        for number, cell in enumerate(self._cells):
            left, top = number % across * wide, number // across * high
            one = over(small, cell.image, self._opacity)
            size = one.size().toSizeF() / ratio
            aside = (FRAME - size.width()) / 2
            area = QRectF(left + aside, top + FRAME - size.height(), size.width(), size.height())
            painter.drawImage(area, one)
            metrics = painter.fontMetrics()
            for at, words in enumerate((cell.name, cell.share)):
                shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, FRAME)
                place = QRectF(left, top + FRAME + at * line, FRAME, line)
                painter.drawText(place, Qt.AlignmentFlag.AlignHCenter, shown)
        painter.end()
        return image


def _fitted(picture: QImage, side: int) -> QImage:
    """As large as a small picture is."""
    if picture.isNull():
        blank = QImage(side, side, QImage.Format.Format_RGB32)
        blank.fill(Qt.GlobalColor.black)
        return blank
    kept = Qt.AspectRatioMode.KeepAspectRatio
    return picture.scaled(side, side, kept, Qt.TransformationMode.SmoothTransformation)
