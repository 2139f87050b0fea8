"""What is selected, to the clipboard and from there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QByteArray, QMimeData
from PySide6.QtGui import QGuiApplication, QImage

from core.system.errors import KnownError
from core.values.editing.document import Box, Document
from desktop.edit.canvas.canvas import Canvas
from desktop.edit.document import selection
from desktop.edit.pixels.images import image_of, pixels_of
from desktop.state.services import Services
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

PLACE = "application/x-calotype-place"  # where a copied part lay: "LEFT,TOP,WIDTH,HEIGHT"
GENERATED = "application/x-calotype-generated"  # there where a model made some of it
_LONGEST = 60  # characters of a place that is believed

Copied = tuple[QImage, Box]


class Clipboard:
    """Of the document on the canvas."""

    def __init__(self, canvas: Canvas, services: Services, notice: NoticeBar) -> None:
        self._canvas = canvas
        self._stores = services.stores
        self._images = services.image_tasks
        self._notice = notice

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By id, what commands do."""
        return {
            "selection-copy": partial(self._copy, merged=False),
            "selection-copy-all": partial(self._copy, merged=True),
            "selection-cut": self._cut,
        }

    def _copy(self, *, merged: bool, then: Callable[[], object] = lambda: None) -> None:
        document = self._canvas.document()
        if document is None:
            return
        state, read = document.document, document.tiles.read
        layer = state.layer(state.active_layer)
        generated = state.shows_generated if merged else layer is not None and layer.generated

        def work() -> Copied:
            pixels, box = selection.copied(state, read, merged=merged)
            return image_of(pixels), box

        def there(copied: Copied) -> None:
            image, box = copied
            data = QMimeData()
            data.setImageData(image)
            data.setData(PLACE, QByteArray(",".join(map(str, box)).encode()))
            if generated:
                data.setData(GENERATED, QByteArray(b"1"))
            QGuiApplication.clipboard().setMimeData(data)
            then()

        self._images.submit(work, there, self._refused)

    def _refused(self, error: KnownError) -> None:
        self._notice.say(str(error), problem=True, topic="clipboard")

    def _cut(self) -> None:
        document = self._canvas.document()
        if document is not None:
            read = document.tiles.read
            self._copy(
                merged=False,
                then=lambda: document.apply(tr("Cut"), lambda state: selection.cut(state, read)),
            )

    def paste(self) -> bool:
        """The picture on the clipboard as a layer, where it lay; False where there is none or
        nothing is open."""
        document = self._canvas.document()
        image = QGuiApplication.clipboard().image()
        if document is None or image.isNull():
            return False
        data = QGuiApplication.clipboard().mimeData()
        place, marked = _place(data), data.hasFormat(GENERATED)

        def work(state: Document) -> tuple[Document, dict[str, bytes]]:
            from core.service.editing.generated import is_generated
            from core.service.editing.rasters import picture_of

            pixels = pixels_of(_coloured(image))
            generated = marked or is_generated(self._stores, picture_of(pixels))
            return selection.pasted(state, pixels, place, generated=generated)

        document.apply(tr("Paste"), work)
        return True


def _coloured(image: QImage) -> QImage:
    return image.convertToFormat(QImage.Format.Format_RGBA8888)


def _place(data: QMimeData) -> Box | None:
    """Where what is on the clipboard lay; None where that is not known or far away."""
    text = bytes(data.data(PLACE).data())[:_LONGEST].decode("ascii", "replace")
    try:
        left, top, width, height = (int(number) for number in text.split(","))
    except ValueError:
        return None
    return (left, top, width, height) if max(abs(left), abs(top)) < 2**14 else None
