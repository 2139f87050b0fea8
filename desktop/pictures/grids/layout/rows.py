"""Rows of a grid as ranges, since all of very many may be chosen."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QAbstractItemModel, QItemSelection, QItemSelectionRange


def rows_of(selection: QItemSelection) -> list[range]:
    """In the order in which they were chosen."""
    return [range(part.top(), part.bottom() + 1) for part in selection.toList()]


def selection_of(model: QAbstractItemModel, parts: Iterable[range]) -> QItemSelection:
    """Ranges of rows as Qt's selection; empty ones are none."""
    selection = QItemSelection()
    for part in parts:
        if part:
            first, last = model.index(part.start, 0), model.index(part.stop - 1, 0)
            selection.append(QItemSelectionRange(first, last))
    return selection


def both(rows: range, others: range) -> range:
    """The rows that stand in both."""
    return range(max(rows.start, others.start), min(rows.stop, others.stop))
