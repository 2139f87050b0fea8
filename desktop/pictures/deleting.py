"""The question before pictures are deleted whose files belong to another program's folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QCheckBox, QMessageBox, QWidget

from core.values.picture import Picture
from desktop.pictures.trash import CANCEL, HIDE, SYSTEM
from desktop.widgets.i18n import tr


def ask_way(window: QWidget, pictures: Sequence[Picture]) -> tuple[str, bool]:
    """HIDE, SYSTEM or CANCEL, and whether that holds for this session."""
    box = QMessageBox(window)
    box.setIcon(QMessageBox.Icon.Question)
    name = Path(pictures[0].path).name[:60]
    box.setText(tr("{name} lies in an imported folder.", name=name))
    if len(pictures) > 1:
        box.setText(tr("{n} pictures lie in imported folders.", n=f"{len(pictures):,}"))
    box.setInformativeText(
        tr(
            "Hidden pictures keep their files where they are; searching for is:hidden finds them. "
            "From the system's trash Calotype cannot bring them back."
        )
    )
    hide = box.addButton(tr("Hide here"), QMessageBox.ButtonRole.AcceptRole)
    system = box.addButton(tr("Move to the system's trash"), QMessageBox.ButtonRole.DestructiveRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(hide)
    keep = QCheckBox(tr("Do the same until Calotype is closed"))
    keep.setToolTip(tr("Deletes further pictures of imported folders without this question."))
    box.setCheckBox(keep)
    box.exec()
    clicked = box.clickedButton()
    if clicked is hide:
        return HIDE, keep.isChecked()
    if clicked is system:
        return SYSTEM, keep.isChecked()
    return CANCEL, False
