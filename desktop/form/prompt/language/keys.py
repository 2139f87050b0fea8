"""Keys that change what a prompt says at its cursor: weights, and the place of a phrase."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence

from core.prompt.a1111 import change_weight
from core.prompt.loras import change_lora_weight

STEP = 0.1  # of a weight
# keys with none of these are typed
_NO_TEXT = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)
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


# by the id of the command
MOVES = {
    "weight-up": Move("weight", lambda text, start, end: weigh(text, start, end, STEP)),
    "weight-down": Move("weight", lambda text, start, end: weigh(text, start, end, -STEP)),
    "phrase-left": Move("phrase", partial(_moved, forwards=False)),
    "phrase-right": Move("phrase", partial(_moved, forwards=True)),
}


def weigh(text: str, start: int, end: int, step: float) -> _Changed:
    """Another weight for the tag, the bracket or the word at the cursor, or for what is chosen."""
    tag = change_lora_weight(text, start, step) if start == end else None
    if tag is None:
        return change_weight(text, start, end, step)
    return tag[0], start, min(start, tag[2])


def move_of(event: QKeyEvent, actions: Iterable[QAction]) -> Move | None:
    """What a key asks for by the keys that commands have in an editor; None for one of no MOVES."""
    held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if not held & _NO_TEXT:
        return None
    key = QKeySequence(QKeyCombination(held, Qt.Key(event.key())))
    return next(
        (
            MOVES[action.objectName()]
            for action in actions
            if action.objectName() in MOVES and key in action.shortcuts()
        ),
        None,
    )


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
