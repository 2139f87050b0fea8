"""Help > Report: what a person can copy into a message to us;
prompts and folder names only where they choose so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QFontDatabase
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QDialog,
    QFileDialog,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.service.incidents import Incident
from core.service.report import compose
from core.system.atomic_files import replace_file
from core.system.errors import WorldError
from desktop.state.tasks import Backstage
from desktop.widgets import theme
from desktop.widgets.controls import row
from desktop.widgets.i18n import tr


class ReportDialog(QDialog):
    """Shows the text as it would be sent. `prompts` are those of the incidents' jobs, by job id."""

    def __init__(
        self,
        facts: Mapping[str, Any],
        incidents: Sequence[Incident],
        prompts: Mapping[str, str],
        folder: Path,
        disk: Backstage,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._facts, self._incidents, self._prompts, self._folder, self._disk = (
            facts,
            incidents,
            prompts,
            folder,
            disk,
        )
        self.setWindowTitle(tr("Report"))
        self.resize(760, 560)
        words = QLabel(
            tr(
                "This describes your machine and what went wrong last. Nothing is sent: "
                "copy it into your message."
            )
        )
        words.setWordWrap(True)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName(tr("Report"))
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.with_prompts = QCheckBox(tr("With the prompts of failed pictures"))
        self.with_prompts.setEnabled(bool(prompts))
        self.with_folders = QCheckBox(tr("With folder names"))
        copy, save = QPushButton(tr("Copy")), QPushButton(tr("Save..."))
        copy.setObjectName("primary")
        copy.setDefault(True)
        show, close = QPushButton(tr("Show incidents")), QPushButton(tr("Close"))
        show.setToolTip(tr("Open the folder with logs and last previews of what went wrong"))
        show.setEnabled(bool(incidents))
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        column.setSpacing(theme.SPACE_3)
        for part in (
            words,
            self.text,
            row(self.with_prompts, self.with_folders, None, spacing=theme.SPACE_4),
            row(show, None, close, save, copy),
        ):
            column.addWidget(part)
        for box in (self.with_prompts, self.with_folders):
            box.toggled.connect(self.compose)
        copy.clicked.connect(lambda: QApplication.clipboard().setText(self.text.toPlainText()))
        save.clicked.connect(self._save)
        show.clicked.connect(
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))
        )
        close.clicked.connect(self.reject)
        self.compose()

    def compose(self) -> None:
        """The text for what is ticked."""
        prompts = self._prompts if self.with_prompts.isChecked() else None
        self.text.setPlainText(
            compose(
                self._facts, self._incidents, prompts=prompts, folders=self.with_folders.isChecked()
            )
        )

    def _save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, tr("Save report"), "calotype-report.txt", tr("Text") + " (*.txt)"
        )
        if name:
            text = self.text.toPlainText()
            self._disk.do(lambda: _write(Path(name), text), lambda _: None)


def _write(path: Path, text: str) -> None:
    try:
        replace_file(path, text.encode())
    except OSError as fault:
        raise WorldError(
            f"{path.name} could not be saved: {fault.strerror}.", "Choose another folder."
        ) from fault
