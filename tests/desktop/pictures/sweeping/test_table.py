"""What is drawn in the cells of a sweep."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QImage, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QApplication, QStyleOptionViewItem

from core.service.sweeps.making.now import Stand
from desktop.pictures.sweeping.model import CELL, ShownCell
from desktop.pictures.sweeping.table import CellDelegate

SIDE = 60  # pixels of a cell


def drawn(words: str) -> QImage:
    model = QStandardItemModel()
    item = QStandardItem()
    item.setData(ShownCell(Stand.WAITING, words), CELL)
    model.appendRow(item)
    option = QStyleOptionViewItem()
    option.rect.setSize(QSize(SIDE, SIDE))  # type: ignore[attr-defined]
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    CellDelegate().paint(painter, option, model.index(0, 0))
    painter.end()
    return image


def test_of_a_word_that_is_wider_than_its_cell_the_beginning_is_drawn(qapp: QApplication) -> None:
    long = drawn("Wartezustandsanzeige")
    assert long == drawn("Wartezustandsanzeigetafel") != drawn("Zustandsanzeige")
    assert drawn("ok") not in (long, drawn(""))
