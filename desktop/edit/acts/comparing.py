"""The document as it was and as it is, compared in a window of its own."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from core.service.editing.flattening import flattened_rows
from core.service.editing.rasters import TileReader
from core.system.errors import KnownError
from core.values.editing.document import Document
from desktop.edit.canvas.canvas import Canvas
from desktop.edit.pixels.images import image_of
from desktop.pictures.comparing.compared import ComparedPicture, from_image
from desktop.state.services import Services
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar


class BeforeAfter:
    """Of the document on the canvas: the oldest state that undo comes to, and the present one."""

    def __init__(
        self, canvas: Canvas, services: Services, notice: NoticeBar, window: QWidget
    ) -> None:
        self._canvas = canvas
        self._images = services.image_tasks
        self._notice = notice
        self._window = window

    def show(self) -> None:
        """Both, once they are flattened."""
        document = self._canvas.document()
        if document is None:
            return
        states = ((tr("Before"), document.steps[0].document), (tr("Now"), document.document))
        work = partial(_pictures, states, document.tiles.read)
        self._images.submit(work, self._open, self._refused)

    def _open(self, pictures: tuple[ComparedPicture, ...]) -> None:
        from desktop.pictures.comparing.dialog import Compared, ComparingDialog

        title = tr("Before and after")
        ComparingDialog(Compared(title, pictures), self._images, self._window).show()

    def _refused(self, error: KnownError) -> None:
        self._notice.say(str(error), problem=True, topic="before and after")


def _pictures(
    states: tuple[tuple[str, Document], ...], read: TileReader
) -> tuple[ComparedPicture, ...]:
    """Not for the GUI thread. Raises WorldError where a tile cannot be read."""
    return tuple(
        from_image(name, _on_grey(image_of(flattened_rows(state, read)))) for name, state in states
    )


def _on_grey(image: QImage) -> QImage:
    """What can be seen through stands out from black and white alike."""
    plain = QImage(image.size(), QImage.Format.Format_RGB888)
    plain.fill(Qt.GlobalColor.gray)
    painter = QPainter(plain)
    painter.drawImage(0, 0, image)
    painter.end()
    return plain
