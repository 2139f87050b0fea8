"""Keys and changes beside the marks of rows: a cursor never parts one,
and what is taken out is what a person sees."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QTextCursor

from desktop.form.prompt.rows import MARK, in_rows, in_rows_at, units
from desktop.state.undo import common_ends

_DELETING = {
    QKeySequence.StandardKey.Delete: QTextCursor.MoveOperation.Right,
    QKeySequence.StandardKey.DeleteStartOfWord: QTextCursor.MoveOperation.PreviousWord,
    QKeySequence.StandardKey.DeleteEndOfWord: QTextCursor.MoveOperation.NextWord,
}


def delete_beside_mark(cursor: QTextCursor, event: QKeyEvent) -> bool:
    """Whether the key takes out text beside a row's end: done here,
    with the mark as if it were not there."""
    step = next((move for key, move in _DELETING.items() if event.matches(key)), None)
    other_modifiers = event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
    if event.key() == Qt.Key.Key_Backspace and not other_modifiers:
        step = QTextCursor.MoveOperation.Left  # not a standard key everywhere
    if step is None or cursor.hasSelection():
        return False
    back = step in (QTextCursor.MoveOperation.Left, QTextCursor.MoveOperation.PreviousWord)
    began = at = cursor.position()
    while (mark := _mark_at(cursor)) is not None:
        cursor.setPosition(mark[0] if back else mark[1])
        if cursor.position() == at:
            break
        at = cursor.position()
    cursor.movePosition(step, QTextCursor.MoveMode.KeepAnchor)
    if at == began and not set(MARK) & set(cursor.selectedText()):
        return False
    off_marks(cursor).removeSelectedText()
    return True


def _mark_at(cursor: QTextCursor) -> tuple[int, int] | None:
    """Start and end of the row's mark that the cursor stands in or beside;
    the mark holds the row's line end."""
    for block in (cursor.block(), cursor.block().previous()):
        end = block.position() + block.length()
        start = end - len(MARK) - 1
        is_row = block.isValid() and block.text().endswith(MARK)
        if is_row and start <= cursor.position() <= end:
            return start, end
    return None


def off_marks(cursor: QTextCursor) -> QTextCursor:
    """The cursor with neither end inside a mark: of a mark it selects all or nothing."""
    start = cursor.selectionStart()
    end = cursor.selectionEnd()
    left = _off_mark(cursor, start, forwards=False)
    right = _off_mark(cursor, end, forwards=end > start)
    if (left, right) != (start, end):
        cursor.setPosition(left)
        cursor.setPosition(right, QTextCursor.MoveMode.KeepAnchor)
    return cursor


def _off_mark(cursor: QTextCursor, at: int, *, forwards: bool) -> int:
    """The place, or the end of the mark that it lies in."""
    here = QTextCursor(cursor.document())
    here.setPosition(at)
    mark = _mark_at(here)
    if mark is None or not mark[0] < at < mark[1]:
        return at
    return mark[1] if forwards else mark[0]


def differing(old: str, new: str) -> tuple[int, int, int]:
    """Where two texts in rows begin to differ, and where that ends in either;
    never inside a row's mark."""
    start, tail = common_ends(old, new)
    end = len(old) - tail
    new_end = len(new) - tail
    while start and old[start - 1] in MARK:
        start -= 1
    while new_end < len(new) and (
        old[end - 1 : end] in tuple(MARK) or new[new_end - 1 : new_end] in tuple(MARK)
    ):
        end += 1
        new_end += 1
    return start, end, new_end


def replace_middle(cursor: QTextCursor, old: str, new: str, rows: str) -> None:
    """Old text, which lies in these rows, into new one by changing only what differs,
    so that no more is laid out anew."""
    head, tail = common_ends(old, new)
    cursor.setPosition(units(rows, in_rows_at(rows, head)))
    behind = units(rows, in_rows_at(rows, len(old) - tail))
    cursor.setPosition(behind, QTextCursor.MoveMode.KeepAnchor)
    cursor.insertText(in_rows(new[head : len(new) - tail]))


def plain_selection(cursor: QTextCursor) -> str:
    """What is selected, with line ends as everywhere else."""
    text = cursor.selectedText()
    # Qt's separators of paragraphs and lines, and its blank that does not break
    return text.replace("\u2029", "\n").replace("\u2028", "\n").replace("\xa0", " ")
