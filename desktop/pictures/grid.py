"""A grid of pictures with a layout computed from row numbers alone,
so that 100,000 cost no more than ten."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import cast

from PySide6.QtCore import (
    QAbstractItemModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import (
    QAccessible,
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QWidget

from core.values.picture import Picture
from desktop.pictures.cell_drawing import Scene, stack_at
from desktop.pictures.grids.layout.plan import FRAME, GAP, Plan, Squares
from desktop.pictures.grids.layout.rows import both, rows_of, selection_of
from desktop.pictures.grids.layout.ways import KEYS, UPRIGHT, UPRIGHT_KEYS, moved
from desktop.pictures.picture_model import AnyIndex, PictureModel

_LEFT = Qt.MouseButton.LeftButton


class PictureGrid(QAbstractItemView):
    """Square cells of about `cell` pixels; `columns` fixes their number (History uses one).
    `open_sweep`, where it is set, shows a sweep by its id; else its stack opens here."""

    def __init__(
        self, name: str, *, cell: int = 168, columns: int = 0, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.wanted = cell
        self.open_sweep: Callable[[str], object] | None = None
        self._fixed = columns
        self._plan: Plan | None = None
        self._plan_of = (-1, -1)  # rows and pixels of width that it is for
        self._place: tuple[int, int] | None = None  # what is seen first, and how far down
        self._left_at = 0  # where the current one was that went
        self._upright = -1  # x of the column that the up and down keys go along
        self.setAccessibleName(name)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragEnabled(True)
        self.setFrameShape(QAbstractItemView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setBackgroundRole(self.backgroundRole())

    def pictures(self) -> PictureModel | None:
        """The model, where there is one."""
        return model if isinstance(model := self.model(), PictureModel) else None

    def setModel(self, model: QAbstractItemModel | None) -> None:
        if model is not None:  # heard before Qt moves the current index to a neighbour
            model.rowsAboutToBeRemoved.connect(self._leave_rows)
        super().setModel(model)
        if model is not None:
            model.rowsInserted.connect(self._rows_changed)
            model.rowsRemoved.connect(self._rows_changed)
            model.layoutChanged.connect(self._rows_changed)
        if isinstance(model, PictureModel):
            model.regrouped.connect(self._rows_changed)

    def _leave_rows(self, parent: AnyIndex, first: int, last: int) -> None:
        """Where the current one goes, nobody chose its neighbour; keys go on from its place."""
        if first <= self.currentIndex().row() <= last:
            self.selectionModel().clearCurrentIndex()
            self._left_at = first

    def chosen_rows(self) -> list[range]:
        """Ranges, since all of 100,000 may be chosen, in the order in which they were."""
        return rows_of(self.selectionModel().selection())

    def selected_pictures(self) -> list[Picture]:
        """Those of the chosen ones whose records were read."""
        return model.known(self.chosen_rows()) if (model := self.pictures()) is not None else []

    def take_selected(self, then: Callable[[list[Picture]], None]) -> None:
        """`then` gets all of the chosen ones; what was never on the screen is read first."""
        if (model := self.pictures()) is not None:
            model.read_rows(self.chosen_rows(), then)

    # --- layout ---

    def _count(self) -> int:
        return model.rowCount() if (model := self.model()) is not None else 0

    def plan(self) -> Plan:
        """Where everything lies now."""
        key = self._count(), self.viewport().width()
        if self._plan is None or key != self._plan_of:
            self._plan = self.plan_in(key[1])
            self._plan_of = key
        return self._plan

    def plan_in(self, width: int) -> Plan:
        """Where everything lies in another width; both in pixels."""
        count = self._count()
        return Squares([count] if count else [], width, cell=self.wanted, fixed=self._fixed)

    def columns(self) -> int:
        """Cells side by side; of the first line where they are not of one size."""
        plan = self.plan()
        if isinstance(plan, Squares):
            return plan.columns
        return len(plan.line_of(0).rows) if plan.count else 1

    def cell(self) -> int:
        """Side of a cell in pixels: the columns fill the width."""
        plan = self.plan()
        return plan.side if isinstance(plan, Squares) else self.wanted

    def _furthest(self) -> int:
        """How many pixels can be scrolled; 0 takes the scroll bar away.

        The bar narrows the cells and so changes the height that decides about it. So only the
        room without a bar is asked: asking the room that is left would show and hide it for ever
        where the content fits beside the bar alone. There at least one pixel keeps it.
        """
        room = self.maximumViewportSize()
        if self.plan_in(room.width()).height <= room.height():
            return 0
        return max(1, self.plan().height - self.viewport().height())

    def updateGeometries(self) -> None:
        bar = self.verticalScrollBar()
        height = self.viewport().height()
        bar.setPageStep(height)
        bar.setSingleStep((self.cell() + GAP) // 2)
        bar.setRange(0, self._furthest())
        if (model := self.pictures()) is not None:
            model.pixmaps.keep_for(self.columns() * (height // (self.cell() + GAP) + 2))
        super().updateGeometries()

    def doItemsLayout(self) -> None:
        """What is seen first stays where it is, whatever came or went before it."""
        place = self._place
        self._plan = None
        super().doItemsLayout()
        if place is not None:
            self._go_to(*place)

    def keep_place(self, change: Callable[[], object]) -> None:
        """Do what changes the layout; what is seen first is seen there afterwards, too."""
        place = self._place
        change()
        self._plan = None
        self.updateGeometries()
        if place is not None:
            self._go_to(*place)
        self.viewport().update()

    def _go_to(self, row_or_id: int, down: int) -> None:
        model = self.pictures()
        row = row_or_id if model is None else model.row_of(row_or_id)
        if 0 <= row < self._count():
            self.verticalScrollBar().setValue(self.plan().line_of(row).top - down)

    def _note_place(self) -> None:
        top = self.verticalOffset()
        self._place = None
        if top <= 0:
            return  # the top is where one sees what comes
        lines = list(self.plan().lines_between(top, top + self.viewport().height()))
        half_seen = (one for one in lines if one.top + one.height // 2 > top)
        if (line := next(half_seen, lines[0] if lines else None)) is not None:
            model, first = self.pictures(), line.rows.start
            self._place = first if model is None else model.ids()[first], line.top - top

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """What stays in sight is moved, and only the rest drawn."""
        self._note_place()
        if self.devicePixelRatioF().is_integer():
            self.viewport().scroll(dx, dy)
        else:  # a pixel of the window is none of the screen
            self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        place = self._place
        super().resizeEvent(event)
        self.updateGeometries()
        if place is not None:
            self._go_to(*place)

    def _rows_changed(self, *_: object) -> None:
        self._plan = None
        self.scheduleDelayedItemsLayout()

    def sizeHint(self) -> QSize:
        return QSize(3 * self.wanted, 3 * self.wanted)

    # --- what QAbstractItemView asks ---

    def visualRect(self, index: AnyIndex) -> QRect:
        if not 0 <= index.row() < self._count():
            return QRect()
        return self.plan().rect(index.row()).translated(0, -self.verticalOffset())

    def indexAt(self, point: QPoint) -> QModelIndex:
        row = self.plan().row_at(point.x(), point.y() + self.verticalOffset())
        return self.model().index(row, 0) if row >= 0 else QModelIndex()

    def scrollTo(
        self,
        index: AnyIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        if not 0 <= index.row() < self._count():
            return
        top, bottom = self.must_see(index.row())
        bar = self.verticalScrollBar()
        if top < bar.value():
            bar.setValue(top)
        elif bottom > bar.value() + self.viewport().height():
            bar.setValue(bottom - self.viewport().height())

    def must_see(self, row: int) -> tuple[int, int]:
        """From which height to which the content must be in sight to see a row."""
        rect = self.plan().rect(row)
        return rect.top() - GAP, rect.bottom() + GAP

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: AnyIndex) -> bool:
        return False

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        last = self._count() - 1
        if last < 0:
            return QModelIndex()
        row = self.currentIndex().row()
        target = min(self._left_at, last) if row < 0 else self._moved(action, row)
        self._left_at = 0
        return self.model().index(target, 0)

    def _moved(self, action: QAbstractItemView.CursorAction, row: int) -> int:
        """Up and down along one column, also over shorter lines."""
        plan = self.plan()
        column = self._upright if self._upright >= 0 else plan.rect(row).center().x()
        self._upright = column if action in UPRIGHT else -1
        return moved(plan, action, row, column, self.page_height())

    def page_height(self) -> int:
        """Pixels that a key for pages goes on."""
        return self.viewport().height()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leaves nothing chosen; what goes about shows the current one, gone on or not."""
        if event.key() not in UPRIGHT_KEYS:
            self._upright = -1
        if event.key() == Qt.Key.Key_Escape and self.selectionModel().hasSelection():
            self.clearSelection()
            return
        super().keyPressEvent(event)
        if event.key() in KEYS:
            self.scrollTo(self.currentIndex())

    def keyboardSearch(self, search: str) -> None:
        """Letters are commands here: Qt would ask each of 100,000 rows for its words."""

    def setCurrentIndex(self, index: AnyIndex) -> None:
        """What the program chooses is chosen alone, whatever keys a person happens to hold."""
        self._upright = -1
        self.selectionModel().setCurrentIndex(
            index, QItemSelectionModel.SelectionFlag.ClearAndSelect
        )

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """A band chooses what it touches; the Shift key all between two pictures, in their order,
        for which Qt asks from the middle of one to a point in the other."""
        selection = QItemSelection()
        ends = [self.indexAt(end) for end in (rect.topLeft(), rect.bottomRight())]
        with_shift = bool(command & QItemSelectionModel.SelectionFlag.Current)
        if with_shift and all(end.isValid() for end in ends):
            selection.select(*sorted(ends, key=QModelIndex.row))
        else:
            area = rect.normalized().translated(0, self.verticalOffset())
            selection = selection_of(self.model(), self.plan().rows_touching(area))
        self.selectionModel().select(selection, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """Of what can be seen of it, which is all that is drawn anew."""
        region, in_sight = QRegion(), self.rows_in_sight()
        for part in rows_of(selection):
            for area in self.plan().areas(both(in_sight, part), self.verticalOffset()):
                region += area.adjusted(-FRAME, -FRAME, FRAME, FRAME)
        return region

    def dataChanged(self, first: AnyIndex, last: AnyIndex, roles: Sequence[int] = ()) -> None:
        """Only what is seen is drawn anew; Qt would ask where each of the rows is."""
        if QAccessible.isActive():  # to be told by Qt
            super().dataChanged(first, last, roles)
        elif self._plan is not None:  # else all is laid out and drawn anew
            rows = both(range(first.row(), last.row() + 1), self.rows_in_sight())
            for area in self.plan().areas(rows, self.verticalOffset()):
                self.viewport().update(area)

    # --- mouse ---

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """On the number of a stack it opens or closes it."""
        self._upright = -1
        if not self._fold_at(event):
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if not self._fold_at(event):
            super().mouseDoubleClickEvent(event)

    def _fold_at(self, event: QMouseEvent) -> bool:
        model, point = self.pictures(), event.position().toPoint()
        index = self.indexAt(point)
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if model is None or not (index.isValid() and plain and event.button() == _LEFT):
            return False
        picture = stack_at(model, index.row(), self.visualRect(index), point, self)
        if picture is not None and picture.request.sweep.id and self.open_sweep is not None:
            self.open_sweep(picture.request.sweep.id)
        elif picture is not None:
            model.fold(picture.request.stack)
        return picture is not None

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """At the pointer, or at the current picture where a key asked for it."""
        place = event.pos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            current = self.currentIndex()
            if current.isValid():  # what the menu is about is to be seen
                self.scrollTo(current)
            place = self.visualRect(current).center()
        self.customContextMenuRequested.emit(place)

    def startDrag(self, actions: Qt.DropAction) -> None:
        """All that are chosen."""
        if (model := self.pictures()) is not None and (rows := self.chosen_rows()):
            from desktop.pictures.grids.dragging import drag_rows

            drag_rows(self, rows, model.read_rows)

    # --- drawing ---

    def rows_in_sight(self) -> range:
        """Of all lines that reach into the viewport."""
        top = self.verticalOffset()
        return self.plan().rows_between(top, top + self.viewport().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        model = self.pictures()
        if model is None:
            return
        model.pixmaps.use_layout(self.cell(), self.viewport().width(), self.devicePixelRatioF())
        model.look(self.rows_in_sight())
        scene = self.scene(model)
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # a rectangle at a time: only its cells are drawn, and by a plain copy, where for a region
        # of several Qt spreads each of them over threads that it waits for
        for part in cast("Iterable[QRect]", event.region()):
            painter.setClipRect(part)
            self.draw(painter, part, scene)
        painter.end()  # a fault may keep this frame, and with it the painter

    def scene(self, model: PictureModel) -> Scene:
        """What is to be drawn now."""
        return Scene(
            model=model,
            plan=self.plan(),
            offset=self.verticalOffset(),
            chosen=self.chosen_rows(),
            current=self.currentIndex().row() if self.hasFocus() else -1,
            palette=self.palette(),
            ratio=self.devicePixelRatioF(),
        )

    def draw(self, painter: QPainter, part: QRect, scene: Scene) -> None:
        """What reaches into this part of the viewport."""
        scene.draw(painter, part)
