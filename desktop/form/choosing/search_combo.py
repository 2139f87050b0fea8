"""A combo box whose list is searched by typing. Its items are those of any combo box; only the list
that it opens is another one."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
)

from desktop.widgets import theme
from desktop.widgets.announce import announce
from desktop.widgets.controls import Combo
from desktop.widgets.i18n import tr

RECOMMENDED_ROLE = Qt.ItemDataRole.UserRole + 20  # of a combo's items: True for one
SEARCHED_ROLE = Qt.ItemDataRole.UserRole + 21  # further words by which an item is found
_PLACE = Qt.ItemDataRole.UserRole  # of a row of the list: the place of its item in the combo
_ALL = -1  # as such a place: the row that shows the others
_WIDTH, _HEIGHT = 380, 340  # pixels
_MOVES = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageUp: -8,
    Qt.Key.Key_PageDown: 8,
}


class SearchCombo(Combo):
    """Opens a `SearchList`."""

    def __init__(self, name: str, help_text: str) -> None:
        super().__init__(name, help_text)
        self._list: SearchList | None = None

    @property
    def opened(self) -> SearchList | None:
        """Its list, once it was opened."""
        return self._list

    def showPopup(self) -> None:
        if self._list is None:
            self._list = SearchList(self)
        self._list.open_beside()


class SearchList(QFrame):
    """A field, the rows that hold all words typed there, and what is said of the marked one. With
    nothing typed the recommended ones and the chosen one stand there, and one row that shows all
    others. Choosing is as in the combo's own list."""

    def __init__(self, combo: QComboBox) -> None:
        super().__init__(combo, Qt.WindowType.Popup)
        self._combo = combo
        self._unfolded = False
        self.setAccessibleName(combo.accessibleName())
        self.field = QLineEdit()
        self.field.setMaxLength(100)
        self.field.setClearButtonEnabled(True)
        self.field.setPlaceholderText(tr("Search by name or use"))
        self.field.setAccessibleName(tr("Search {name}", name=combo.accessibleName()))
        self.field.setToolTip(
            tr(
                "Type a part of a name, of what it is good for, or of who published it; arrows and "
                "Return choose."
            )
        )
        self.list = QListWidget()
        self.list.setAccessibleName(combo.accessibleName())
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # arrows in the field move in it
        self.list.setMouseTracking(True)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setObjectName("dim")
        self.said.setMinimumHeight(2 * self.said.fontMetrics().lineSpacing())
        lines = QVBoxLayout(self)
        lines.setContentsMargins(*(theme.SPACE_2,) * 4)
        lines.setSpacing(theme.SPACE_2)
        for part in (self.field, self.list, self.said):
            lines.addWidget(part)
        self.field.textChanged.connect(self._fill)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(self._choose)
        self.list.itemEntered.connect(self.list.setCurrentItem)
        self.list.currentItemChanged.connect(self._say)

    def open_beside(self) -> None:
        """Below the box, or above it where there is no room."""
        self._unfolded = False
        self.field.clear()
        self._fill("")
        combo = self._combo
        self.resize(max(combo.width(), _WIDTH), _HEIGHT)
        space = combo.screen().availableGeometry()
        place = combo.mapToGlobal(QPoint(0, combo.height()))
        if place.y() + self.height() > space.bottom():
            place = combo.mapToGlobal(QPoint(0, -self.height()))
        left = min(place.x(), space.right() - self.width())
        top = min(max(place.y(), space.top()), space.bottom() - self.height())
        self.move(max(left, space.left()), max(top, space.top()))
        self.show()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def _fill(self, text: str) -> None:
        self.list.clear()
        words = text.lower().split()
        combo = self._combo
        places = [at for at in range(combo.count()) if combo.itemData(at) is not None]
        if words:
            self._add_rows([at for at in places if self._holds(at, words)])
            if not self.list.count():
                self._add(tr("Nothing is called so."), None)
        else:
            first = [at for at in places if self._is_first(at)]
            others = [at for at in places if at not in first]
            self._add_rows(first)
            if others and not self._unfolded:
                self._add(tr("All ({count})", count=len(places)), _ALL)
            else:
                self._add_rows(others)
        self._mark(combo.currentIndex() if not words else None)

    def _is_first(self, at: int) -> bool:
        return bool(self._combo.itemData(at, RECOMMENDED_ROLE)) or (
            at == self._combo.currentIndex() and not self._unfolded
        )

    def _holds(self, at: int, words: list[str]) -> bool:
        combo = self._combo
        said = combo.itemData(at, Qt.ItemDataRole.ToolTipRole)
        found_by = (combo.itemText(at), combo.itemData(at), said, combo.itemData(at, SEARCHED_ROLE))
        whole = " ".join(str(part or "") for part in found_by).lower()
        return all(word in whole for word in words)

    def _add_rows(self, places: list[int]) -> None:
        for at in places:
            self._add(self._combo.itemText(at), at)

    def _add(self, words: str, place: int | None) -> None:
        """A row; None as its place: it only says something."""
        item = QListWidgetItem(words)
        item.setData(_PLACE, place)
        can_be = place == _ALL or (place is not None and self._is_possible(place))
        if not can_be:
            item.setFlags(Qt.ItemFlag.NoItemFlags)
        if place is not None and place != _ALL:
            said = self._combo.itemData(place, Qt.ItemDataRole.ToolTipRole) or ""
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, said)
        self.list.addItem(item)

    def _is_possible(self, at: int) -> bool:
        model = self._combo.model()
        return bool(model.flags(model.index(at, 0)) & Qt.ItemFlag.ItemIsEnabled)

    def _mark(self, place: int | None) -> None:
        """The row of the item at `place`, else the first that can be chosen."""
        rows = [self.list.item(row) for row in range(self.list.count())]
        wanted = [item for item in rows if place is not None and item.data(_PLACE) == place]
        possible = [item for item in rows if item.flags() & Qt.ItemFlag.ItemIsEnabled]
        for item in (*wanted, *possible)[:1]:
            self.list.setCurrentItem(item)
            self.list.scrollToItem(item)

    def _say(self, item: QListWidgetItem | None) -> None:
        place = item.data(_PLACE) if item is not None else None
        if place == _ALL:
            self.said.setText(tr("Shows those that are seldom needed, too."))
        elif place is None:
            self.said.clear()
        else:
            self.said.setText(self._combo.itemData(place, Qt.ItemDataRole.ToolTipRole) or "")

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is None or not item.flags() & Qt.ItemFlag.ItemIsEnabled:
            return
        place = item.data(_PLACE)
        if place == _ALL:
            row = self.list.currentRow()
            self._unfolded = True
            self._fill("")
            self.list.setCurrentRow(min(row, self.list.count() - 1))
            return
        self.hide()
        self._combo.setCurrentIndex(place)
        self._combo.activated.emit(place)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = Qt.Key(event.key())
            if key in _MOVES:
                self._move(_MOVES[key])
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _move(self, by: int) -> None:
        """The mark by so many rows that can be chosen."""
        rows = [
            row
            for row in range(self.list.count())
            if self.list.item(row).flags() & Qt.ItemFlag.ItemIsEnabled
        ]
        if not rows:
            return
        now = self.list.currentRow()
        at = rows.index(now) if now in rows else 0
        self.list.setCurrentRow(rows[min(max(at + by, 0), len(rows) - 1)])
        # the keyboard stays in the field, of which alone a screen reader would tell
        announce(self, f"{self.list.currentItem().text()}. {self.said.text()}")
