"""Small pictures for lists that are no grid: read in a task, drawn where they are there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QImage, QPixmap

from core.store.thumbnails import Thumbnails
from core.values.picture import Picture
from desktop.state.tasks import SerialTasks

AT_ONCE = 24  # of one task: others come between


def read_icons(
    pictures: Sequence[Picture],
    thumbnails: Thumbnails,
    tasks: SerialTasks,
    then: Callable[[int, QIcon], object],
    *,
    side: int,
    wanted: Callable[[], bool],
) -> None:
    """`then` hears of each picture its id and its icon, at most `side` pixels large, as long as it
    is `wanted`."""

    def read(part: Sequence[Picture]) -> list[tuple[int, QImage]]:
        if not wanted():
            return []
        return [(one.id, _scaled(thumbnails.get(one), side)) for one in part]

    def came(images: list[tuple[int, QImage]]) -> None:
        for picture_id, image in images:
            if wanted() and not image.isNull():
                then(picture_id, icon_of(image))

    for at in range(0, len(pictures), AT_ONCE):
        tasks.submit(partial(read, tuple(pictures[at : at + AT_ONCE])), came)


def icon_of(image: QImage) -> QIcon:
    """In its own colours where it is chosen, too."""
    pixmap = QPixmap.fromImage(image)
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Selected)
    return icon


def _scaled(data: bytes, side: int) -> QImage:
    image = QImage.fromData(data)
    if image.isNull():
        return image
    return image.scaled(
        side,
        side,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
