"""Help > Report: what a person can copy into a message to us;
prompts and folder names only where they choose so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from core.service.report import compose_report
from core.system.atomic_files import replace_file
from core.system.errors import WorldError
from desktop.state.tasks import SerialTasks
from desktop.widgets import theme
from desktop.widgets.controls import row
from desktop.widgets.i18n import tr


@dataclass(frozen=True, slots=True)
class Findings:
    """What a report may tell: `facts` of the machine (see core.service.doctor.collect_facts), and
    `prompts` of the incidents' jobs, by job id."""

    facts: Mapping[str, Any]
    incidents: Sequence[Incident]
    prompts: Mapping[str, str]


class ReportDialog(QDialog):
    """Shows the text as it would be sent. `folder` is where the incidents lie."""

    def __init__(
        self, findings: Findings, folder: Path, disk: SerialTasks, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._findings = findings
        self._folder = folder
        self._disk = disk
        self.setWindowTitle(tr("Report"))
        self.resize(760, 560)
        self._build_text()
        buttons = self._build_buttons()
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        column.setSpacing(theme.SPACE_3)
        for part in (
            self._intro,
            self.text,
            row(self.with_prompts, self.with_folders, None, spacing=theme.SPACE_4),
            buttons,
        ):
            column.addWidget(part)
        self.compose()

    def _build_text(self) -> None:
        self._intro = QLabel(
            tr(
                "This describes your machine and what went wrong last. Nothing is sent: "
                "copy it into your message."
            )
        )
        self._intro.setWordWrap(True)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName(tr("Report"))
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.with_prompts = QCheckBox(tr("With the prompts of failed pictures"))
        self.with_prompts.setEnabled(bool(self._findings.prompts))
        self.with_folders = QCheckBox(tr("With folder names"))
        for box in (self.with_prompts, self.with_folders):
            box.toggled.connect(self.compose)

    def _build_buttons(self) -> QWidget:
        show = QPushButton(tr("Show incidents"))
        show.setToolTip(tr("Open the folder with logs and last previews of what went wrong"))
        show.setEnabled(bool(self._findings.incidents))
        show.clicked.connect(self._show_incidents)
        close = QPushButton(tr("Close"))
        close.clicked.connect(self.reject)
        save = QPushButton(tr("Save..."))
        save.clicked.connect(self._save)
        copy = QPushButton(tr("Copy"))
        copy.setObjectName("primary")
        copy.setDefault(True)
        copy.clicked.connect(self._copy)
        return row(show, None, close, save, copy)

    def compose(self) -> None:
        """The text for what is ticked."""
        findings = self._findings
        text = compose_report(
            findings.facts,
            findings.incidents,
            prompts=findings.prompts if self.with_prompts.isChecked() else None,
            folders=self.with_folders.isChecked(),
        )
        self.text.setPlainText(text)

    def _show_incidents(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))

    def _copy(self) -> None:
        QApplication.clipboard().setText(self.text.toPlainText())

    def _save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, tr("Save report"), "calotype-report.txt", tr("Text") + " (*.txt)"
        )
        if name:
            text = self.text.toPlainText()
            self._disk.submit(lambda: _write(Path(name), text), lambda _: None)


def _write(path: Path, text: str) -> None:
    try:
        replace_file(path, text.encode())
    except OSError as fault:
        raise WorldError(
            f"{path.name} could not be saved: {fault.strerror}.", "Choose another folder."
        ) from fault
