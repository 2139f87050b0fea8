"""Where keys go from a cell to another."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView

from desktop.pictures.grids.layout.plan import Plan

_Act = QAbstractItemView.CursorAction
UPRIGHT = frozenset({_Act.MoveUp, _Act.MoveDown, _Act.MovePageUp, _Act.MovePageDown})
_Key = Qt.Key
UPRIGHT_KEYS = frozenset({_Key.Key_Up, _Key.Key_Down, _Key.Key_PageUp, _Key.Key_PageDown})
KEYS = UPRIGHT_KEYS | {_Key.Key_Left, _Key.Key_Right, _Key.Key_Home, _Key.Key_End}


def moved(plan: Plan, action: QAbstractItemView.CursorAction, row: int, x: int, page: int) -> int:
    """From a row of a plan that has some; up and down at this `x`, by `page` pixels where by a
    page."""
    last = plan.count - 1
    match action:
        case _Act.MoveUp:
            return plan.above(row, x)
        case _Act.MoveDown:
            return plan.below(row, x)
        case _Act.MovePageUp:
            return plan.page_up(row, x, page)
        case _Act.MovePageDown:
            return plan.page_down(row, x, page)
        case _Act.MoveHome:
            return 0
        case _Act.MoveEnd:
            return last
        case _Act.MoveLeft | _Act.MovePrevious:
            return max(row - 1, 0)
        case _:
            return min(row + 1, last)
