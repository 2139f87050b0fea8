"""Rows of a grid as ranges, since all of very many may be chosen."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import (
    QAbstractItemModel,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    Qt,
)


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


def others(parts: Iterable[range], count: int) -> list[range]:
    """Of `count` rows those that are in none of these, which may stand in any order."""
    found: list[range] = []
    first = 0
    for part in sorted(parts, key=lambda part: part.start):
        found.append(range(first, part.start))
        first = max(first, part.stop)
    return [part for part in (*found, range(first, count)) if part]


def choose_others(selection: QItemSelectionModel) -> None:
    """What was not chosen, in the place of what was. The current one stays."""
    model = selection.model()
    rows = others(rows_of(selection.selection()), model.rowCount())
    flags = QItemSelectionModel.SelectionFlag
    selection.select(selection_of(model, rows), flags.ClearAndSelect)


def choose_rows(
    selection: QItemSelectionModel, rows: range, modifiers: Qt.KeyboardModifier
) -> None:
    """These alone; with Ctrl beside what is chosen already, or none of them where all are; with
    Shift beside it. The first becomes current, where the current one is none of them."""
    flags = QItemSelectionModel.SelectionFlag
    how = flags.ClearAndSelect
    if modifiers & Qt.KeyboardModifier.ControlModifier:
        chosen = sum(len(both(rows, part)) for part in rows_of(selection.selection()))
        how = flags.Deselect if chosen == len(rows) else flags.Select
    elif modifiers & Qt.KeyboardModifier.ShiftModifier:
        how = flags.Select
    model = selection.model()
    if selection.currentIndex().row() not in rows:
        selection.setCurrentIndex(model.index(rows.start, 0), flags.NoUpdate)
    selection.select(selection_of(model, [rows]), how)
