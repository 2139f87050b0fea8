"""What is dragged over the window: a target says by name what letting go will do."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop.widgets.i18n import tr

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".avif")


def dragged_file(data: QMimeData) -> Path | None:
    """The first file that is being dragged, if there is one."""
    for url in data.urls():
        if url.isLocalFile() and (name := url.toLocalFile()):
            return Path(name)
    return None


class DropTarget(QWidget):
    """Lies over the rooms while something is dragged, and lets the drop through to the window.
    `models` are the endings of their files."""

    def __init__(self, models: tuple[str, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self._models = models
        self._covered = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.words = ""
        self.hide()

    def offer(self, file: Path) -> None:
        """Say what dropping this file does. Told by its name alone:
        nothing is read while it is dragged."""
        ending = file.suffix.lower()
        if ending in PICTURES:
            self.words = tr("Take its recipe")
        elif ending in self._models or not ending:
            self.words = tr("Use this model")
        else:
            self.words = tr("Open {name}", name=file.name[:60])
        self.setAccessibleName(self.words)
        self.setGeometry(self._covered.rect())
        self.show()
        self.raise_()

    def target(self) -> QRect:
        """Where the target is drawn."""
        return self.rect().adjusted(24, 24, -24, -24)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        ground = palette.color(palette.ColorRole.Window)
        ground.setAlpha(225)
        painter.fillRect(self.rect(), ground)
        painter.setPen(QPen(palette.color(palette.ColorRole.Highlight), 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(self.target(), 8, 8)
        font = painter.font()
        font.setPixelSize(20)
        painter.setFont(font)
        painter.setPen(palette.color(palette.ColorRole.WindowText))
        painter.drawText(
            self.target(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.words
        )
