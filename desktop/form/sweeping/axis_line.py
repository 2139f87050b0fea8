"""One axis: what is varied, and its values as they are typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCompleter,
    QGridLayout,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QSizePolicy,
    QStyledItemDelegate,
    QToolButton,
    QWidget,
)

from core.service.sweeps.axes.ranges import joined_texts, parts_of
from core.system.errors import InvalidRequest
from desktop.widgets import theme
from desktop.widgets.controls import Combo, IconButton, TickMenu, menu_words
from desktop.widgets.i18n import tr, tr_data

Choices = tuple[tuple[str, str], ...]
LONGEST = 20_000  # characters of typed values
LINE = "line"  # the axis over lines of a file of prompts
MANY, FIRST = 16, 8  # choices from which on only the first stand in the first menu


class AxisLine(QWidget):
    """`changed` when a person chose or typed something, `entered` when Return is pressed in the
    values, `left` when the axis is to go, `file_asked` when its values are a file's that is still
    to be chosen. `name` is the axis's, "" while none is chosen."""

    changed = Signal()
    entered = Signal()
    left = Signal()
    file_asked = Signal()

    def __init__(self, letter: str) -> None:
        super().__init__()
        self.letter = QLabel(letter)
        self.letter.setObjectName("section")
        self.letter.setFixedWidth(14)
        self.kind = _kind_box(letter)
        self.values = _values_line(letter)
        self.choose_values = _values_button(letter)
        self.remove = IconButton("close", tr("Remove axis {letter}", letter=letter), size=14)
        self.remove.setObjectName("quiet")
        self._choices: Choices = ()
        self._fixed = ""  # a text that no line holds, as that of a file of prompts
        self._fixed_name = ""  # of the axis that it is of
        self._build()
        self._connect()

    def _build(self) -> None:
        lines = QGridLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(theme.SPACE_1)
        lines.addWidget(self.letter, 0, 0)
        # the Tab key goes in this order: nobody who has chosen a parameter wants it away
        lines.addWidget(self.kind, 0, 1)
        lines.addWidget(self.values, 1, 1)
        lines.addWidget(self.choose_values, 1, 2)
        lines.addWidget(self.remove, 0, 2, Qt.AlignmentFlag.AlignCenter)
        lines.setColumnStretch(1, 1)

    def _connect(self) -> None:
        self.kind.activated.connect(lambda _: self._chosen_in_list())
        editor = self.kind.lineEdit()
        assert editor is not None  # it is editable
        editor.editingFinished.connect(self._chosen)
        self.values.textEdited.connect(self._typed)
        self.values.returnPressed.connect(self.entered)
        menu = self.choose_values.menu()
        menu.aboutToShow.connect(lambda: self._fill_menu(menu))
        self.remove.clicked.connect(self.left)

    def offer(self, kinds: Sequence[tuple[str, str]]) -> None:
        """What can be varied: names, and their labels."""
        chosen = self.name()
        self.kind.blockSignals(True)
        self.kind.clear()
        for name, label in kinds:
            self.kind.addItem(tr_data(label), name)
        self.kind.setCurrentIndex(-1)
        self.kind.setEditText("")
        self.kind.blockSignals(False)
        if chosen:
            self.choose(chosen)

    def name(self) -> str:
        """Of the axis; what is typed where it is no name that is offered, as steps|guidance."""
        typed = self.kind.currentText().strip()
        at = self.kind.findText(typed)
        if at < 0:  # large or small letters alike
            at = self.kind.findText(typed, Qt.MatchFlag.MatchFixedString)
        return str(self.kind.itemData(at)) if at >= 0 else typed

    def choose(self, name: str) -> None:
        """Vary this."""
        at = self.kind.findData(name)
        if at >= 0:
            self.kind.setCurrentIndex(at)
        else:
            self.kind.setEditText(name)
        self._show_beginning()

    def typed(self) -> str:
        """The values as they are written."""
        return self._fixed or self.values.text()

    @property
    def stands_for(self) -> str:
        """The words that stand for values which are not to be typed; "" where they are."""
        return self.values.text() if self._fixed else ""

    def offer_values(self, choices: Choices, example: str = "") -> None:
        """What can be chosen along it: values, and their names; () where they are typed, as in the
        example."""
        self._choices = choices
        self.choose_values.setVisible(bool(choices) and not self._fixed)
        hint = tr_data(example) or (tr("all, or some of them") if choices else tr("Values"))
        self.values.setPlaceholderText(hint)

    def _fill_menu(self, menu: QMenu) -> None:
        """All values, or the first ones and those that are ticked, and all in a menu of their
        own."""
        for earlier in menu.findChildren(QMenu):
            earlier.deleteLater()
        menu.clear()
        chosen = {part.lower() for part in self._parts()}
        ticked = {value for value, name in self._choices if {value.lower(), name.lower()} & chosen}
        menu.addAction(tr("All that suit"), lambda: self._write("all"))
        menu.addSeparator()
        are_many = len(self._choices) > MANY
        first = [one for one in self._choices[:FIRST] if are_many]
        first += [one for one in self._choices if one not in first and (one[0] in ticked)]
        more = TickMenu(tr("All"), menu) if are_many else menu
        actions = {one: self._action_of(one, ticked, more) for one in self._choices}
        for one in first if are_many else self._choices:
            menu.addAction(actions[one])
        if are_many:
            more.addActions(list(actions.values()))  # the same: both lists tick as one
            menu.addSeparator()
            menu.addMenu(more)

    def _action_of(self, choice: tuple[str, str], ticked: set[str], menu: QMenu) -> QAction:
        value, name = choice
        action = QAction(menu_words(tr_data(name)), menu)
        action.setCheckable(True)
        action.setChecked(value in ticked)
        action.triggered.connect(lambda on: self._tick(value, on=on))
        return action

    def _tick(self, value: str, *, on: bool) -> None:
        by_name = {name.lower(): one for one, name in self._choices}
        known = (by_name.get(part.lower(), part) for part in self._parts() if part != "all")
        kept = [part for part in known if part != value]
        self._write(joined_texts((*kept, value) if on else kept))

    def _parts(self) -> tuple[str, ...]:
        try:
            return parts_of(self.values.text())
        except InvalidRequest:  # a quote that is not closed yet
            return ()

    def _write(self, text: str) -> None:
        self.values.setText(text)
        self.changed.emit()

    def fill(self, name: str, values: Iterable[str] | str, *, shown: str = "") -> None:
        """This axis; with `shown` the values are not to be typed, and these words stand for
        them. So it is with values that no line holds."""
        self.choose(name)
        text = values
        if not isinstance(text, str):
            texts = tuple(text)
            text = joined_texts(texts)
            if len(text) > LONGEST or "\n" in text:
                shown = tr("{n} values", n=len(texts))
        self._fixed, self._fixed_name = (text, self.name()) if shown else ("", "")
        self.values.setText(shown or text)
        self.values.setReadOnly(bool(shown))
        self.changed.emit()

    def _chosen(self) -> None:
        if self._fixed and self.name() != self._fixed_name:
            self._fixed = ""
            self.values.setReadOnly(False)
            self.values.clear()
        self._show_beginning()
        self.changed.emit()

    def _show_beginning(self) -> None:
        editor = self.kind.lineEdit()
        if editor is not None:
            editor.setCursorPosition(0)  # of a name that is wider than the box

    def _chosen_in_list(self) -> None:
        self._chosen()
        if self.name() == LINE and not self._fixed:
            self.file_asked.emit()

    def _typed(self) -> None:
        self.changed.emit()


