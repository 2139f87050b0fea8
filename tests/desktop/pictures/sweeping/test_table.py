"""What is drawn in the cells of a sweep."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QImage, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QApplication, QStyleOptionViewItem

from core.service.sweeps.making.grid_cells import GridCell
from core.service.sweeps.making.now import Stand, SweepNow
from core.values.request import Request
from core.values.resolved_request import ResolvedRequest
from core.values.sweeping.sweep import Axis, Sweep
from desktop.pictures.sweeping.arrangement import Arrangement
from desktop.pictures.sweeping.model import CELL, ShownCell, SweepModel
from desktop.pictures.sweeping.table import EDGE, CellDelegate, SweepTable

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


def table_of(*sizes: tuple[int, int]) -> SweepTable:
    """A table of pictures of these widths and heights, one beside the other."""
    values = tuple(str(n) for n in range(len(sizes)))
    sweep = Sweep("a", Request(), (Axis("seed", values),))
    cells = tuple(
        GridCell((value,), (value,), ResolvedRequest(seed=1, width=width, height=height))
        for value, (width, height) in zip(values, sizes, strict=True)
    )
    model = SweepModel(lambda picture: None)
    table = SweepTable(model)
    model.setParent(table)
    model.show(SweepNow(sweep, cells, {}, {}), Arrangement(sweep))
    return table


def cell_size(table: SweepTable) -> tuple[int, int]:
    return table.columnWidth(0) - 2 * EDGE, table.rowHeight(0) - 2 * EDGE


def test_cells_have_the_shape_of_their_pictures(qapp: QApplication) -> None:
    for sizes, shape in (
        ([(256, 256)], (200, 200)),
        ([(256, 192), (512, 384)], (200, 150)),
        ([(384, 512)], (150, 200)),
        ([(512, 256), (256, 512)], (200, 200)),
        ([(1024, 64)], (200, 80)),  # words still have room
    ):
        table = table_of(*sizes)
        table.set_side(200)
        assert cell_size(table) == shape
        table.deleteLater()


def test_flat_cells_fit_as_wide_as_they_can(qapp: QApplication) -> None:
    table = table_of(*[(256, 128)] * 3)
    table.resize(900, 200)
    table.fit()
    width, height = cell_size(table)
    assert abs(width - 2 * height) <= 1 and 3 * width > 600
    table.deleteLater()
