"""The grid of the Gallery: headings, cells of any size, square or in the pictures' own shapes, a
rubber band, stars to be given."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelectionModel,
    QPoint,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QToolTip, QWidget

from core.values.gallery.question import Order
from core.values.picture import Picture
from desktop.pictures.cell_drawing import Scene
from desktop.pictures.grid import PictureGrid
from desktop.pictures.grids import marks
from desktop.pictures.grids.band import Band
from desktop.pictures.grids.headings import count_words, heading_height
from desktop.pictures.grids.layout.groups import Groups, months
from desktop.pictures.grids.layout.justified import Justified
from desktop.pictures.grids.layout.plan import GAP, Plan, Squares
from desktop.pictures.grids.layout.rows import choose_rows
from desktop.pictures.grids.shown_headings import ShownHeadings
from desktop.pictures.grids.slider_words import SliderWords
from desktop.pictures.picture_model import PictureModel
from desktop.widgets.i18n import tr

SMALLEST_CELL, USUAL_CELL, LARGEST_CELL = 72, 168, 360  # pixels
STEP = 1.2  # times: a step of the zoom
NOTCH = 120  # eighths of a degree of a wheel
MONTHS_BELOW = 108  # pixels: with smaller cells there is a heading a month
AT_ONCE = 2000  # rows that are laid out in one go
SLICE_SECONDS = 0.004  # of laying out more than that
SCROLL_MS = 30  # between two steps while a band is drawn over the edge


class Shape(StrEnum):
    """Of cells; the values are kept."""

    SQUARE = "square"
    ASPECT = "aspect"


class GalleryGrid(PictureGrid):
    """`zoomed` tells the side of a cell, or the height of a line, in pixels. `rate`, where it is
    set, is called with a picture and the stars that a person gave it with the mouse."""

    zoomed = Signal(int)

    def __init__(self, name: str, *, cell: int = USUAL_CELL, parent: QWidget | None = None) -> None:
        super().__init__(name, cell=cell, parent=parent)
        self.shape_of_cells = Shape.SQUARE
        self.rate: Callable[[Picture, int], object] | None = None
        self._groups = Groups()  # under the headings as they are shown
        self._starts: list[int] = []  # the first row of each
        self._band: Band | None = None
        self._pointer = QPoint(-1, -1)  # where it was last, in the viewport
        self._hovered = -1  # the row that it is on
        self._heading_under = -1  # the group whose heading it is on
        self._turned = 0.0  # of the wheel, less than a notch
        self._laying_out = QTimer(self, interval=0)
        self._laying_out.timeout.connect(self._lay_out_more)
        self._scrolling = QTimer(self, interval=SCROLL_MS)
        self._scrolling.timeout.connect(self._stretch_band)
        self._slider_words = SliderWords(self)
        bar = self.verticalScrollBar()
        bar.sliderMoved.connect(lambda _: self._say_beside_bar())
        bar.sliderReleased.connect(self._slider_words.hide)
        self.viewport().setMouseTracking(True)

    # --- what can be chosen about it ---

    def use_zoom(self, pixels: int) -> None:
        """Cells of about this side; what is seen stays in sight."""
        pixels = min(max(pixels, SMALLEST_CELL), LARGEST_CELL)
        if pixels == self.wanted:
            return
        current = self.currentIndex()
        seen = current.isValid() and current.row() in self.rows_in_sight()
        down = self.visualRect(current).top()

        def change() -> None:
            self.wanted = pixels

        self.keep_place(change)
        if seen:  # rather what a person is at than what stands first
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + self.visualRect(current).top() - down)
            self.scrollTo(current)
        self.zoomed.emit(pixels)

    def zoom(self, steps: int) -> None:
        """So many steps larger, or smaller below 0."""
        self.use_zoom(round(self.wanted * STEP**steps))

    def use_shape(self, shape: Shape) -> None:
        """Cells all square, or each in its picture's shape."""
        if shape is self.shape_of_cells:
            return

        def change() -> None:
            self.shape_of_cells = shape

        self.keep_place(change)
        self._want()

    def _want(self) -> None:
        if (model := self.pictures()) is not None:
            model.want(groups=True, shapes=self.shape_of_cells is Shape.ASPECT)

    def setModel(self, model: QAbstractItemModel | None) -> None:
        super().setModel(model)
        self._want()
        if isinstance(model, PictureModel):
            model.counted.connect(lambda count: self.setAccessibleDescription(count_words(count)))

    # --- layout ---

    def plan_in(self, width: int) -> Plan:
        model = self.pictures()
        count = self._count()
        groups = model.groups.fitted(count) if model is not None else Groups()
        if self.wanted < MONTHS_BELOW and model is not None and model.is_by_date():
            groups = groups.renamed(months)
        if groups != self._groups:
            self._groups = groups
            self._starts = groups.starts()
        counts = groups.counts or ((count,) if count else ())
        heading = heading_height(self.font()) if groups.keys else GAP
        if self.shape_of_cells is Shape.ASPECT and model is not None and model.sums:
            plan = Justified(counts, model.sums, width, cell=self.wanted, heading=heading)
            if count <= AT_ONCE:
                plan.settle(math.inf)
            return plan
        return Squares(counts, width, cell=self.wanted, heading=heading)

    def plan(self) -> Plan:
        plan = super().plan()
        if isinstance(plan, Justified) and not plan.settled():
            top = self.verticalOffset()
            plan.look(top, top + self.viewport().height())
            if not self._laying_out.isActive():
                self._laying_out.start()
        return plan

    def _lay_out_more(self) -> None:
        """A bit of what nobody has seen yet, so that the scroll bar is right; what is seen stays
        where it is."""
        plan = super().plan()
        if not isinstance(plan, Justified) or plan.settled():
            self._laying_out.stop()
            self.updateGeometries()
            return
        place = self._place
        if plan.settle(SLICE_SECONDS) and place is not None:
            bar = self.verticalScrollBar()
            if plan.height - self.viewport().height() > bar.maximum():
                bar.setMaximum(plan.height - self.viewport().height())
            self._go_to(*place)

    def page_height(self) -> int:
        return max(1, self.viewport().height() - self._heading())

    def must_see(self, row: int) -> tuple[int, int]:
        """Below the heading, which floats over the first pixels."""
        rect = self.plan().rect(row)
        return rect.top() - (self._heading() or GAP), rect.bottom() + GAP

    def _heading(self) -> int:
        """Pixels of a heading; 0 where there are none."""
        self.plan()
        return heading_height(self.font()) if self._starts else 0

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._point_at(self._pointer)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        if height := self._heading():  # what floats is drawn where it stays
            width = self.viewport().width()
            self.viewport().update(0, 0, width, height)
            self.viewport().update(0, min(dy, 0), width, height + abs(dy))
        if self._hovered >= 0 or self._heading_under >= 0:
            self._point_at(self._pointer)

    # --- headings ---

    def headings(self) -> ShownHeadings:
        """Where they are now."""
        plan = self.plan()
        model = self.pictures()
        return ShownHeadings(
            plan=plan,
            groups=self._groups,
            starts=self._starts,
            order=Order.DATE if model is None else model.question.order,
            offset=self.verticalOffset(),
            width=self.viewport().width(),
            height=heading_height(self.font()),
        )

    def choose_group(self, group: int, modifiers: Qt.KeyboardModifier) -> None:
        """All of a group; with Ctrl beside what is chosen already, or none of it where all is; with
        Shift beside it."""
        rows = self.headings().rows_of(group)
        choose_rows(self.selectionModel(), rows, modifiers)

    def _say_beside_bar(self) -> None:
        headings = self.headings()
        group = headings.group_at(0)
        words = headings.words(group)[0] if group >= 0 else ""
        self._slider_words.stand_by(self.verticalScrollBar(), words)

    # --- keys ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl with plus, minus and 0 zooms, with PageUp and PageDown goes from heading to heading,
        with Shift and A chooses all under one."""
        keys = Qt.Key
        ctrl = Qt.KeyboardModifier.ControlModifier
        shift = Qt.KeyboardModifier.ShiftModifier
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        group = self._current_group()
        if held & ctrl and event.key() in (keys.Key_Plus, keys.Key_Equal):
            self.zoom(1)
        elif held == ctrl and event.key() == keys.Key_Minus:
            self.zoom(-1)
        elif held == ctrl and event.key() == keys.Key_0:
            self.use_zoom(USUAL_CELL)
        elif held == ctrl | shift and event.key() == keys.Key_A and group >= 0:
            self.choose_group(group, Qt.KeyboardModifier.NoModifier)
        elif held == ctrl and event.key() in (keys.Key_PageUp, keys.Key_PageDown) and group >= 0:
            self._go_to_group(group, back=event.key() == keys.Key_PageUp)
        else:
            super().keyPressEvent(event)

    def _current_group(self) -> int:
        """The one of the current picture; -1 for none."""
        self.plan()  # so that the groups are those of now
        return bisect_right(self._starts, self.currentIndex().row()) - 1

    def _go_to_group(self, group: int, *, back: bool) -> None:
        """To the first picture of the next one, or back to that of this or the one before."""
        at_first = self.currentIndex().row() == self._starts[group]
        target = group - at_first if back else group + 1
        if 0 <= target < len(self._starts):
            self.setCurrentIndex(self.model().index(self._starts[target], 0))
            top = self.headings().top_of(target) + self.verticalOffset()
            self.verticalScrollBar().setValue(top)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().wheelEvent(event)
            return
        self._turned += event.angleDelta().y() / NOTCH
        if steps := int(self._turned):
            self._turned -= steps
            self.zoom(steps)
        event.accept()

    # --- mouse ---

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """On a heading, a star, or empty space, from where a band is drawn; else as everywhere."""
        point = event.position().toPoint()
        if event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
        elif (group := self.headings().at(point)) >= 0:
            self.choose_group(group, event.modifiers())
        elif self._give_stars(point):
            pass
        elif self.indexAt(point).isValid():
            super().mousePressEvent(event)
        else:
            content = point + QPoint(0, self.verticalOffset())
            self._band = Band(content, self.selectionModel(), event.modifiers())
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Only a picture is opened."""
        point = event.position().toPoint()
        if self.headings().at(point) >= 0 or not self.indexAt(point).isValid():
            self.mousePressEvent(event)
        elif not self._stars_at(point)[1]:
            super().mouseDoubleClickEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = self._pointer = event.position().toPoint()
        if self._band is not None:
            self._stretch_band()
            return
        if event.buttons() == Qt.MouseButton.NoButton:
            self._point_at(point)
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        band, self._band = self._band, None
        self._scrolling.stop()
        if band is None:
            super().mouseReleaseEvent(event)
            return
        self.viewport().update()
        if (row := band.first_row()) >= 0:
            self.selectionModel().setCurrentIndex(
                self.model().index(row, 0), QItemSelectionModel.SelectionFlag.NoUpdate
            )

    def viewportEvent(self, event: QEvent) -> bool:
        """A heading says what a click on it does."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            group = self.headings().at(event.pos())
            if group >= 0:
                words = tr("Chooses all of {heading}", heading=self.headings().words(group)[0])
                QToolTip.showText(event.globalPos(), words, self.viewport())
                return True
        return super().viewportEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = QPoint(-1, -1)
        self._point_at(self._pointer)
        super().leaveEvent(event)

    def _stretch_band(self) -> None:
        """To the pointer; over an edge it takes the pictures along."""
        if self._band is None:
            return
        viewport = self.viewport()
        point = self._pointer
        beyond = min(point.y(), 0) + max(point.y() - viewport.height(), 0)
        if beyond:
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + beyond // 3)
        (self._scrolling.start if beyond else self._scrolling.stop)()
        inside = QPoint(point.x(), min(max(point.y(), 0), viewport.height()))
        before = self._band.area
        self._band.stretch(inside + QPoint(0, self.verticalOffset()), self.plan())
        changed = before.united(self._band.area).adjusted(-2, -2, 2, 2)
        viewport.update(changed.translated(0, -self.verticalOffset()))

    def _point_at(self, point: QPoint) -> None:
        """What the pointer is on is drawn so."""
        inside = self.viewport().rect().contains(point)
        heading = self.headings().at(point) if inside else -1
        row = self.indexAt(point).row() if heading < 0 and inside else -1
        if (row, heading) == (self._hovered, self._heading_under):
            return
        for one in (self._hovered, row):
            if 0 <= one < self._count():
                self.viewport().update(self.visualRect(self.model().index(one, 0)))
        if heading != self._heading_under:
            self.viewport().update()
            shape = Qt.CursorShape
            over = shape.PointingHandCursor if heading >= 0 else shape.ArrowCursor
            self.viewport().setCursor(over)
        self._hovered, self._heading_under = row, heading

    def _stars_at(self, point: QPoint) -> tuple[Picture | None, int]:
        """The picture at a point, and which of its stars is there; 0 for none."""
        index = self.indexAt(point)
        model = self.pictures()
        if self.rate is None or model is None or not index.isValid():
            return None, 0
        picture, _ = model.at(index.row())
        return picture, marks.star_at(self.visualRect(index), point)

    def _give_stars(self, point: QPoint) -> bool:
        """The same number again takes them away."""
        picture, stars = self._stars_at(point)
        if picture is None or not stars or self.rate is None:
            return False
        self.rate(picture, 0 if stars == picture.rating else stars)
        return True

    # --- drawing ---

    def scene(self, model: PictureModel) -> Scene:
        return replace(super().scene(model), hovered=self._hovered, offers=self.rate is not None)

    def draw(self, painter: QPainter, part: QRect, scene: Scene) -> None:
        super().draw(painter, part, scene)
        if self._starts:
            self.headings().draw(painter, part, scene.palette, self._heading_under)
        if self._band is not None:
            self._band.draw(painter, scene.offset, scene.palette)