def _kind_box(letter: str) -> Combo:
    """The box of parameters, in which one is found by any part of its name."""
    box = Combo(
        tr("What axis {letter} varies", letter=letter),
        tr("The parameter that has other values along this axis."),
    )
    box.setEditable(True)
    box.setMaxVisibleItems(16)
    box.setInsertPolicy(Combo.InsertPolicy.NoInsert)
    completer = QCompleter(box.model(), box)
    completer.setFilterMode(Qt.MatchFlag.MatchContains)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
    box.setCompleter(completer)
    for shown in (box.view(), completer.popup()):
        assert isinstance(shown, QListView)
        shown.setObjectName("rows")
        shown.setItemDelegate(QStyledItemDelegate(shown))  # draws rows as the theme has them
    box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    editor = box.lineEdit()
    assert editor is not None  # it is editable
    editor.setPlaceholderText(tr("Parameter"))
    editor.setAccessibleName(box.accessibleName())
    editor.setToolTip(box.toolTip())
    return box


def _values_line(letter: str) -> QLineEdit:
    line = QLineEdit()
    line.setMaxLength(LONGEST)
    line.setAccessibleName(tr("Values of axis {letter}", letter=letter))
    line.setToolTip(
        tr("Values between commas, ranges as 5-25 (+5) or 1-10 [4], or all; quote commas.")
    )
    line.setPlaceholderText(tr("1, 3, 5 or 5-25 (+5)"))
    return line


def _values_button(letter: str) -> QToolButton:
    """Beside the values, with a menu of those there are; hidden until there are some."""
    button = QToolButton()
    button.setObjectName("answer")
    button.setArrowType(Qt.ArrowType.DownArrow)
    button.setAccessibleName(tr("Choose values of axis {letter}", letter=letter))
    button.setToolTip(tr("Ticks the values of this parameter in a list."))
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    menu = TickMenu(button)
    menu.setAccessibleName(button.accessibleName())
    button.setMenu(menu)
    place = button.sizePolicy()
    place.setRetainSizeWhenHidden(True)  # so that the lines of all axes are as wide
    button.setSizePolicy(place)
    button.hide()
    return button
