"""Controls and words that the dialog of Export is made of."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractSpinBox, QLabel, QSizePolicy, QSpinBox

from core.service.exporting.choices import Along, FileKind
from core.service.exporting.sheet.choices import SheetKind
from desktop.widgets.controls import guard_wheel
from desktop.widgets.i18n import tr


def number_field(name: str, help_text: str, span: tuple[int, int]) -> QSpinBox:
    """For a whole number of this span."""
    field = QSpinBox()
    field.setRange(*span)
    field.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
    field.setAccessibleName(name)
    field.setToolTip(help_text)
    guard_wheel(field)
    return field


def dim_label() -> QLabel:
    """For sentences that explain what stands above."""
    label = QLabel()
    label.setObjectName("dim")
    label.setTextFormat(Qt.TextFormat.PlainText)  # names of files stand in it
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    return label


def kind_name(kind: FileKind | SheetKind) -> str:
    """As people write it."""
    return "WebP" if kind == FileKind.WEBP else str(kind).upper()


def along_note(along: Along) -> str:
    """What it means for whoever gets the files."""
    return {
        Along.RECIPE: tr("Whoever gets a file can read its prompt, seed and model."),
        Along.MARK: tr("No recipe; the mark of generated pictures (IPTC) stays."),
        Along.NOTHING: tr(
            "No recipe, and the mark of generated pictures (IPTC) goes too: some places ask for it."
        ),
    }[along]
