"""One style being written: its name, its words, and the values that suit it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.values.request import Request
from core.values.request_parts.chosen_style import LONGEST_NAME
from desktop.widgets import theme
from desktop.widgets.controls import column
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.prompt.styles.style import Style, StyleValue

WIDTH = 480  # pixels
# what is ticked together
_GROUPS = (
    ("steps",),
    ("guidance",),
    ("sampler", "schedule"),
    ("width", "height"),
    ("clip_skip",),
    ("guidance_rescale",),
)


class StyleDialog(QDialog):
    """`wanted` carries the Style, once a person is sure; whoever keeps it says `accept`, or
    `refuse` with a sentence."""

    wanted = Signal(object)

    def __init__(
        self,
        style: Style,
        form: Request,
        categories: Sequence[str],
        parent: QWidget,
        *,
        title: str,
    ) -> None:
        """`form` has the values for what the style sets none of."""
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(WIDTH)
        self._style = style
        self._build_words(style, categories)
        self._build_values(style, form)
        self.problem = QLabel()
        self.problem.setObjectName("bad")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self._lay_out()
        (self.prompt if style.name else self.name).setFocus()

    def _build_words(self, style: Style, categories: Sequence[str]) -> None:
        self.name = QLineEdit(style.name)
        self.name.setMaxLength(LONGEST_NAME)
        self.category = QComboBox()
        self.category.setEditable(True)
        self.category.addItems(list(categories))
        self.category.setCurrentText(style.category)
        self.prompt = QPlainTextEdit(style.prompt)
        self.negative = QPlainTextEdit(style.negative)
        for part, name, help_text, rows in (
            (self.name, tr("Name"), tr("What the style is called."), 0),
            (self.category, tr("Category"), tr("Under which category it is listed."), 0),
            (
                self.prompt,
                tr("Adds to the prompt"),
                tr("The words it adds; {mark} is the place of the form's words.", mark="{prompt}"),
                5,
            ),
            (
                self.negative,
                tr("Adds to the negative prompt"),
                tr("The words it keeps out, behind those of the form."),
                3,
            ),
        ):
            part.setAccessibleName(name)
            part.setToolTip(help_text)
            part.setWhatsThis(help_text)
            if isinstance(part, QPlainTextEdit):
                part.setTabChangesFocus(True)
                part.setFixedHeight(part.fontMetrics().lineSpacing() * rows + theme.SPACE_4)

    def _build_values(self, style: Style, form: Request) -> None:
        """A tick for each value, with what the style or the form has of it."""
        from core.prompt.styles.style import good_parameters
        from desktop.form.styles.picker import value_words

        of_style = dict(style.parameters)
        self.ticks: list[tuple[QCheckBox, dict[str, StyleValue]]] = []
        for names in _GROUPS:
            found = {name: of_style.get(name, getattr(form, name)) for name in names}
            good = dict(good_parameters(found))
            if not good:
                continue
            shown = type(style)("", parameters=tuple(good.items()))
            box = QCheckBox(value_words(shown))
            box.setChecked(any(name in of_style for name in names))
            box.setToolTip(tr("Keeps this value with the style; it counts when a person asks."))
            self.ticks.append((box, good))

    def _lay_out(self) -> None:
        table = QGridLayout()
        table.setHorizontalSpacing(theme.SPACE_3)
        table.setVerticalSpacing(theme.SPACE_2)
        table.setColumnStretch(1, 1)
        for at, (words, part) in enumerate(
            ((tr("Name"), self.name), (tr("Category"), self.category))
        ):
            label = QLabel(words)
            label.setBuddy(part)
            table.addWidget(label, at, 0)
            table.addWidget(part, at, 1)
        self.keep = QPushButton(tr("Save style"))
        self.keep.setObjectName("primary")
        self.keep.setDefault(True)
        answers = QDialogButtonBox()
        answers.addButton(self.keep, QDialogButtonBox.ButtonRole.AcceptRole)
        answers.addButton(QPushButton(tr("Cancel")), QDialogButtonBox.ButtonRole.RejectRole)
        answers.accepted.connect(lambda: self.wanted.emit(self.style_now()))
        answers.rejected.connect(self.reject)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        whole.setSpacing(theme.SPACE_3)
        whole.addLayout(table)
        for words, part in (
            (tr("Adds to the prompt"), self.prompt),
            (tr("Adds to the negative prompt"), self.negative),
        ):
            label = QLabel(words)
            label.setBuddy(part)
            whole.addWidget(column(label, part, spacing=theme.SPACE_1))
        hint = QLabel(tr("The picture's own words take the place of {mark}.", mark="{prompt}"))
        hint.setObjectName("dim")
        hint.setWordWrap(True)
        whole.addWidget(hint)
        if self.ticks:
            heading = QLabel(tr("Values that suit it"))
            whole.addWidget(column(heading, *(box for box, _ in self.ticks), spacing=theme.SPACE_1))
        whole.addWidget(self.problem)
        whole.addWidget(answers)

    def style_now(self) -> Style:
        """As it stands in the dialog."""
        from core.prompt.styles.style import good_parameters

        values: dict[str, StyleValue] = {}
        for box, of_box in self.ticks:
            if box.isChecked():
                values |= of_box
        return replace(
            self._style,
            name=self.name.text().strip(),
            category=self.category.currentText().strip()[:LONGEST_NAME],
            prompt=self.prompt.toPlainText().strip(),
            negative=self.negative.toPlainText().strip(),
            parameters=good_parameters(values),
        )

    def refuse(self, why: str) -> None:
        """It was not kept."""
        self.problem.setText(why)
        self.problem.show()
        self.name.setFocus()
