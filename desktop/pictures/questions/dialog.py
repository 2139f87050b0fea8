"""A dialog of rows, each with its name, above the button that does it and Cancel."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.widgets import theme
from desktop.widgets.i18n import tr

Row = tuple[str, QWidget]  # what it is called, "" for nothing, and what stands there


class QuestionDialog(QDialog):
    """`go` does it. As tall as what is shown of the rows."""

    def __init__(self, title: str, go: str, width: int, parent: QWidget) -> None:
        """`width` in pixels, at least."""
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(width)
        self.resize(width, 0)
        self._labels: dict[QWidget, QLabel] = {}
        self.go = QPushButton(go)
        self.go.setObjectName("primary")
        self.go.setDefault(True)

    def lay_out(
        self,
        rows: Sequence[Row],
        *,
        above: Sequence[QWidget] = (),
        below: Sequence[QWidget] = (),
        tall: Sequence[QWidget] = (),
    ) -> None:
        """The rows in their order, between others over the whole width; the names of `tall` ones
        stand at their upper edge."""
        table = QGridLayout()
        table.setHorizontalSpacing(theme.SPACE_3)
        table.setVerticalSpacing(theme.SPACE_2)
        table.setColumnStretch(1, 1)
        for at, (words, control) in enumerate(rows):
            label = self._labels[control] = QLabel(words)
            label.setBuddy(control)
            flags = Qt.AlignmentFlag
            table.addWidget(label, at, 0, flags.AlignTop if control in tall else flags.AlignVCenter)
            table.addWidget(control, at, 1)
        answers = QDialogButtonBox()
        answers.addButton(self.go, QDialogButtonBox.ButtonRole.AcceptRole)
        answers.addButton(QPushButton(tr("Cancel")), QDialogButtonBox.ButtonRole.RejectRole)
        answers.accepted.connect(self.accept)
        answers.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        column.setSpacing(theme.SPACE_4)
        for widget in above:
            column.addWidget(widget)
        column.addLayout(table)
        for widget in (*below, answers):
            column.addWidget(widget)

    def show_row(self, control: QWidget, *, shown: bool) -> None:
        """With its name."""
        control.setVisible(shown)
        self._labels[control].setVisible(shown)

    def fit_height(self) -> None:
        """As tall as what is shown, at the width there is."""
        layout = self.layout()
        assert layout is not None
        layout.activate()
        self.resize(self.width(), layout.totalHeightForWidth(self.width()))
