"""A picture as large as its room, and one in a window of its own."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.widgets import theme
from desktop.widgets.controls import row
from desktop.widgets.i18n import tr

SHARE = 0.8  # of the window that a larger picture may take
MOST = 4.0  # times its own pixels


class PictureRoom(QLabel):
    """The `image` as large as its room; a dashed line where it will be."""

    def __init__(self) -> None:
        super().__init__()
        self.image = QImage()

    def show_image(self, image: QImage, size: QSize) -> None:
        """In a room of this size."""
        self.image = image
        self.setFixedSize(size)
        self.update()

    def has_image(self) -> bool:
        """Whether there is one."""
        return not self.image.isNull()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.image.isNull():
            mid = self.palette().color(QPalette.ColorRole.Mid)
            painter.setPen(QPen(mid, 1, Qt.PenStyle.DashLine))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        else:
            pixels = self.size() * self.devicePixelRatioF()
            smooth = Qt.TransformationMode.SmoothTransformation
            keep = Qt.AspectRatioMode.KeepAspectRatio
            drawn = QPixmap.fromImage(self.image.scaled(pixels, keep, smooth))
            drawn.setDevicePixelRatio(self.devicePixelRatioF())
            painter.drawPixmap(0, 0, drawn)
        painter.end()


class LargePicture(QDialog):
    """One picture as large as the window has room; Escape, Return or a click closes it."""

    def __init__(self, name: str, notes: str, image: QImage, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(name)
        self.room = PictureRoom()
        self.room.setAccessibleName(name)
        room = parent.window().size() * SHARE - QSize(0, 4 * theme.SPACE_4)
        most = image.size() * MOST
        size = image.size().scaled(room.boundedTo(most), Qt.AspectRatioMode.KeepAspectRatio)
        self.room.show_image(image, size)
        words = QLabel(notes)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setWordWrap(True)
        words.setVisible(bool(notes))
        done = QPushButton(tr("Close"))
        done.setWhatsThis(tr("Closes this larger view."))
        done.setDefault(True)
        done.clicked.connect(self.accept)
        lines = QVBoxLayout(self)
        lines.addWidget(self.room)
        lines.addWidget(words)
        lines.addWidget(row(None, done))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.accept()
