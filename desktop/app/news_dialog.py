"""What a newer version brings: its notes, as plain text, and the way to its page."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from core.service.updates import Release
from desktop.widgets import theme
from desktop.widgets.controls import row
from desktop.widgets.i18n import tr


class NewsDialog(QDialog):
    """Nothing is downloaded or installed from here."""

    def __init__(self, release: Release, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Calotype {version}", version=release.version))
        self.resize(560, 420)
        words = QLabel(
            tr(
                (
                    "Calotype {version} is there. It is installed over this one; your pictures, "
                    "models and settings stay."
                ),
                version=release.version,
            )
        )
        words.setWordWrap(True)
        self.notes = QPlainTextEdit(release.notes.strip() or tr("Its makers left no notes."))
        self.notes.setReadOnly(True)
        self.notes.setAccessibleName(tr("What is new"))
        close = QPushButton(tr("Close"))
        self.page = QPushButton(tr("Open its page"))
        self.page.setObjectName("primary")
        self.page.setDefault(True)
        self.page.setToolTip(release.page)
        self.page.setVisible(bool(release.page))
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        column.setSpacing(theme.SPACE_3)
        for part in (words, self.notes, row(None, close, self.page)):
            column.addWidget(part)
        close.clicked.connect(self.reject)
        self.page.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(release.page)))
