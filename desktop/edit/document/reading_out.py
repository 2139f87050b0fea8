"""A mask in words, for those who do not see it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from desktop.edit.document.open_document import OpenDocument
from desktop.widgets.i18n import tr

THIRDS = 3
SPREAD = 0.25  # share of a side from which what is selected lies all over it


class Description(QTimer):
    """Says in a widget's accessible description what its document is: started whenever that may
    have changed, in a turn of its own, since a mask is looked through for it."""

    def __init__(self, widget: QWidget, document: Callable[[], OpenDocument | None]) -> None:
        super().__init__(widget, interval=0, singleShot=True)
        self._widget = widget
        self._document = document
        self.timeout.connect(self._describe)

    def _describe(self) -> None:
        document = self._document()
        self._widget.setAccessibleDescription("" if document is None else words_of(document))


def words_of(document: OpenDocument) -> str:
    """A document's size, and where its active mask lies."""
    size = document.size
    words = tr("{w} by {h} pixels", w=size.width(), h=size.height())
    return f"{words}; {tr('mask')}: {mask_words(document)}"


def mask_words(document: OpenDocument) -> str:
    """Where the active mask lies and how much of the document it is: "lower left, 18 %"."""
    level = 3
    width, height = document.size.width() >> level, document.size.height() >> level
    if min(width, height) < 1:
        level, width, height = 0, document.size.width(), document.size.height()
    if document.shown.mask() is None:
        return tr("nothing is selected")
    grey = document.mask_region(level, (0, 0, width, height)).astype(np.float64)
    total = grey.sum()
    share = total / (255 * grey.size)
    if total == 0:
        return tr("nothing is selected")
    if share > 0.995:
        return tr("everything is selected")
    across, spread_x = _middle(grey.sum(axis=0))
    down, spread_y = _middle(grey.sum(axis=1))
    percent = f"{share * 100:.0f} %" if share >= 0.005 else tr("less than 1 %")
    return tr("{where}, {share}", where=_where(across, down, spread_x, spread_y), share=percent)


def _middle(sums: np.ndarray) -> tuple[float, float]:
    """Middle and standard deviation along a side of length 1."""
    places = (np.arange(sums.size) + 0.5) / sums.size
    middle = float((sums * places).sum() / sums.sum())
    return middle, float(np.sqrt((sums * (places - middle) ** 2).sum() / sums.sum()))


def _where(across: float, down: float, spread_x: float, spread_y: float) -> str:
    column = 1 if spread_x > SPREAD else min(int(across * THIRDS), 2)
    row = 1 if spread_y > SPREAD else min(int(down * THIRDS), 2)
    if spread_x > SPREAD and spread_y > SPREAD:
        return tr("all over the picture")
    rows = (tr("along the upper edge"), tr("across the middle"), tr("along the lower edge"))
    columns = (tr("along the left edge"), tr("down the middle"), tr("along the right edge"))
    if spread_x > SPREAD:
        return rows[row]
    if spread_y > SPREAD:
        return columns[column]
    return (
        (tr("upper left"), tr("upper middle"), tr("upper right")),
        (tr("middle left"), tr("middle"), tr("middle right")),
        (tr("lower left"), tr("lower middle"), tr("lower right")),
    )[row][column]
