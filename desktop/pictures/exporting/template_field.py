"""A line for a template of names or captions, and a menu of its fields."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QToolButton, QWidget

from core.service.exporting.template import FIELDS, LONGEST
from desktop.widgets import theme
from desktop.widgets.i18n import tr, tr_data


class TemplateField(QWidget):
    """`changed` comes with every letter."""

    changed = Signal()

    def __init__(self, name: str, help_text: str) -> None:
        super().__init__()
        self.line = QLineEdit()
        self.line.setMaxLength(LONGEST)
        self.line.setAccessibleName(name)
        self.line.setToolTip(help_text)
        self.line.textChanged.connect(lambda _: self.changed.emit())
        self.insert = QToolButton()
        self.insert.setText(tr("Insert"))
        self.insert.setAccessibleName(tr("Insert a field: {name}", name=name))
        self.insert.setToolTip(tr("Puts what is known of each picture where the cursor is."))
        self.insert.setObjectName("menu")
        self.insert.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.insert.setMenu(self._menu())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_2)
        row.addWidget(self.line, 1)
        row.addWidget(self.insert)
        self.setFocusProxy(self.line)

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        for field in FIELDS:
            word = f"{{{field.word}}}"
            action = menu.addAction(f"{word}\t{tr_data(field.help)}")
            action.triggered.connect(partial(self._put, word))
        return menu

    def _put(self, word: str, _: bool = False) -> None:
        self.line.insert(word)
        self.line.setFocus()

    def text(self) -> str:
        """As it was typed."""
        return self.line.text()

    def set_text(self, text: str) -> None:
        """Show this template."""
        self.line.setText(text)
