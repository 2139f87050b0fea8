"""Pointer, pen, wheel and keys over the canvas: what moves the view, and what goes to the tool."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPointingDevice,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.values.editing.record import View
from desktop.edit.canvas.candidate import Candidate
from desktop.edit.tools.brush import BrushTool
from desktop.edit.tools.table import TOOLS, ToolId
from desktop.edit.tools.tool import ARROWS, CONTROL, SHIFT, Pointer, Tool
from desktop.edit.tools.view import Placement

WHEEL_STEP = 1.0015  # by which each eighth of a degree of the wheel zooms
KEY_STEP = 1.25
NOTCH = 120  # eighths of a degree of a wheel's step
TURN = 15.0  # degrees a key
NEAR, FAR = 8.0, 64.0  # pixels of the widget by which an arrow key moves the pointer
# with AltGr, by which some layouts type brackets, Qt tells of Ctrl and Alt or of another group
_HARMLESS = SHIFT | Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.GroupSwitchModifier
_OF_KEY = {(Qt.Key[f"Key_{row.key[-1]}"], "+" in row.key): row.id for row in TOOLS}


class PointedWidget(QWidget):
    """The half of the canvas that listens. The other half says what these names are."""

    compared: Signal
    began: Signal
    rested: Signal
    _tool: Tool | None
    _candidate: Candidate | None
    _view: View
    _outlined: QRect

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 200)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._pointer: QPointF | None = None
        self._space = False
        self._grabbed: QPointF | None = None
        self._turning = False
        self._sliding = False
        self._down = False
        self._by_keys = False  # the arrow keys move the pointer
        self._entered: QPointF | None = None  # where Enter was pressed last

    # --- the view ---

    def placement(self) -> Placement:
        raise NotImplementedError

    def set_view(self, view: View) -> None:
        raise NotImplementedError

    def zoom(self) -> float:
        """Device pixels a pixel of the document."""
        return self.placement().zoom

    def set_zoom(self, zoom: float | None, at: QPointF | None = None) -> None:
        """Zoom to a factor (None: fit), the document's point under `at` staying where it is."""
        if zoom is None:
            self.set_view(View(angle=self._view.angle, mirrored=self._view.mirrored))
            return
        point = at or QPointF(self.width() / 2, self.height() / 2)
        self.set_view(self.placement().zoomed(zoom, point))

    def toggle_zoom(self) -> None:
        """All of it, or one of its pixels on one of the screen."""
        self.set_zoom(None if self.zoom() == 1.0 else 1.0)

    def turn(self, by: float) -> None:
        """Turn the view, not the document, by so many degrees; 0 sets it upright."""
        upright = View(self._view.zoom, self._view.centre_x, self._view.centre_y)
        self.set_view(self.placement().turned(by) if by else upright)

    def mirror(self) -> None:
        """Look at it in a mirror: the document stays as it is."""
        self.set_view(self.placement().mirrored())

    def is_panning(self) -> bool:
        """Whether the pointer moves the view."""
        return self._grabbed is not None or self._space

    def _pan(self, at: QPointF) -> None:
        assert self._grabbed is not None
        if self._turning:
            middle = QPointF(self.width() / 2, self.height() / 2)
            before, now = self._grabbed - middle, at - middle
            turned = math.atan2(now.y(), now.x()) - math.atan2(before.y(), before.x())
            self.set_view(self.placement().turned(math.degrees(turned)))
        else:
            self.set_view(self.placement().panned(at - self._grabbed))
        self._grabbed = at

    # --- pointer and pen ---

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        left = event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton or (left and self._space):
            self._grabbed = event.position()
            self._turning = bool(event.modifiers() & SHIFT)
            self.show_cursor()
        elif left:
            self._press(self._pointer_of(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._by_keys = False
        self._move(self._pointer_of(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None:
            self._grabbed = None
            self.show_cursor()
        elif event.button() == Qt.MouseButton.LeftButton:
            self._release(self._pointer_of(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._space:
            self.mousePressEvent(event)
        elif isinstance(self._tool, BrushTool):
            self._press(self._pointer_of(event))  # two quick strokes are no double click
        elif self._tool is not None:
            self._tool.double_click(self._pointer_of(event))

    def tabletEvent(self, event: QTabletEvent) -> None:
        """A pen: with its pressure, and its other end as the eraser."""
        eraser = event.pointerType() == QPointingDevice.PointerType.Eraser
        pointer = self._at(
            event.position(), event.modifiers(), pressure=event.pressure(), eraser=eraser
        )
        match event.type():
            case QEvent.Type.TabletPress if event.button() == Qt.MouseButton.LeftButton and not (
                self._space
            ):
                self.setFocus(Qt.FocusReason.MouseFocusReason)
                self._press(pointer)
            case QEvent.Type.TabletMove if self._grabbed is None:
                self._move(pointer)
            case QEvent.Type.TabletRelease if self._down:
                self._release(pointer)
            case _:
                event.ignore()  # comes again as the mouse: pans, buttons of the pen
                return
        event.accept()

    def _pointer_of(self, event: QMouseEvent) -> Pointer:
        return self._at(event.position(), event.modifiers())

    def _at(
        self,
        at: QPointF,
        modifiers: Qt.KeyboardModifier,
        *,
        pressure: float = 1.0,
        eraser: bool = False,
    ) -> Pointer:
        point = self.placement().to_document(at)
        return Pointer(point, at, pressure, modifiers, eraser)

    def _press(self, pointer: Pointer) -> None:
        if self._tool is None:
            return
        candidate = self._candidate
        if candidate is not None and candidate.is_grabbed(self.placement(), pointer.at):
            self._sliding = True
            return
        self._down = True
        self.hide_candidate()
        self.began.emit()
        self._tool.press(pointer)

    def _move(self, pointer: Pointer) -> None:
        self._pointer = pointer.at
        if self._grabbed is not None:
            self._pan(pointer.at)
        elif self._sliding and self._candidate is not None:
            self.compare(self._candidate.split_at(pointer.point).split)
        elif self._tool is not None:
            if self._down:
                self._tool.move(pointer)
            else:
                self._tool.hover(pointer)
                self.show_cursor()
        self._follow_outline()

    def _release(self, pointer: Pointer) -> None:
        self._sliding = False
        if self._down and self._tool is not None:
            self._tool.release(pointer)
            if not self._tool.is_busy():
                self.rested.emit()
        self._down = False

    def _follow_outline(self) -> None:
        """Where the brush's outline was and is."""
        for area in (self._outlined, self._outline()):
            if not area.isNull():
                self.update(area)

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        self.update(self._outlined)

    def show_cursor(self) -> None:
        """The pointer's shape: none where the brush's outline stands for it."""
        if self._grabbed is not None:
            shape = Qt.CursorShape.ClosedHandCursor
        elif self._space:
            shape = Qt.CursorShape.OpenHandCursor
        elif self._tool is None:
            shape = Qt.CursorShape.ArrowCursor
        elif isinstance(self._tool, BrushTool):
            shape = Qt.CursorShape.BlankCursor
        else:
            shape = self._tool.cursor
        if self.cursor().shape() != shape:
            self.setCursor(shape)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y()
        if self._tool is None or not turned:  # to the side
            return
        if event.modifiers() & CONTROL and isinstance(self._tool, BrushTool):
            self._tool.step_size(round(turned / NOTCH) or (1 if turned > 0 else -1))
        else:
            self.set_zoom(self.zoom() * WHEEL_STEP**turned, event.position())
        event.accept()

    # --- keys ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        if key == Qt.Key.Key_Space:
            self._space = True
            self.show_cursor()
            self.update(self._outlined)
            return
        tool = self._tool
        if tool is None or not (
            tool.key(key, modifiers)
            or self._pointed(tool, key, modifiers)
            or self._confirmed(tool, key)
            or self._own_key(key, event)
        ):
            super().keyPressEvent(event)

    def _pointed(self, tool: Tool, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> bool:
        """Arrow keys move the pointer (Shift: far, Ctrl: by one), Enter presses and lets go; twice
        at one place is a double click."""
        enters = key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not modifiers & CONTROL
        if key in ARROWS:
            length = 1 if modifiers & CONTROL else FAR if modifiers & SHIFT else NEAR
            at = self._pointer or QPointF(self.width() / 2, self.height() / 2)
            self._by_keys, self._entered = True, None
            x, y = at.x() + ARROWS[key][0] * length, at.y() + ARROWS[key][1] * length
            place = QPointF(min(max(x, 0), self.width() - 1), min(max(y, 0), self.height() - 1))
            pointer = self._at(place, Qt.KeyboardModifier.NoModifier)
            self._move(pointer)
            self.say_place(pointer.point)
            self.update()
            return True
        if not (enters and self._by_keys and self._pointer is not None):
            return False
        pointer = self._at(self._pointer, Qt.KeyboardModifier.NoModifier)
        if self._down:
            self._release(pointer)
        elif self._entered == self._pointer:
            tool.double_click(pointer)
        else:
            self._press(pointer)
        self._entered = self._pointer
        return True

    def _confirmed(self, tool: Tool, key: Qt.Key) -> bool:
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return tool.confirm()
        given_up = key == Qt.Key.Key_Escape and tool.cancel()
        if given_up:
            self.rested.emit()
        return given_up

    def _own_key(self, key: Qt.Key, event: QKeyEvent) -> bool:
        if event.modifiers() & ~_HARMLESS and not (event.text() and event.text() in "[]\\"):
            return False
        shift = bool(event.modifiers() & SHIFT)
        if (tool := _OF_KEY.get((key, shift))) is not None:
            self.set_tool(tool)
            return True
        match key:
            case Qt.Key.Key_BracketLeft | Qt.Key.Key_Comma:
                self._step_size(-1)
            case Qt.Key.Key_BracketRight | Qt.Key.Key_Period:
                self._step_size(1)
            case Qt.Key.Key_X:
                self.swap_colours()
            case Qt.Key.Key_Backslash:
                self.show_before(True)
            case _:
                return self._view_key(key)
        return True

    def _step_size(self, by: int) -> None:
        if isinstance(self._tool, BrushTool):
            self._tool.step_size(by)

    def _view_key(self, key: Qt.Key) -> bool:
        match key:
            case Qt.Key.Key_Z:
                self.toggle_zoom()
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.set_zoom(self.zoom() * KEY_STEP)
            case Qt.Key.Key_Minus:
                self.set_zoom(self.zoom() / KEY_STEP)
            case Qt.Key.Key_4:
                self.turn(-TURN)
            case Qt.Key.Key_6:
                self.turn(TURN)
            case Qt.Key.Key_5:
                self.turn(0)
            case _:
                return False
        return True

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not event.isAutoRepeat():
            if event.key() == Qt.Key.Key_Space:
                self._space = False
                self.show_cursor()
            elif event.key() == Qt.Key.Key_Backslash:
                self.show_before(False)
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._space = False
        self.show_before(False)
        super().focusOutEvent(event)

    # --- what the other half does ---

    def set_tool(self, tool: ToolId) -> None:
        raise NotImplementedError

    def swap_colours(self) -> None:
        raise NotImplementedError

    def show_before(self, before: bool) -> None:
        raise NotImplementedError

    def compare(self, split: float) -> None:
        raise NotImplementedError

    def hide_candidate(self) -> None:
        raise NotImplementedError

    def say_place(self, point: QPointF) -> None:
        raise NotImplementedError

    def _outline(self) -> QRect:
        raise NotImplementedError
