"""The filmstrip: the pictures that are gone through, side by side, laid out from row numbers alone,
so that 100,000 cost no more than ten."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QSizePolicy

from core.store.thumbnails import Thumbnails
from core.system.recent import Recent
from core.values.picture import Picture
from desktop.pictures.grids.contents.cells import read_thumbnail
from desktop.pictures.grids.marks import (
    REJECTED_OPACITY,
    draw_favourite,
    draw_frame,
    draw_picture,
    draw_rating,
    draw_rejected,
)
from desktop.pictures.marking.marks import REJECTED
from desktop.pictures.viewing.records import PictureRecords
from desktop.pictures.viewing.roll import PictureRoll
from desktop.state.tasks import SerialTasks
from desktop.widgets.i18n import tr

SIDE = 84  # pixels of a cell
GAP = 6  # between cells, above and below them
STEP = SIDE + GAP
BAR = 12  # pixels of the scroll bar
KEPT = 120  # thumbnails in memory


class FilmThumbnails(QObject):
    """Read beside the window, those alone that are in sight when their turn comes; `came` when
    there is another one."""

    came = Signal()

    def __init__(self, thumbnails: Thumbnails, tasks: SerialTasks, parent: QObject) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._tasks = tasks
        self._pixmaps: Recent[int, QPixmap] = Recent(KEPT)
        self._asked: set[int] = set()
        self._in_sight: frozenset[int] = frozenset()  # threads read it
        self._ratio = 1.0

    def use_ratio(self, ratio: float) -> None:
        """So many pixels has the screen for one of the window."""
        if ratio != self._ratio:
            self._ratio = ratio
            self._pixmaps.clear()

    def look(self, ids: frozenset[int]) -> None:
        """These are in sight now."""
        self._in_sight = ids
        self._pixmaps.keep_at_most(max(KEPT, 3 * len(ids)))

    def get(self, picture: Picture) -> QPixmap | None:
        """Where it is here; else it is asked for. One of a single pixel stands for a file that
        cannot be read."""
        pixmap = self._pixmaps.get(picture.id)
        if pixmap is None and picture.id not in self._asked:
            self._asked.add(picture.id)
            self._tasks.submit(partial(self._read, picture), partial(self._there, picture.id))
        return pixmap

    def forget(self, picture_id: int) -> None:
        """Its file is another one now."""
        self._pixmaps.forget(picture_id)

    def known(self, picture_id: int) -> QPixmap | None:
        """Where it is here; it is not asked for."""
        return self._pixmaps.get(picture_id)

    def _read(self, picture: Picture) -> QImage | None:
        if picture.id not in self._in_sight:
            return None
        return read_thumbnail(self._thumbnails.get(picture), SIDE, SIDE, self._ratio)

    def _there(self, picture_id: int, image: QImage | None) -> None:
        self._asked.discard(picture_id)
        if image is not None:
            pixmap = QPixmap(1, 1) if image.isNull() else QPixmap.fromImage(image)
            self._pixmaps.keep(picture_id, pixmap)
        if image is not None or picture_id in self._in_sight:
            self.came.emit()


class FilmStrip(QAbstractScrollArea):
    """`picked` carries the id of a picture that somebody clicked on. It takes no keys: those of the
    picture above it go through the same pictures."""

    picked = Signal(int)

    def __init__(self, records: PictureRecords, thumbnails: FilmThumbnails) -> None:
        super().__init__()
        self._records = records
        self._thumbnails = thumbnails
        self._roll: PictureRoll | None = None
        self._current = 0
        self.setAccessibleName(tr("Filmstrip"))
        self.setWhatsThis(tr("The pictures that arrow keys go through; a click shows one."))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(SIDE + 2 * GAP + BAR)
        records.came.connect(lambda _: self.viewport().update())
        thumbnails.came.connect(self.viewport().update)

    def use_roll(self, roll: PictureRoll) -> None:
        """Show these pictures from now on."""
        if self._roll is not None:
            self._roll.changed.disconnect(self._roll_changed)
        self._roll = roll
        roll.changed.connect(self._roll_changed)
        self._roll_changed()

    def show_picture(self, picture_id: int) -> None:
        """This one is seen above; it comes into the middle."""
        self._current = picture_id
        self._centre()
        self.viewport().update()

    def row_at(self, x: int) -> int:
        """The row of a place in the viewport, or -1."""
        along = x + self.horizontalScrollBar().value() - self._lead()
        row = along // STEP
        within = 0 <= row < self._count() and along % STEP >= GAP
        return row if within else -1

    def rect_of(self, row: int) -> QRect:
        """The cell of a row in the viewport."""
        left = self._lead() + GAP + row * STEP - self.horizontalScrollBar().value()
        return QRect(left, GAP, SIDE, SIDE)

    # --- layout ---

    def _count(self) -> int:
        return 0 if self._roll is None else len(self._roll)

    def _lead(self) -> int:
        """Pixels before the first cell, where all of them have room."""
        return max(0, (self.viewport().width() - self._length()) // 2)

    def _length(self) -> int:
        return GAP + self._count() * STEP

    def _roll_changed(self) -> None:
        self._lay_out()
        self._centre()
        self.viewport().update()

    def _lay_out(self) -> None:
        bar = self.horizontalScrollBar()
        width = self.viewport().width()
        bar.setPageStep(width)
        bar.setSingleStep(STEP)
        bar.setRange(0, max(0, self._length() - width))

    def _centre(self) -> None:
        row = -1 if self._roll is None else self._roll.row_of(self._current)
        if row >= 0:
            middle = GAP + row * STEP + SIDE // 2
            self.horizontalScrollBar().setValue(middle - self.viewport().width() // 2)

    def _rows_in(self, area: QRect) -> range:
        offset = self.horizontalScrollBar().value() - self._lead()
        first = max(0, (area.left() + offset - GAP) // STEP)
        return range(first, min(self._count(), (area.right() + offset) // STEP + 1))

    # --- events ---

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()
        self._centre()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta()
        by = turned.y() if abs(turned.y()) > abs(turned.x()) else turned.x()
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - by)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self.row_at(event.position().toPoint().x())
        if event.button() == Qt.MouseButton.LeftButton and row >= 0 and self._roll is not None:
            self.picked.emit(self._roll.ids()[row])

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._roll is None:
            return
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._thumbnails.use_ratio(self.devicePixelRatioF())
        ids = self._roll.ids()
        rows = self._rows_in(self.viewport().rect())
        self._thumbnails.look(frozenset(ids[row] for row in rows))
        self._records.want(ids[row] for row in rows)
        for row in self._rows_in(event.rect()):
            self._draw(painter, self.rect_of(row), ids[row])
        painter.end()  # a fault may keep this frame, and with it the painter

    def _draw(self, painter: QPainter, cell: QRect, picture_id: int) -> None:
        picture = self._records.get(picture_id)
        dark = self.palette().color(QPalette.ColorRole.Dark)
        pixmap = self._thumbnails.known(picture_id)
        if pixmap is None and picture is not None:
            pixmap = self._thumbnails.get(picture)
        is_rejected = picture is not None and picture.rating == REJECTED
        draw_picture(painter, cell, pixmap, dark, REJECTED_OPACITY if is_rejected else 1.0)
        if picture is not None:
            if picture.favourite:
                draw_favourite(painter, cell, self.palette().color(QPalette.ColorRole.Highlight))
            if is_rejected:
                draw_rejected(painter, cell)
            elif picture.rating:
                draw_rating(painter, cell, picture.rating)
        if picture_id == self._current:
            draw_frame(painter, cell, self.palette(), chosen=True)

    def sizeHint(self) -> QSize:
        return QSize(6 * STEP, SIDE + 2 * GAP + BAR)
