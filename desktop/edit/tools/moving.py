"""Moving a layer, cropping, and the frame that the model sees."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from core.system.errors import KnownError
from core.values.editing.document import Box, Document
from desktop.edit.document.layer_steps import moved
from desktop.edit.document.sheet_steps import cropped
from desktop.edit.tools.boxes import (
    Held,
    between,
    dragged,
    draw_box,
    handle_at,
    hatch_beyond,
    shade_around,
    shape_of,
)
from desktop.edit.tools.tool import ARROWS, SHIFT, Pointer, Tool, ToolContext
from desktop.edit.tools.view import Placement
from desktop.widgets.i18n import tr

FRAME_STEP = 8  # pixels: what a model works in
FRAME_LEAST = 64
FAR = 10  # pixels of an arrow with Shift
DRAG = 4.0  # pixels of the widget from which a press is a drag


class MoveTool(Tool):
    """By dragging or arrow keys; a series of arrows is one step, which ends with another key or
    the pointer."""

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._begun: QPointF | None = None
        self._by = (0, 0)
        self._ready_for: tuple[Document, int] | None = None

    def press(self, pointer: Pointer) -> None:
        self.confirm()
        self._begun = pointer.point

    def move(self, pointer: Pointer) -> None:
        if self._begun is not None:
            way = pointer.point - self._begun
            right, down = way.x(), way.y()
            if pointer.modifiers & SHIFT:  # straight
                right, down = (right, 0) if abs(right) > abs(down) else (0, down)
            self._show((round(right), round(down)))

    def hover(self, pointer: Pointer) -> None:
        document, level = self.context.document, self.context.placement().level()
        if level and self._ready_for != (document.document, level):
            self._ready_for = document.document, level
            document.prepare_move(level)

    def release(self, pointer: Pointer) -> None:
        if self._begun is not None:
            self._begun = None
            self.confirm()

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> bool:
        if key not in ARROWS:
            return False
        length = FAR if modifiers & SHIFT else 1
        right, down = ARROWS[key]
        self._show((self._by[0] + right * length, self._by[1] + down * length))
        return True

    def _show(self, by: tuple[int, int]) -> None:
        document = self.context.document
        try:
            document.show_moved(moved(document.document, *by))
        except KnownError as error:
            self.context.say(str(error))
            self._begun = None
        else:
            self._by = by

    def confirm(self) -> bool:
        by, self._by = self._by, (0, 0)
        if by == (0, 0):
            return False
        document = self.context.document
        document.step(tr("Move layer"), moved(document.document, *by))
        return True

    def cancel(self) -> bool:
        was = self._by != (0, 0)
        self._by, self._begun = (0, 0), None
        self.context.document.show_present()
        return was

    def leave(self) -> None:
        if self._begun is not None:
            self.cancel()
        self.confirm()

    def is_busy(self) -> bool:
        return self._begun is not None or self._by != (0, 0)


class BoxTool(Tool):
    """What crop and frame have in common: a box that is drawn, dragged and stretched, and moved by
    arrow keys (with Ctrl its lower right corner)."""

    step = 1
    least = 1

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._held: Held | None = None
        self._drawn_from: Pointer | None = None

    def box(self) -> Box | None:
        """The box now; None for none."""
        raise NotImplementedError

    def change(self, box: Box) -> None:
        """It is this one for now."""
        raise NotImplementedError

    def settle(self) -> None:
        """The button went up, or a key was pressed."""

    def grabbed(self) -> Box | None:
        """The box whose handles can be grabbed."""
        return self.box()

    def press(self, pointer: Pointer) -> None:
        box = self.grabbed()
        handle = box and handle_at(box, self.context.placement(), pointer.at)
        if box is not None and handle is not None:
            self._held = Held(handle, pointer.point, box)
        else:
            self._drawn_from = pointer

    def move(self, pointer: Pointer) -> None:
        if self._held is not None:
            box = dragged(
                self._held,
                pointer.point,
                ratio=self.context.options().ratio,
                step=self.step,
                least=self.least,
            )
        elif self._drawn_from is not None and _far(self._drawn_from, pointer):
            box = between(
                self._drawn_from.point,
                pointer.point,
                ratio=self.context.options().ratio,
                step=self.step,
                least=self.least,
            )
        else:
            return
        self.change(box)
        self.context.update(None)

    def release(self, pointer: Pointer) -> None:
        self._held = self._drawn_from = None
        self.settle()
        self.context.update(None)

    def hover(self, pointer: Pointer) -> None:
        box = self.grabbed()
        handle = handle_at(box, self.context.placement(), pointer.at) if box is not None else None
        self.cursor = shape_of(handle, Qt.CursorShape.CrossCursor)

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> bool:
        box = self.grabbed()
        if key not in ARROWS or box is None:
            return False
        length = self.step * (FAR if modifiers & SHIFT else 1)
        right, down = (way * length for way in ARROWS[key])
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            width, height = max(box[2] + right, self.least), max(box[3] + down, self.least)
            self.change((box[0], box[1], width, height))
        else:
            self.change((box[0] + right, box[1] + down, box[2], box[3]))
        left, top, width, height = self.grabbed() or box
        self.context.say(tr("{x}, {y}; {w} by {h} pixels", x=left, y=top, w=width, h=height))
        self.settle()
        self.context.update(None)
        return True


def _far(one: Pointer, other: Pointer) -> bool:
    way = other.at - one.at
    return math.hypot(way.x(), way.y()) >= DRAG


class CropTool(BoxTool):
    """What is to stay; Enter or a double click inside crops."""

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._box: Box | None = None

    def box(self) -> Box | None:
        return self._box

    def grabbed(self) -> Box:
        document = self.context.document.document
        return self._box or (0, 0, document.width, document.height)

    def press(self, pointer: Pointer) -> None:
        super().press(pointer)
        if self._box is None and self._held is not None and self._held.handle == (0, 0):
            self._held, self._drawn_from = None, pointer  # within all of it a new one is drawn

    def change(self, box: Box) -> None:
        self._box = box

    def confirm(self) -> bool:
        box, self._box = self._box, None
        self.context.update(None)
        if box is None:
            return False
        read = self.context.document.tiles.read
        self.context.document.apply(tr("Crop"), lambda before: cropped(before, read, box))
        return True

    def double_click(self, pointer: Pointer) -> None:
        self.confirm()

    def cancel(self) -> bool:
        was = self._box is not None
        self._box = self._held = self._drawn_from = None
        self.context.update(None)
        return was

    def is_busy(self) -> bool:
        return self._box is not None

    def draw(self, painter: QPainter, placement: Placement) -> None:
        box = self.grabbed()
        if self._box is not None:
            hatch_beyond(painter, placement, box)
            shade_around(painter, placement, box, 0.55)
        words = "" if self._box is None else f"{box[2]} x {box[3]}"
        draw_box(painter, placement, box, handles=True, words=words)


class FrameTool(BoxTool):
    """What the model sees: kept with the document. Where it is all of it, a drag draws another; its
    handles at the edges reach beyond them, which extends the picture."""

    step = FRAME_STEP
    least = FRAME_LEAST

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._box: Box | None = None  # while it is dragged

    def box(self) -> Box | None:
        return self._box or self.context.document.document.frame

    def grabbed(self) -> Box | None:
        document = self.context.document.document
        if document.frame_locked:
            return None
        return self.box() or (0, 0, document.width, document.height)

    def press(self, pointer: Pointer) -> None:
        if self.context.document.document.frame_locked:
            self.context.say(tr("The frame is locked. Unlock it to move it."))
            return
        super().press(pointer)
        if self.box() is None and self._held is not None and self._held.handle == (0, 0):
            self._held, self._drawn_from = None, pointer

    def change(self, box: Box) -> None:
        self._box = box

    def settle(self) -> None:
        box, self._box = self._box, None
        if box is not None:
            self._step(box)

    def _step(self, box: Box | None) -> None:
        document = self.context.document
        now = document.document
        document.step(tr("Frame"), now.framed(box), shown=True)

    def double_click(self, pointer: Pointer) -> None:
        if not self.context.document.document.frame_locked:
            self._step(None)

    def cancel(self) -> bool:
        was = self._box is not None
        self._box = self._held = self._drawn_from = None
        self.context.update(None)
        return was

    def is_busy(self) -> bool:
        return self._box is not None
