"""One axis: what is varied, and its values as they are typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCompleter, QGridLayout, QLabel, QLineEdit, QSizePolicy, QWidget

from desktop.widgets import theme
from desktop.widgets.controls import Combo, IconButton
from desktop.widgets.i18n import tr, tr_data

LONGEST = 20_000  # characters of typed values


class AxisLine(QWidget):
    """`changed` when a person chose or typed something, `left` when the axis is to go. `name` is
    the axis's, "" while none is chosen."""

    changed = Signal()
    left = Signal()

    def __init__(self, letter: str) -> None:
        super().__init__()
        self.letter = QLabel(letter)
        self.letter.setObjectName("section")
        self.letter.setFixedWidth(14)
        self.kind = Combo(
            tr("What axis {letter} varies", letter=letter),
            tr("The parameter that has other values along this axis."),
        )
        self.kind.setEditable(True)
        self.kind.setInsertPolicy(Combo.InsertPolicy.NoInsert)
        completer = QCompleter(self.kind.model(), self.kind)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.kind.setCompleter(completer)
        self.kind.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.values = QLineEdit()
        self.values.setMaxLength(LONGEST)
        self.values.setAccessibleName(tr("Values of axis {letter}", letter=letter))
        self.values.setToolTip(
            tr("Values between commas, ranges as 5-25 (+5) or 1-10 [4], or all; quote commas.")
        )
        self.values.setPlaceholderText(tr("1, 3, 5 or 5-25 (+5)"))
        self.remove = IconButton("close", tr("Remove axis {letter}", letter=letter), size=14)
        self.remove.setObjectName("quiet")
        self._fixed = ""  # a text that no line holds, as that of a file of prompts
        lines = QGridLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(theme.SPACE_1)
        lines.addWidget(self.letter, 0, 0)
        lines.addWidget(self.kind, 0, 1)
        lines.addWidget(self.remove, 0, 2)
        lines.addWidget(self.values, 1, 1, 1, 2)
        lines.setColumnStretch(1, 1)
        self.kind.activated.connect(lambda _: self._chosen())
        editor = self.kind.lineEdit()
        assert editor is not None  # it is editable
        editor.editingFinished.connect(self._chosen)
        editor.setPlaceholderText(tr("Parameter"))
        editor.setAccessibleName(self.kind.accessibleName())
        self.values.textEdited.connect(self._typed)
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
        at = self.kind.findText(typed, Qt.MatchFlag.MatchFixedString)
        return str(self.kind.itemData(at)) if at >= 0 else typed

    def choose(self, name: str) -> None:
        """Vary this."""
        at = self.kind.findData(name)
        if at >= 0:
            self.kind.setCurrentIndex(at)
        else:
            self.kind.setEditText(name)

    def typed(self) -> str:
        """The values as they are written."""
        return self._fixed or self.values.text()

    def fill(self, name: str, values: Iterable[str] | str, *, shown: str = "") -> None:
        """This axis; with `shown` the values are not to be typed, and these words stand for
        them."""
        self.choose(name)
        text = values if isinstance(values, str) else ", ".join(map(_quoted, values))
        self._fixed = text if shown else ""
        self.values.setText(shown or text)
        self.values.setReadOnly(bool(shown))
        self.changed.emit()

    def _chosen(self) -> None:
        if self._fixed and self.name() != "line":
            self._fixed = ""
            self.values.setReadOnly(False)
            self.values.clear()
        self.changed.emit()

    def _typed(self) -> None:
        self.changed.emit()


def _quoted(value: str) -> str:
    if not value or any(sign in value for sign in ',"\n'):
        doubled = value.replace('"', '""')
        return f'"{doubled}"'
    return value
