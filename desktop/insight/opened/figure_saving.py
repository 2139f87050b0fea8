"""Figures are saved: the drawing as PNG, its numbers as CSV beside it, both with caption, scale and
recipe."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPalette, QTextOption
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.state.tasks import SerialTasks
from desktop.widgets import theme
from desktop.widgets.controls import IconButton
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from core.service.insight.figure_table import FigureTable

RATIO = 2.0  # pixels of the file for one of the window
NARROWEST = 480  # pixels of the window: room for the words
MOST_LINES = 24  # of words, in a file


class FigureSaving(QObject):
    """Asks for a name and writes both files; nothing is overwritten."""

    def __init__(self, tasks: SerialTasks, notice: NoticeBar, window: QWidget) -> None:
        super().__init__(window)
        self._tasks = tasks
        self._notice = notice
        self._window = window

    def ask(self, table: FigureTable, drawing: QImage) -> None:
        """Save this figure, as `drawn` gives it."""
        name, _ = QFileDialog.getSaveFileName(
            self._window,
            tr("Save figure as PNG and CSV"),
            f"{table.name}.png",
            "PNG (*.png)",
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
        if name:
            image = captioned(drawing, table, self._window.palette())
            write = partial(_write, Path(name), table, image)
            self._tasks.submit(write, self._saved, saves=True)

    def _saved(self, paths: tuple[Path, Path]) -> None:
        names = tuple(path.name for path in paths)
        self._notice.say(tr("Saved as {png} and {csv}.", png=names[0], csv=names[1]))


def save_button(what: str) -> IconButton:
    """The button that stands beside a figure; `what` is the figure's name."""
    name = tr("Save figure: {what}", what=what)
    return IconButton("save", name, tr("As PNG, with its numbers as CSV."))


def drawn(widget: QWidget) -> QImage:
    """What a widget shows, as large as it is there, finely."""
    image = QImage(widget.size() * RATIO, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(RATIO)
    image.fill(widget.palette().color(QPalette.ColorRole.Window))
    widget.render(image)
    return image


def captioned(drawing: QImage, table: FigureTable, palette: QPalette) -> QImage:
    """The drawing with its words below it, in the colours of the window, and in the file's own
    texts."""
    size = drawing.deviceIndependentSize().toSize()
    gap = theme.SPACE_3
    width = max(size.width(), NARROWEST)
    texts = [text for text in (table.caption, table.scale, table.recipe) if text]
    heights = [_height(text, width) for text in texts]
    whole = QSize(
        width + 2 * gap, size.height() + 2 * gap + sum(height + gap for height in heights)
    )
    image = QImage(whole * RATIO, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(RATIO)
    image.fill(palette.color(QPalette.ColorRole.Window))
    painter = QPainter(image)
    painter.drawImage(gap, gap, drawing)
    top = size.height() + 2 * gap
    for number, (text, height) in enumerate(zip(texts, heights, strict=True)):
        role = QPalette.ColorRole.PlaceholderText if number else QPalette.ColorRole.WindowText
        painter.setPen(palette.color(role))
        painter.drawText(QRectF(gap, top, width, height), text, _wrapping())
        top += height + gap
    painter.end()
    for key, text in zip(("Title", "Description", "Comment"), texts, strict=False):
        image.setText(key, text)
    return image


def _wrapping() -> QTextOption:
    """Between words; within one only where it is longer than a line."""
    option = QTextOption(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    return option


def _height(text: str, width: int) -> int:
    """Of the text in so many pixels, as `QPainter.drawText` lays it out."""
    nowhere = QImage(1, 1, QImage.Format.Format_RGB32)
    painter = QPainter(nowhere)
    room = QRectF(0, 0, width, 1_000_000)
    needed = painter.boundingRect(room, text, _wrapping()).height()
    most = MOST_LINES * painter.fontMetrics().lineSpacing()
    painter.end()
    return min(math.ceil(needed), most)


def _write(path: Path, table: FigureTable, image: QImage) -> tuple[Path, Path]:
    """Raises WorldError where the disk refuses."""
    from core.service.insight.figure_table import csv_of_table
    from core.store.files import put, put_as

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    drawing = put_as(path, bytes(buffer.data().data()))
    numbers = csv_of_table(table).encode()
    return drawing, put(drawing.parent, drawing.stem, numbers, ".csv")
