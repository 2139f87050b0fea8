"""What a search could go on with, offered while it is typed: fields, their values, and what the
gallery has of them, with how many pictures that finds; in an empty field the searches of before."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QObject, Qt
from PySide6.QtGui import QKeyEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QCompleter

from core.values.gallery.suggestion import Suggestion
from desktop.form.prompt.rows import characters, units
from desktop.gallery.filtering.search_field import SearchField
from desktop.state.tasks import SerialTasks
from desktop.widgets.controls import DETAIL_ROLE, DetailDelegate
from desktop.widgets.i18n import tr, tr_data

NARROWEST = 260  # pixels
SHOWN_ROWS = 12
_ENTERED = (Qt.Key.Key_Return, Qt.Key.Key_Enter)

# a text, and at which of its characters the cursor stands
Suggest = Callable[[str, int], Sequence[Suggestion]]


class Completing(QObject):
    """For one field. Return takes what is chosen in the list, Tab that or the first, Escape closes
    it; typing goes on as ever. `suggest` is asked in a task, and the answer dropped where another
    key came meanwhile. `before` are searches of earlier, the newest first."""

    def __init__(self, field: SearchField, suggest: Suggest, tasks: SerialTasks) -> None:
        super().__init__(field)
        self._field = field
        field.completing = self
        self._suggest = suggest
        self._tasks = tasks
        self.before: tuple[str, ...] = ()
        self._turn = 0  # counts keys
        self._offers: Sequence[Suggestion] = ()
        self._whole = False  # whether they are whole searches
        self._rows = QStandardItemModel(self)
        self.completer = QCompleter(self._rows, self)
        self.completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self.completer.setMaxVisibleItems(SHOWN_ROWS)
        self.completer.setWidget(field)
        activated = self.completer.activated[QModelIndex]  # pyright: ignore[reportIndexIssue]
        activated.connect(lambda index: self._take(index.row()))
        self._has_popup = False

    @property
    def popup(self) -> QAbstractItemView:
        """The list; Qt makes one when it is first asked for."""
        popup = self.completer.popup()
        assert popup is not None
        if not self._has_popup:
            self._has_popup = True
            popup.setItemDelegate(DetailDelegate(popup))
            popup.setObjectName("completions")
            popup.setAccessibleName(tr("Completions"))
        return popup

    # --- offering ---

    def offer(self) -> None:
        """Show what goes on from what was typed, where something does. What is shown stays until
        then, so that the list does not flicker."""
        text = self._field.text()
        cursor = characters(text, self._field.cursorPosition())
        self._turn += 1
        turn = self._turn
        self._offers = ()  # those shown are of the key before

        def look() -> Sequence[Suggestion] | None:
            return self._suggest(text, cursor) if turn == self._turn else None

        def found(suggestions: Sequence[Suggestion] | None) -> None:
            if suggestions is not None and turn == self._turn and self._field.hasFocus():
                self._whole = False
                adds = any(one.insert != text[one.start : one.end] for one in suggestions)
                self._show(suggestions if adds else ())  # what is typed whole covers no chips

        self._tasks.submit(look, found)

    def offer_before(self) -> None:
        """The searches of before, to take one of them again."""
        text = self._field.text()
        self._turn += 1
        self._whole = True
        self._show([Suggestion(one, one, 0, len(text)) for one in self.before if one != text])

    def close(self) -> None:
        """Nothing is offered any more."""
        self._turn += 1
        self._offers = ()
        if self._has_popup:
            self.popup.hide()

    def _show(self, offers: Sequence[Suggestion]) -> None:
        self._offers = offers
        if not offers:
            if self._has_popup:
                self.popup.hide()
            return
        chosen = self.popup.currentIndex().row() if self.popup.isVisible() else -1
        self._rows.clear()
        for offer in offers:
            item = QStandardItem(offer.text)
            detail = f"{offer.count:,}" if offer.count >= 0 else tr_data(offer.help)
            item.setData(detail, DETAIL_ROLE)
            item.setData(f"{offer.text}, {detail}", Qt.ItemDataRole.AccessibleTextRole)
            self._rows.appendRow(item)
        place = self._field.rect()
        place.setWidth(max(NARROWEST, self.popup.sizeHintForColumn(0) + 24))
        self.completer.complete(place)
        self.popup.setCurrentIndex(self.completer.completionModel().index(chosen, 0))

    def _take(self, row: int) -> None:
        if not 0 <= row < len(self._offers):
            return
        offer = self._offers[row]
        self.close()
        text = self._field.text()
        goes_on = offer.insert.endswith(":")  # a field, whose value is still to come
        is_apart = goes_on or self._whole or text[offer.end :].startswith(" ")
        start = units(text, offer.start)
        self._field.setSelection(start, units(text, offer.end) - start)
        # a step of the field's own undo
        self._field.insert(offer.insert if is_apart else f"{offer.insert} ")
        if goes_on:
            self.offer()

    # --- keys ---

    def is_open(self) -> bool:
        """Whether the list is shown."""
        return self._has_popup and self.popup.isVisible()

    def takes(self, event: QKeyEvent) -> bool:
        """Whether the list has dealt with this key, so that the field must leave it."""
        key = event.key()
        if not self.is_open():
            if key == Qt.Key.Key_Down and not self._field.text().strip():
                self.offer_before()
                return True
            return False
        row = self.popup.currentIndex().row()
        if key == Qt.Key.Key_Escape:
            self.close()
        elif key == Qt.Key.Key_Tab or (key in _ENTERED and row >= 0):
            self._take(max(row, 0))
        elif key in _ENTERED:
            self.close()
            return False
        else:
            return False
        return True

    def after(self, event: QKeyEvent) -> None:
        """The field has dealt with a key: offer, where it typed or deleted."""
        controlled = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        typing = bool(event.text()) and event.text().isprintable() and not controlled
        if typing or event.key() == Qt.Key.Key_Backspace:
            self.offer()
        elif self.is_open() and event.key() != Qt.Key.Key_Shift:
            self.close()
