"""What a loop shows, how large, how fast and as what it is written; and how far it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.system.errors import KnownError
from desktop.state.services import Services
from desktop.steps.loop_export import Content, LoopExport, LoopSource
from desktop.widgets import theme
from desktop.widgets.controls import Combo
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.rewind.loops import LoopChoices

SIZES = (128, 256, 384, 512, 768, 1024)  # pixels of the longer side
USUAL_SIZE = 512
SPEEDS = (400, 200, 100, 50)  # milliseconds of a frame
USUAL_SPEED = 200


class LoopDialog(QDialog):
    """`saved` carries the path of the file, after which it closes."""

    saved = Signal(Path)

    def __init__(self, services: Services, source: LoopSource, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Save as a loop"))
        self._source = source
        self._export = LoopExport(services, self)
        self.content = Combo(tr("What the loop shows"), tr("What is seen in the moving picture."))
        self.kind = Combo(
            tr("Format"), tr("WebP is smaller and has all colours; GIF plays everywhere.")
        )
        self.size_box = Combo(tr("Size"), tr("The longer side of each picture, in pixels."))
        self.speed = Combo(tr("Speed"), tr("For how long each step is seen."))
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress of the loop"))
        self.bar.hide()
        self.save = QPushButton(tr("Save..."))
        self.save.setObjectName("primary")
        self.save.setDefault(True)
        self.save.setToolTip(tr("Asks for a name, then makes the loop and writes it."))
        self._fill()
        self._build()
        self.save.clicked.connect(self._ask)
        self._export.moved.connect(self._show_progress)
        self._export.saved.connect(self._end)
        self._export.failed.connect(self._fail)

    def _fill(self) -> None:
        self.content.addItem(tr("The steps of this picture"), Content.STEPS)
        if self._source.other is not None:
            self.content.addItem(tr("The steps of both, side by side"), Content.BOTH)
            self.content.addItem(tr("Both pictures in turn"), Content.TURNS)
            self.content.setCurrentIndex(1)
        for kind in ("webp", "gif"):
            self.kind.addItem({"webp": "WebP", "gif": "GIF"}[kind], kind)
        for side in SIZES:
            self.size_box.addItem(tr("{n} pixels", n=side), side)
        for ms in SPEEDS:
            self.speed.addItem(tr("{n} steps a second", n=f"{1000 / ms:g}"), ms)
        self.size_box.setCurrentIndex(SIZES.index(USUAL_SIZE))
        self.speed.setCurrentIndex(SPEEDS.index(USUAL_SPEED))

    def _build(self) -> None:
        lines = QFormLayout()
        lines.setHorizontalSpacing(theme.SPACE_3)
        lines.setVerticalSpacing(theme.SPACE_2)
        for words, box in (
            (tr("Shows"), self.content),
            (tr("Format"), self.kind),
            (tr("Size"), self.size_box),
            (tr("Speed"), self.speed),
        ):
            lines.addRow(words, box)
        note = QLabel(tr("A loop carries no recipe, but the mark of generated media."))
        note.setObjectName("dim")
        note.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self.save, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.rejected.connect(self.reject)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(*[theme.SPACE_4] * 4)
        whole.setSpacing(theme.SPACE_3)
        whole.addLayout(lines)
        whole.addWidget(note)
        whole.addWidget(self.said)
        whole.addWidget(self.bar)
        whole.addWidget(buttons)
        self.said.hide()
        self.setMinimumWidth(420)

    def choices(self) -> LoopChoices:
        """As they are chosen now."""
        from core.service.insight.rewind.loops import LoopChoices, LoopKind

        return LoopChoices(
            kind=LoopKind(self.kind.currentData()),
            side=self.size_box.currentData(),
            milliseconds=self.speed.currentData(),
        )

    def _ask(self) -> None:
        kind = self.kind.currentData()
        name, _ = QFileDialog.getSaveFileName(
            self,
            tr("Save as a loop"),
            f"{self._source.picture.path.stem}-loop.{kind}",
            f"{self.kind.currentText()} (*.{kind})",
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
        if name:
            self.write(Path(name))

    def write(self, target: Path) -> None:
        """Make the loop as it is chosen, and write it there."""
        self._allow(False)
        self._say(tr("The steps are decoded, between the pictures of the queue."))
        self._show_progress(0, 0)
        self._export.start(self._source, self.content.currentData(), self.choices(), target)

    def _allow(self, on: bool) -> None:
        for part in (self.content, self.kind, self.size_box, self.speed, self.save):
            part.setEnabled(on)

    def _say(self, words: str) -> None:
        self.said.setText(words)
        self.said.setVisible(bool(words))

    def _show_progress(self, done: int, of: int) -> None:
        self.bar.show()
        self.bar.setRange(0, of)
        self.bar.setValue(done)
        if of and done == of:
            self._say(tr("The loop is written."))

    def _fail(self, fault: KnownError) -> None:
        self._allow(True)
        self.bar.hide()
        self._say(str(fault))

    def _end(self, path: Path) -> None:
        self.saved.emit(path)
        self.accept()

    def done(self, result: int) -> None:
        self._export.cancel()
        super().done(result)
