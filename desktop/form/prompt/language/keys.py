"""Keys that change what a prompt says at its cursor: weights, and the place of a phrase."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from core.prompt.a1111 import change_weight
from core.prompt.loras import change_lora_weight

STEP = 0.1  # of a weight
_MAC = sys.platform == "darwin"
_MODIFIERS = Qt.KeyboardModifier
_Changed = tuple[str, int, int]  # a text, and [start, end) of what is chosen in it


@dataclass(frozen=True, slots=True)
class Move:
    """What a key does to a text in which [start, end) is chosen; `how` as `Draft.write` has it."""

    how: str
    change: Callable[[str, int, int], _Changed]


def _moved(text: str, start: int, end: int, *, forwards: bool) -> _Changed:
    """`move_phrase`, which no window waits for."""
    from core.prompt.reading.phrases import move_phrase

    return move_phrase(text, start, end, forwards=forwards)


_WEIGHING = {
    Qt.Key.Key_Up: Move("weight", lambda text, start, end: weigh(text, start, end, STEP)),
    Qt.Key.Key_Down: Move("weight", lambda text, start, end: weigh(text, start, end, -STEP)),
}
_MOVING = {
    Qt.Key.Key_Left: Move("phrase", partial(_moved, forwards=False)),
    Qt.Key.Key_Right: Move("phrase", partial(_moved, forwards=True)),
}


def weigh(text: str, start: int, end: int, step: float) -> _Changed:
    """Another weight for the tag, the bracket or the word at the cursor, or for what is chosen."""
    tag = change_lora_weight(text, start, step) if start == end else None
    if tag is None:
        return change_weight(text, start, end, step)
    return tag[0], start, min(start, tag[2])


def move_of(event: QKeyEvent, *, mac: bool = _MAC) -> Move | None:
    """What a key asks for: Ctrl and an arrow up or down, Alt and one to a side; on a Mac, where
    those move in texts, Control and Option with any of them."""
    held = event.modifiers() & ~_MODIFIERS.KeypadModifier
    key = Qt.Key(event.key())
    if mac:
        both = _MODIFIERS.MetaModifier | _MODIFIERS.AltModifier
        return (_WEIGHING | _MOVING).get(key) if held == both else None
    if held == _MODIFIERS.ControlModifier:
        return _WEIGHING.get(key)
    return _MOVING.get(key) if held == _MODIFIERS.AltModifier else None


def replaces(event: QKeyEvent) -> bool:
    """Whether the key puts something, or nothing, in place of what is selected."""
    plain_key = not event.modifiers() & (
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.MetaModifier
    )
    typed = bool(event.text()) and event.text().isprintable()
    return plain_key and (typed or event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace))


def copy_of(event: QKeyEvent) -> QKeyEvent:
    """Qt's own event is gone when its handler returns."""
    return QKeyEvent(
        event.type(),
        event.key(),
        event.modifiers(),
        event.text(),
        event.isAutoRepeat(),
        event.count(),
    )
