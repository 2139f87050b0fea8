"""The terms of a search as chips: each is taken out, turned round or changed by click or key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton, QWidget

from desktop.gallery.filtering import terms
from desktop.gallery.filtering.terms import ShownTerm
from desktop.gallery.filtering.values import ValueMenus
from desktop.gallery.filtering.words import term_words
from desktop.widgets import theme
from desktop.widgets.controls import IconButton
from desktop.widgets.flow_layout import WrapLayout
from desktop.widgets.i18n import tr

MOST_CHIPS = 24  # of a longer text the rest stands in the field alone
_WIDEST = 220  # pixels of what a chip says


class TermName(QToolButton):
    """What a chip says. Delete takes it out, a minus turns it round, arrows go to others."""

    removed = Signal()
    turned = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        step = steps.get(Qt.Key(event.key()), 0)
        step = -step if self.isRightToLeft() else step
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        elif event.key() == Qt.Key.Key_Minus:
            self.turned.emit()
        elif step:
            self.focusNextPrevChild(step > 0)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.click()
        else:
            super().keyPressEvent(event)


class TermChip(QFrame):
    """One term. `menu_asked` carries where."""

    menu_asked = Signal(QPoint)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("styleChip")
        self.name = TermName()
        self.name.clicked.connect(self._ask)
        self.remove = IconButton("close", tr("Take this filter out"), size=12)
        self.remove.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Delete does it by keys
        line = QHBoxLayout(self)
        line.setContentsMargins(theme.SPACE_1, 1, theme.SPACE_1, 1)
        line.setSpacing(0)
        line.addWidget(self.name)
        line.addWidget(self.remove)

    def show_term(self, term: ShownTerm, names: Mapping[str, str]) -> None:
        """What it asks for; `names` as for `term_words`."""
        words = term_words(term, names)
        shown = self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, _WIDEST)
        self.name.setText(shown.replace("&", "&&"))
        is_odd = bool(term.problem)
        if self.property("off") is not is_odd:
            self.setProperty("off", is_odd)
            for part in (self, self.name):
                part.style().polish(part)
        self.name.setAccessibleName(tr("Filter {words}", words=words))
        keys = tr("Press for more; Delete takes it out, - turns it round.")
        says = f"{term.problem}\n{keys}" if is_odd else f"{words}\n{keys}"
        self.name.setAccessibleDescription(says)
        self.name.setToolTip(says)
        self.remove.setAccessibleName(tr("Take out {words}", words=words))
        self.remove.setToolTip(tr("Take out {words}", words=words))

    def _ask(self) -> None:
        self.menu_asked.emit(self.mapToGlobal(QPoint(0, self.height())))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_asked.emit(event.globalPos())


class FilterChips(QWidget):
    """Of a search text; `edited` carries what it becomes. `then` gets the focus where the last chip
    goes that had it."""

    edited = Signal(str)

    def __init__(self, values: ValueMenus, then: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values = values
        self._then = then
        self._text = ""
        self._terms: tuple[ShownTerm, ...] = ()
        self.chips: list[TermChip] = []
        self._line = WrapLayout(self, theme.SPACE_1)
        self.setContentsMargins(0, 2, 0, 0)
        self.setAccessibleName(tr("Filters"))

    def show_text(self, text: str, names: Mapping[str, str]) -> None:
        """Chips for what it asks for; `names` as for `term_words`."""
        self._text = text
        self._terms = terms.terms_of(text)[:MOST_CHIPS]
        focused = next((at for at, chip in enumerate(self.chips) if chip.name.hasFocus()), None)
        while len(self.chips) < len(self._terms):
            self._add()
        for chip in self.chips[len(self._terms) :]:
            self._line.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        del self.chips[len(self._terms) :]
        for chip, term in zip(self.chips, self._terms, strict=True):
            chip.show_term(term, names)
        self._line.invalidate()
        self.updateGeometry()
        if focused is not None:
            last = len(self.chips) - 1
            (self.chips[min(focused, last)].name if self.chips else self._then).setFocus()

    def _add(self) -> None:
        at = len(self.chips)
        chip = TermChip()
        chip.name.removed.connect(partial(self._remove, at))
        chip.name.turned.connect(partial(self._turn, at))
        chip.remove.clicked.connect(lambda _=False: self._remove(at))
        chip.menu_asked.connect(partial(self._menu, at))
        self._line.addWidget(chip)
        chip.show()
        self.chips.append(chip)

    def _remove(self, at: int) -> None:
        if at < len(self._terms):
            self.edited.emit(terms.without(self._text, self._terms[at]))

    def _turn(self, at: int) -> None:
        if at < len(self._terms):
            self.edited.emit(terms.turned_round(self._text, self._terms[at]))

    def _change(self, term: ShownTerm, new: str) -> None:
        self.edited.emit(terms.changed(self._text, term, new))

    def _menu(self, at: int, where: QPoint) -> None:
        menu = self.menu_of(at)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(where)

    def menu_of(self, at: int) -> QMenu:
        """All that can be done with one."""
        term = self._terms[at]
        menu = QMenu(self)

        def put(words: str, act: Callable[[], object]) -> None:
            menu.addAction(words).triggered.connect(lambda _=False: act())

        if self._values.has(term.field):
            inner = menu.addMenu(tr("Change to"))
            self._values.fill(inner, term.field, partial(self._change, term))
            menu.addSeparator()
        put(tr("Ask for it") if term.negated else tr("Leave these out"), partial(self._turn, at))
        put(tr("Take out"), partial(self._remove, at))
        return menu
