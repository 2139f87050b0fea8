"""What every tool is: told where the pointer goes, it changes the document and draws its marks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from desktop.edit.document.open_document import OpenDocument
from desktop.edit.document.painting import Target
from desktop.edit.tools.table import ToolOptions
from desktop.edit.tools.view import Placement

SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


@dataclass(frozen=True, slots=True)
class Pointer:
    """`point` in the document's pixels, `at` in the widget, `pressure` 0 to 1 (a mouse: 1)."""

    point: QPointF
    at: QPointF
    pressure: float = 1.0
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    eraser: bool = False  # the other end of a pen


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What tools work with. `say`: a sentence for the status line; `update`: an area of the
    document is to be drawn again, None for all."""

    document: OpenDocument
    placement: Callable[[], Placement]
    options: Callable[[], ToolOptions]
    set_options: Callable[[ToolOptions], None]
    target: Callable[[], Target]
    say: Callable[[str], None]
    update: Callable[[QRectF | None], None]


class Tool:
    """One in use; `press`, `move` and `release` belong together. A tool that needs none of a call
    inherits its silence."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, context: ToolContext) -> None:
        self.context = context

    def press(self, pointer: Pointer) -> None:
        """The button went down."""

    def move(self, pointer: Pointer) -> None:
        """The pointer moved while it is down."""

    def release(self, pointer: Pointer) -> None:
        """It went up."""

    def hover(self, pointer: Pointer) -> None:
        """The pointer moved while it is up."""

    def double_click(self, pointer: Pointer) -> None:
        """Twice within a short time; the second press is not reported."""

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> bool:
        """Whether a key meant something to it."""
        return False

    def confirm(self) -> bool:
        """Enter: whether there was anything to confirm."""
        return False

    def cancel(self) -> bool:
        """Esc, or another tool was taken: whether there was anything to give up."""
        return False

    def leave(self) -> None:
        """Another tool is taken, or undo asked for: what was begun is given up, or done."""
        self.cancel()

    def is_busy(self) -> bool:
        """Whether something was begun that is no step yet."""
        return False

    def draw(self, painter: QPainter, placement: Placement) -> None:
        """Its marks, in the widget."""
