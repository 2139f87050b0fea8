"""The styles of the form as chips: each on or off, in an order that drag and keys change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QByteArray, QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDrag,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
)
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QMenu, QToolButton, QWidget

from core.values.request_parts.chosen_style import ChosenStyle, with_style
from desktop.state.draft import Draft
from desktop.widgets import theme
from desktop.widgets.controls import IconButton
from desktop.widgets.flow_layout import WrapLayout
from desktop.widgets.i18n import tr

_DRAGGED = "application/x-calotype-style"  # the place of one within its row
_LONGEST = 300  # characters of a style's words in a tooltip
_WIDEST = 220  # pixels of a name


def what_it_adds(style: ChosenStyle) -> str:
    """Both texts in words."""
    said = []
    if style.prompt:
        said.append(tr("Adds: {words}", words=style.prompt[:_LONGEST]))
    if style.negative:
        said.append(tr("Keeps out: {words}", words=style.negative[:_LONGEST]))
    return "\n".join(said)


class StyleName(QToolButton):
    """A chip's name, which is pressed to switch it. `moved` carries -1 or 1, `dragged` asks for it
    to be carried elsewhere."""

    removed = Signal()
    moved = Signal(int)
    dragged = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setCheckable(True)
        self._pressed: QPoint | None = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        step = steps.get(Qt.Key(event.key()), 0)
        step = -step if self.isRightToLeft() else step
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        elif step and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.moved.emit(step)
        elif step:
            self.focusNextPrevChild(step > 0)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        held = bool(event.buttons() & Qt.MouseButton.LeftButton)
        if self._pressed is not None and held:
            way = event.position().toPoint() - self._pressed
            if way.manhattanLength() >= QApplication.startDragDistance():
                self._pressed = None
                self.setDown(False)
                self.dragged.emit()
                return
        super().mouseMoveEvent(event)


class StyleChip(QFrame):
    """One style. `menu_asked` carries where."""

    menu_asked = Signal(QPoint)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("styleChip")
        self.name = StyleName()
        self.remove = IconButton("close", tr("Take this style out"), size=12)
        self.remove.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Delete does it by keys
        line = QHBoxLayout(self)
        line.setContentsMargins(theme.SPACE_1, 1, theme.SPACE_1, 1)
        line.setSpacing(0)
        line.addWidget(self.name)
        line.addWidget(self.remove)

    def show_style(self, style: ChosenStyle) -> None:
        """Its name, whether it is on, and what it adds."""
        name = style.name.replace("\n", " ")
        shown = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, _WIDEST)
        self.name.setText(shown.replace("&", "&&"))
        self.name.blockSignals(True)
        self.name.setChecked(style.on)
        self.name.blockSignals(False)
        if self.property("off") is not (not style.on):
            self.setProperty("off", not style.on)
            for part in (self, self.name):
                part.style().polish(part)
        self.name.setAccessibleName(tr("Style {name}", name=name))
        keys = tr(
            "Press to switch it on or off; Delete takes it out, Alt with an arrow moves it, "
            "the menu has more."
        )
        words = what_it_adds(style)
        self.name.setAccessibleDescription(f"{words}\n{keys}")
        self.name.setToolTip(f"{words}\n{keys}")
        self.remove.setAccessibleName(tr("Take out {name}", name=name))
        self.remove.setToolTip(tr("Take out {name}", name=name))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_asked.emit(event.globalPos())


class StyleChips(QWidget):
    """In step with the draft; `then` has the focus behind them, and gets it when the last chip goes
    that had it. `edit_asked` and `values_asked` carry the name of a style."""

    edit_asked = Signal(str)
    values_asked = Signal(str)

    def __init__(self, draft: Draft, then: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = draft
        self.then = then
        self.chips: list[StyleChip] = []
        self._line = WrapLayout(self, theme.SPACE_1)
        self.setAcceptDrops(True)
        self.setAccessibleName(tr("Styles"))
        self.hide()
        draft.changed.connect(self._show)
        self._show(frozenset({"styles"}))

    # --- what there is to show ---

    def _show(self, names: frozenset[str]) -> None:
        if "styles" not in names:
            return
        styles = self._draft.stored().styles
        focused = next((at for at, chip in enumerate(self.chips) if chip.name.hasFocus()), None)
        is_longer = len(self.chips) < len(styles)
        while len(self.chips) < len(styles):
            self._add()
        for chip in self.chips[len(styles) :]:
            self._line.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        del self.chips[len(styles) :]
        for chip, style in zip(self.chips, styles, strict=True):
            chip.show_style(style)
        if is_longer:
            self._order()
        self._line.invalidate()
        self.setVisible(bool(styles) and self.parentWidget() is not None)
        if focused is not None:
            if self.chips:
                self.chips[min(focused, len(self.chips) - 1)].name.setFocus()
            else:
                self.then.setFocus()

    def _add(self) -> None:
        at = len(self.chips)
        chip = StyleChip()
        chip.name.toggled.connect(partial(self._switch, at))
        chip.name.removed.connect(partial(self._remove, at))
        chip.remove.clicked.connect(partial(self._remove, at))
        chip.name.moved.connect(partial(self._step, at))
        chip.name.dragged.connect(partial(self._drag, at))
        chip.menu_asked.connect(partial(self._menu, at))
        self._line.addWidget(chip)
        chip.show()
        self.chips.append(chip)

    # --- what is done with them; each is one step ---

    def _styles(self) -> tuple[ChosenStyle, ...]:
        return self._draft.stored().styles

    def add(self, style: ChosenStyle) -> None:
        """One more, behind the others; one of this name is replaced where it stands."""
        words = tr("Style {name}", name=style.name)
        self._draft.set_as(words, None, styles=with_style(self._styles(), style))

    def take_out(self, name: str) -> None:
        """The one of this name."""
        kept = tuple(style for style in self._styles() if style.name.casefold() != name.casefold())
        self._draft.set_as(tr("Take out {name}", name=name), None, styles=kept)

    def renew(self, before: str, style: ChosenStyle) -> None:
        """A style was changed: where it is chosen it has its new words from now on."""
        styles = self._styles()
        if any(old.name.casefold() == before.casefold() for old in styles):
            new = tuple(
                replace(style, on=old.on) if old.name.casefold() == before.casefold() else old
                for old in styles
            )
            self._draft.set_as(tr("Style {name}", name=style.name), None, styles=new)

    def has(self, name: str) -> bool:
        """Whether it is chosen, on or off."""
        return any(style.name.casefold() == name.casefold() for style in self._styles())

    def _switch(self, at: int, on: bool) -> None:
        styles = list(self._styles())
        styles[at] = replace(styles[at], on=on)
        self._draft.set_as(tr("Style {name}", name=styles[at].name), None, styles=tuple(styles))

    def _remove(self, at: int, _: bool = False) -> None:
        styles = list(self._styles())
        if at < len(styles):
            gone = styles.pop(at)
            words = tr("Take out {name}", name=gone.name)
            self._draft.set_as(words, None, styles=tuple(styles))

    def _step(self, at: int, by: int) -> None:
        if 0 <= at + by < len(self._styles()):
            self.carry(at, at + by)
            self.chips[at + by].name.setFocus()

    def carry(self, at: int, to: int) -> None:
        """Put the style at a place where it then stands at `to`."""
        styles = list(self._styles())
        styles.insert(to, styles.pop(at))
        self._draft.set_as(tr("Order of styles"), None, styles=tuple(styles))

    def _menu(self, at: int, where: QPoint) -> None:
        menu = self.menu_of(at)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(where)

    def menu_of(self, at: int) -> QMenu:
        """All that can be done with one."""
        style = self._styles()[at]
        last = len(self._styles()) - 1
        menu = QMenu(self)

        def put(words: str, act: Callable[[], object], possible: bool = True) -> None:
            action = menu.addAction(words)
            action.setEnabled(possible)
            action.triggered.connect(lambda _=False: act())

        switch = tr("Switch off") if style.on else tr("Switch on")
        put(switch, partial(self._switch, at, not style.on))
        put(tr("Use its values"), partial(self.values_asked.emit, style.name))
        put(tr("Edit style..."), partial(self.edit_asked.emit, style.name))
        menu.addSeparator()
        put(tr("Move forward"), partial(self._step, at, -1), at > 0)
        put(tr("Move back"), partial(self._step, at, 1), at < last)
        put(tr("Take out"), partial(self._remove, at))
        return menu

    # --- dragging ---

    def _drag(self, at: int) -> None:
        data = QMimeData()
        data.setData(_DRAGGED, QByteArray(str(at).encode()))
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.setPixmap(self.chips[at].grab())
        drag.exec(Qt.DropAction.MoveAction)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._take_own(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._take_own(event)

    def _take_own(self, event: QDragMoveEvent) -> None:
        if event.source() is self and event.mimeData().hasFormat(_DRAGGED):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        if event.source() is self and event.mimeData().hasFormat(_DRAGGED):
            at = int(event.mimeData().data(_DRAGGED).data())
            to = self.place_at(event.position().toPoint())
            if at < len(self.chips) and to not in (at, at + 1):
                self.carry(at, to - (to > at))
            event.acceptProposedAction()

    def place_at(self, point: QPoint) -> int:
        """Before which chip a point lies, as they are read."""
        for at, chip in enumerate(self.chips):
            box = chip.geometry()
            before = point.x() < box.center().x()
            if self.isRightToLeft():
                before = point.x() > box.center().x()
            if point.y() < box.top() or (point.y() <= box.bottom() and before):
                return at
        return len(self.chips)

    def _order(self) -> None:
        """Tab comes from what stands before into the chips, and goes on to what follows them."""
        part = self.then.previousInFocusChain()
        while part is not None and part is not self.then:
            if part.focusPolicy() != Qt.FocusPolicy.NoFocus and not self.isAncestorOf(part):
                break
            part = part.previousInFocusChain()
        chain = [part, *(chip.name for chip in self.chips), self.then]
        for one, other in pairwise(link for link in chain if link is not None):
            QWidget.setTabOrder(one, other)
