"""The question before a model leaves the library, and the system's trash."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QFile
from PySide6.QtWidgets import QMessageBox, QWidget

from core.service.library_overview import LibraryItem
from core.system.errors import WorldError
from desktop.widgets.i18n import tr


def ask_removal(window: QWidget, item: LibraryItem, *, own: bool, registered: bool) -> str:
    """ "forget", "delete" or ""; `own`: in Calotype's folder, `registered`: used in place by
    itself, so that it can be forgotten."""
    entry = item.entry
    box = QMessageBox(window)
    box.setWindowTitle(tr("Remove {name}", name=entry.name))
    box.setText(tr("Remove {name}?", name=entry.name))
    words = tr("It lies in Calotype's models folder.")
    if not own:
        folder = str(Path(entry.path).parent)
        words = tr(
            "It lies in {folder} and belongs to {program}.", folder=folder, program=entry.source
        )
    box.setInformativeText(words)
    forget = None
    if registered and not own:
        words = tr("Forget it, keep the file")
        forget = box.addButton(words, QMessageBox.ButtonRole.AcceptRole)
    delete = box.addButton(tr("Move the file to the trash"), QMessageBox.ButtonRole.DestructiveRole)
    box.addButton(tr("Keep it"), QMessageBox.ButtonRole.RejectRole)
    box.exec()
    if box.clickedButton() is delete:
        return "delete"
    if forget is not None and box.clickedButton() is forget:
        return "forget"
    return ""


def to_trash(path: Path) -> None:
    """Into the system's trash. Not for the GUI thread. Raises WorldError where that fails."""
    if not QFile.moveToTrash(str(path)):
        raise WorldError(
            f"{path.name} could not be moved to the trash.",
            "Close programs that use it, or delete it in the file manager.",
        )
