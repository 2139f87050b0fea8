"""Maps as they are saved: the picture with its map and the scale, or all words, and each cell's
number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPalette

from desktop.insight.opened.figure_saving import RATIO
from desktop.insight.words.bars import ScaleBar
from desktop.insight.words.colour_map import over
from desktop.widgets import theme
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.figure_table import FigureTable
    from core.service.insight.recorded import RecordedPicture
    from desktop.insight.words.maps import SeenText, SeenWord

SIDE = 480  # pixels of the picture's longer side


def scaled_image(drawing: QImage, scale: ScaleBar) -> QImage:
    """A drawing with the scale of its colours below it."""
    size = drawing.deviceIndependentSize().toSize()
    high = scale.sizeHint().height()
    bar = ScaleBar()
    bar.setPalette(scale.palette())
    bar.show_marks(*scale.marks)
    bar.setFixedSize(size.width(), high)
    whole = QSize(size.width(), size.height() + theme.SPACE_3 + high)
    image = QImage(whole * RATIO, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(RATIO)
    image.fill(scale.palette().color(QPalette.ColorRole.Window))
    painter = QPainter(image)
    painter.drawImage(QRect(QPoint(0, 0), size), drawing)
    bar.render(painter, QPoint(0, size.height() + theme.SPACE_3))
    painter.end()
    return image


def map_image(picture: QImage, cells: QImage, opacity: float) -> QImage:
    """The picture with a map over it, as large as in a file."""
    side = round(SIDE * RATIO)
    kept = Qt.AspectRatioMode.KeepAspectRatio
    large = picture.scaled(side, side, kept, Qt.TransformationMode.SmoothTransformation)
    image = over(large, cells, opacity)
    image.setDevicePixelRatio(RATIO)
    return image


def map_table(
    picture: RecordedPicture,
    text: SeenText,
    words: Sequence[SeenWord],
    caption: str,
    scale: str,
    *,
    together: bool,
) -> FigureTable:
    """A row for each cell: of the words `together`, or of each of them."""
    from core.metadata.a1111 import write
    from core.service.insight.figure_table import FigureTable
    from core.service.insight.words.maps import cells_of
    from core.values.picture import Recipe

    maps = text.maps
    groups = [(word.name, word.group) for word in words]
    if together:
        name = " ".join(word.name for word in words)
        groups = [(name, tuple(number for word in words for number in word.group))]
    rows = tuple(
        (name, at // maps.width + 1, at % maps.width + 1, mass)
        for name, group in groups
        for at, mass in enumerate(cells_of(maps, group))
    )
    return FigureTable(
        "word-map" if together else "all-words",
        caption,
        scale,
        write(Recipe(picture.job.request, model_name=picture.job.model.name)),
        ("word", "row", "column", "looked at (share of the cell)"),
        rows,
    )


def scale_words(*, own: bool, widened: bool, faint: bool = False) -> str:
    """What the colours stand for. `faint`: what is shown has little of them anywhere."""
    if own:
        return tr("Each on its own scale: two words cannot be compared.")
    if widened:
        return tr("Share of the looks in each cell; scale widened for this phrase.")
    if faint:
        return tr("Faint on the one scale of all words: its own scale shows more.")
    return tr("Share of the looks in each cell, on one scale for all words.")
