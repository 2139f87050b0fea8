"""Brush and eraser: they paint on a layer or on a mask."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath

from core.system.errors import KnownError
from core.values.editing.document import Box
from desktop.edit.document.painting import Painting, Target
from desktop.edit.pixels.pyramid import Pixels
from desktop.edit.tools.picking import pick
from desktop.edit.tools.stroke import (
    Apply,
    Brush,
    Stroke,
    Within,
    erased,
    spot_of,
    towards,
    with_colour,
)
from desktop.edit.tools.table import SIZES
from desktop.edit.tools.tool import ALT, SHIFT, Pointer, Tool, ToolContext
from desktop.edit.tools.view import Placement
from desktop.widgets.i18n import tr
from desktop.widgets.over_pictures import draw_lines

LARGEST_RING = 400  # device pixels of a radius, up to which the outline is kept as a picture
DRAG = 4.0  # pixels of the widget from which Shift and a press are a drag
STEPS = (1, 2, 5, 10, 25, 50)  # pixels by which [ and ] change a size


class BrushTool(Tool):
    """`erases`: the eraser. A line with Shift begins where the last stroke ended."""

    def __init__(self, context: ToolContext, *, erases: bool = False) -> None:
        super().__init__(context)
        self._erases = erases
        self._stroke: Stroke | None = None
        self._last: QPointF | None = None  # where the last stroke ended
        self._shift: tuple[Pointer, float] | None = None  # pressed with Shift, at which size
        self._sizing = False
        self._picking = False

    # --- the pointer ---

    def press(self, pointer: Pointer) -> None:
        if pointer.modifiers & ALT:
            self._picking = True
            pick(self.context, pointer.point)
        elif pointer.modifiers & SHIFT:
            self._shift = pointer, self.context.options().size
            self._sizing = False
        else:
            self._begin(pointer, pointer.point)

    def move(self, pointer: Pointer) -> None:
        if self._picking:
            pick(self.context, pointer.point)
        elif self._shift is not None:
            self._size(pointer)
        elif self._stroke is not None:
            self._go_on(pointer)

    def release(self, pointer: Pointer) -> None:
        if self._shift is not None and not self._sizing:
            self._straight(pointer)
        elif self._stroke is not None:
            self._go_on(pointer, last=True)
        self._shift, self._sizing, self._picking = None, False, False

    def _size(self, pointer: Pointer) -> None:
        assert self._shift is not None
        begun, size = self._shift
        way = pointer.at.x() - begun.at.x()
        if self._sizing or abs(way) >= DRAG:
            self._sizing = True
            self.set_size(size + way / (self.context.placement().zoom) * 2)

    def _straight(self, pointer: Pointer) -> None:
        begin = self._last if self._last is not None else pointer.point
        self._begin(pointer, begin)
        if self._stroke is not None:
            self._go_on(pointer, last=True, straight=True)

    # --- the stroke ---

    def _brush(self) -> Brush:
        options = self.context.options()
        return Brush(
            size=options.size,
            hardness=options.hardness,
            opacity=options.opacity,
            smoothing=options.smoothing,
            curve=options.curve,
            pressure_sizes=options.pressure_sizes,
            pressure_covers=options.pressure_covers,
        )

    def _begin(self, pointer: Pointer, point: QPointF) -> None:
        target = self.context.target()
        brush = self._brush()
        try:
            painting = Painting(self.context.document, target)
            self._stroke = Stroke(
                painting,
                brush,
                self._apply(target, erases=self._erases or pointer.eraser),
                first=spot_of(brush, point, pointer.pressure),
                within=within_mask(self.context, target),
            )
        except KnownError as error:
            self.context.say(str(error))
            self.context.document.show_present()

    def _apply(self, target: Target, *, erases: bool) -> Apply:
        if target is Target.MASK:
            return towards(0 if erases else 255)
        return erased if erases else with_colour(self.context.options().colour)

    def _go_on(self, pointer: Pointer, *, last: bool = False, straight: bool = False) -> None:
        assert self._stroke is not None
        spot = spot_of(self._brush(), pointer.point, pointer.pressure)
        try:
            if straight:
                self._stroke.straight_to(spot)
            elif last:
                self._stroke.end()
            else:
                self._stroke.to(spot)
            if last:
                self._end(pointer)
        except KnownError as error:
            self.context.say(str(error))
            self.cancel()

    def _end(self, pointer: Pointer) -> None:
        stroke, self._stroke = self._stroke, None
        assert stroke is not None
        self._last = pointer.point
        erases = self._erases or pointer.eraser
        stroke.painting.finish(tr("Eraser stroke") if erases else tr("Brush stroke"))
        if not stroke.touched and within_mask(self.context, self.context.target()) is not None:
            self.context.say(
                tr("Nothing was painted: the stroke lies outside the mask, which limits layers.")
            )

    def cancel(self) -> bool:
        if self._stroke is None:
            return False
        self._stroke.painting.give_up()
        self._stroke = None
        return True

    def is_busy(self) -> bool:
        return self._stroke is not None

    # --- the size ---

    def set_size(self, size: float) -> None:
        """Another diameter, within what there is."""
        kept = round(min(max(size, SIZES[0]), SIZES[1]), 1)
        self.context.set_options(replace(self.context.options(), size=kept))

    def step_size(self, by: int) -> None:
        """Larger or smaller by about a tenth, in round numbers."""
        size = self.context.options().size
        step = next((one for one in reversed(STEPS) if one <= size / 8), STEPS[0])
        self.set_size(round(size / step) * step + by * step)


def within_mask(context: ToolContext, target: Target) -> Within | None:
    """How much of each place of a layer may be painted: what is selected, where anything is."""
    document = context.document.document
    mask = document.mask()
    if target is Target.MASK or not context.options().within_mask or mask is None:
        return None
    if not any(True for _ in mask.raster.places()):
        return None

    def read(box: Box) -> Pixels:
        return context.document.mask_region(0, box)

    return read


def draw_cross(painter: QPainter, at: QPointF) -> None:
    """The pointer where keys move it, whose system's shape stands elsewhere."""
    path = QPainterPath()
    for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        path.moveTo(at + QPointF(x * 3, y * 3))
        path.lineTo(at + QPointF(x * 10, y * 10))
    draw_lines(painter, path)


