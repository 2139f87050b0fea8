"""The seed's line: the number, and the die that asks for a new one each time."""

from __future__ import annotations

from PySide6.QtCore import QRegularExpression, Qt
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QLineEdit

from core.values.declared.limits import MAX_SEED
from desktop.form.parameters.lines import Line
from desktop.state.draft import Draft
from desktop.widgets import theme
from desktop.widgets.controls import IconButton, row
from desktop.widgets.i18n import tr, tr_data


class SeedLine(Line):
    """Dim while the die is on: it is then the last picture's."""

    def __init__(self, draft: Draft) -> None:
        declared = draft.declared["seed"]
        self.die = IconButton(
            "dice", tr("Random seed"), tr("a new seed for every picture"), checkable=True
        )
        self.number = QLineEdit()
        self.number.setAccessibleName(tr_data(declared.label))
        self.number.setToolTip(tr_data(declared.help))
        digits = QRegularExpression(r"\d{0,20}")
        self.number.setValidator(QRegularExpressionValidator(digits, self.number))
        super().__init__(
            draft,
            {"seed": self.number},
            content=row(self.number, self.die, spacing=theme.SPACE_1),
        )
        self.die.toggled.connect(draft.set_random_seed)
        self.number.textEdited.connect(self._typed)

    def _typed(self, text: str) -> None:
        if text:
            self.draft.pin_seed(min(int(text), MAX_SEED))
        else:
            self.draft.set_random_seed(True)

    def refresh(self) -> None:
        draft = self.draft
        seed = draft.stored().seed
        self.die.setChecked(draft.random_seed)
        text = "" if seed is None else str(seed)
        if self.number.text() != text:
            self.number.setText(text)
        self.number.setPlaceholderText(tr("random"))
        name = "dim" if draft.random_seed else ""
        if self.number.objectName() != name:
            self.number.setObjectName(name)
            if self.number.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
                self.number.style().polish(self.number)  # it was shown in the other colour
