"""How the gallery's pictures lie: in which order, how large, square or in their own shape."""

from __future__ import annotations

import random

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from core.values.gallery.question import SHUFFLES, Order
from desktop.gallery.filtering.words import ORDERS
from desktop.pictures.gallery_grid import LARGEST_CELL, SMALLEST_CELL, USUAL_CELL
from desktop.widgets import theme
from desktop.widgets.controls import Combo, IconButton, guard_wheel
from desktop.widgets.i18n import tr, tr_data

ZOOM_STEP = 24  # pixels by which a key moves the slider


def _new_shuffle() -> int:
    return random.randrange(SHUFFLES)


class ViewLine(QWidget):
    """`ordered`: another order, its other direction, or another `shuffle`. `zoomed` carries the
    side of a cell in pixels, `shaped` whether cells have the pictures' own shape."""

    ordered = Signal()
    zoomed = Signal(int)
    shaped = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rising = False
        self.shuffle = _new_shuffle()
        self._is_new_order = False  # since a person opened the list
        self.orders = Combo(tr("Order"), tr("By what the pictures are put in order."))
        for order, words in ORDERS.items():
            self.orders.addItem(tr_data(words), order)
        self.direction = IconButton("sort-down", tr("Falling"))
        self.shape = IconButton(
            "aspect",
            tr("Own shape"),
            tr("each picture whole, in lines of one height"),
            checkable=True,
        )
        self.zoom = QSlider(Qt.Orientation.Horizontal)
        self.zoom.setRange(SMALLEST_CELL, LARGEST_CELL)
        self.zoom.setSingleStep(ZOOM_STEP)
        self.zoom.setPageStep(2 * ZOOM_STEP)
        self.zoom.setFixedWidth(96)
        self.zoom.setValue(USUAL_CELL)
        self.zoom.setAccessibleName(tr("Size of the cells"))
        self.zoom.setToolTip(tr("Size of the cells; Ctrl with the wheel does it over the pictures"))
        guard_wheel(self.zoom)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(theme.SPACE_1)
        for part in (self.orders, self.direction, self.shape, self.zoom):
            line.addWidget(part)
        self.orders.activated.connect(lambda _: self._chosen())
        self.orders.currentIndexChanged.connect(lambda _: self._take_order())
        self.direction.clicked.connect(lambda _=False: self._turn())
        self.shape.toggled.connect(self.shaped)
        self.zoom.valueChanged.connect(self.zoomed)
        self._show_direction()

    def order(self) -> Order:
        """The one that is chosen."""
        return Order(self.orders.currentData())

    def show_order(self, order: Order, *, rising: bool) -> None:
        """Without telling anybody."""
        self.orders.blockSignals(True)
        self.orders.setCurrentIndex(max(0, self.orders.findData(order)))
        self.orders.blockSignals(False)
        self.rising = rising
        self._show_direction()

    def show_zoom(self, pixels: int) -> None:
        """Without telling anybody."""
        self.zoom.blockSignals(True)
        self.zoom.setValue(pixels)
        self.zoom.blockSignals(False)

    def _take_order(self) -> None:
        self._is_new_order = True
        self.shuffle = _new_shuffle()
        self._show_direction()
        self.ordered.emit()

    def _chosen(self) -> None:
        """The random order once more is another one."""
        if not self._is_new_order and self.order() is Order.RANDOM:
            self._turn()
        self._is_new_order = False

    def _turn(self) -> None:
        if self.order() is Order.RANDOM:
            self.shuffle = _new_shuffle()
        else:
            self.rising = not self.rising
        self._show_direction()
        self.ordered.emit()

    def _show_direction(self) -> None:
        if self.order() is Order.RANDOM:
            self.direction.set_icon("shuffle")
            self.direction.setAccessibleName(tr("Shuffle again"))
            self.direction.setToolTip(tr("Another random order"))
            return
        self.direction.set_icon("sort-up" if self.rising else "sort-down")
        words = tr("Rising") if self.rising else tr("Falling")
        self.direction.setAccessibleName(tr("Direction: {words}", words=words))
        self.direction.setToolTip(
            tr("The lowest, oldest or A first; press for the other way")
            if self.rising
            else tr("The highest, newest or Z first; press for the other way")
        )
