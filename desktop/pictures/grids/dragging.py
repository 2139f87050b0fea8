"""What dragging pictures out of a grid carries: their files, for any program, and their ids, for
places of our own."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence

from PySide6.QtCore import QMimeData, QSize, Qt, QUrl
from PySide6.QtGui import QDrag, QFontMetrics, QGuiApplication, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QApplication, QWidget

from core.values.picture import Picture
from desktop.widgets.i18n import tr

PICTURES = "application/x-calotype-pictures"  # ids of 64 bits each
# reads the pictures of rows, and hands them on
Reader = Callable[[list[range], Callable[[list[Picture]], None]], None]
DRAGGED = QSize(96, 96)  # pixels of what hangs on the pointer


def data_of(pictures: Sequence[Picture]) -> QMimeData:
    """Files and ids of pictures."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(picture.path) for picture in pictures])
    data.setData(PICTURES, array("q", [picture.id for picture in pictures]).tobytes())
    return data


def ids_in(data: QMimeData) -> tuple[int, ...]:
    """The ids of the pictures that are dragged; none where other things are."""
    packed = bytes(data.data(PICTURES).data())
    ids = array("q")
    ids.frombytes(packed[: len(packed) // ids.itemsize * ids.itemsize])
    return tuple(ids)


def drag_out(source: QWidget, data: QMimeData, pixmap: QPixmap | None, count: int = 1) -> None:
    """`count` pictures by their files in `data`, until they are dropped. With the Alt key copies of
    the files without their recipes, as soon as these are written."""
    if not QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.AltModifier:
        _drag(source, data, pixmap, count, tr("with its recipe"))
        return
    from desktop.pictures.grids.plain_copies import PlainCopies

    def begin(copies: list[str]) -> None:
        plain = QMimeData()
        plain.setUrls([QUrl.fromLocalFile(path) for path in copies])
        if data.hasFormat(PICTURES):
            plain.setData(PICTURES, data.data(PICTURES))
        _drag(source, plain, pixmap, len(copies), tr("without its recipe"))

    paths = [url.toLocalFile() for url in data.urls()]
    PlainCopies.of(source).make(paths, begin)


def _drag(source: QWidget, data: QMimeData, pixmap: QPixmap | None, count: int, words: str) -> None:
    drag = QDrag(source)
    drag.setMimeData(data)
    if pixmap is not None:
        small = _on_the_pointer(pixmap, count, source.palette())
        drag.setPixmap(captioned(small, source.palette(), words))
    drag.exec(Qt.DropAction.CopyAction)


def drag_rows(source: QAbstractItemView, rows: list[range], read: Reader) -> None:
    """As `drag_out`, of rows of a grid; those of thousands whose records are not here are read
    first, and the drag begins if the button is still held then."""

    def begin(pictures: list[Picture]) -> None:
        if pictures and QGuiApplication.mouseButtons() & Qt.MouseButton.LeftButton:
            first = source.model().index(rows[0].start, 0)
            pixmap = first.data(Qt.ItemDataRole.DecorationRole)
            drag_out(source, data_of(pictures), pixmap, len(pictures))

    read(rows, begin)


def captioned(small: QPixmap, palette: QPalette, words: str) -> QPixmap:
    """With words below it that say what goes along with the file."""
    metrics = QFontMetrics(QApplication.font())
    width = max(small.width(), metrics.horizontalAdvance(words) + 12)
    height = metrics.height() + 6
    whole = QPixmap(width, small.height() + height)
    whole.fill(Qt.GlobalColor.transparent)
    painter = QPainter(whole)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.drawPixmap((width - small.width()) // 2, 0, small)
    badge = whole.rect().adjusted(0, small.height() + 2, 0, 0)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(palette.color(QPalette.ColorRole.ToolTipBase))
    painter.drawRoundedRect(badge, 4, 4)
    painter.setPen(palette.color(QPalette.ColorRole.ToolTipText))
    painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, words)
    painter.end()
    return whole


def _on_the_pointer(pixmap: QPixmap, count: int, palette: QPalette) -> QPixmap:
    """A small picture, and how many there are where that is more than one."""
    small = pixmap.scaled(
        DRAGGED, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    if count == 1:
        return small
    painter = QPainter(small)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    words = f"{count:,}"
    width = max(22, painter.fontMetrics().horizontalAdvance(words) + 12)
    badge = small.rect().adjusted(small.width() - width, 0, 0, 22 - small.height())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(palette.color(QPalette.ColorRole.Highlight))
    painter.drawRoundedRect(badge, 4, 4)
    painter.setPen(palette.color(QPalette.ColorRole.HighlightedText))
    painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, words)
    painter.end()
    return small