def draw_outline(painter: QPainter, placement: Placement, at: QPointF, size: float) -> None:
    """The edge of a brush around the pointer, and a cross where it is too small to be seen."""
    ratio = placement.ratio
    radius = round(size * placement.zoom / ratio * 2) / 4
    if radius * ratio > LARGEST_RING:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_lines(painter, _outline_of(at, radius))
        return
    ring = _ring(radius, ratio)
    half = ring.width() / 2
    corner = QPointF(round(at.x() * ratio - half) / ratio, round(at.y() * ratio - half) / ratio)
    painter.drawImage(corner, ring)


def _outline_of(at: QPointF, radius: float) -> QPainterPath:
    path = QPainterPath()
    if radius >= 2.5:
        path.addEllipse(at, radius, radius)
    if radius < 6:
        for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            gap = max(radius, 2.5) + 2
            path.moveTo(at + QPointF(x * gap, y * gap))
            path.lineTo(at + QPointF(x * (gap + 4), y * (gap + 4)))
    return path


@lru_cache(maxsize=4)
def _ring(radius: float, ratio: float) -> QImage:
    """The outline as a picture: to draw smooth circles takes longer than many a stroke."""
    side = 2 * math.ceil((max(radius, 10) + 4) * ratio)
    if radius < 6:  # the lines of the cross lie on whole pixels
        side += 1
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    image.setDevicePixelRatio(ratio)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = side / 2 / ratio
    draw_lines(painter, _outline_of(QPointF(middle, middle), radius))
    painter.end()
    return image
