"""What the model reads: both texts as its encoders get them, token by token, in any step."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from core.system.errors import KnownError
from core.values.request import Request
from desktop.form.prompt.language.token_text import show_reading
from desktop.state.draft import Draft
from desktop.state.library import LibraryState
from desktop.state.tasks import NetworkTasks
from desktop.widgets import theme
from desktop.widgets.controls import Combo, guard_wheel, row
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.remarks.model_reading import ModelReading

MOST_CHANGES = 6  # that are named one by one
SETTLED_MS = 250  # after the last change the texts are read anew
PROMPT, NEGATIVE = "prompt", "negative_prompt"


class ModelReads(QDialog):
    """It stays open beside the form and follows it. `read`: what it shows is as the form
    is."""

    read = Signal()

    def __init__(
        self,
        draft: Draft,
        library: LibraryState,
        wildcards: Path,
        tasks: NetworkTasks,
        tokens: theme.Tokens,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._draft = draft
        self._library = library
        self._wildcards = wildcards
        self._tasks = tasks
        self._tokens = tokens
        self._reading: ModelReading | None = None
        self._asking = False
        self._changed = False
        self.setWindowTitle(tr("What the model reads"))
        self.resize(620, 520)
        self._build()
        self._timer = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._timer.timeout.connect(self._ask)
        draft.changed.connect(self._soon)
        library.changed.connect(self._soon)

    def _build(self) -> None:
        self.which = Combo(tr("Text"), tr("Which of the two texts is shown."))
        self.which.addItem(tr("Prompt"), PROMPT)
        self.which.addItem(tr("Negative prompt"), NEGATIVE)
        self.which.currentIndexChanged.connect(self._ask)
        self.step = QSpinBox()
        self.step.setAccessibleName(tr("Step"))
        self.step.setToolTip(tr("In which step the text is shown: words may change on the way."))
        self.step.setFixedWidth(72)
        guard_wheel(self.step)
        self.step.valueChanged.connect(self._show)
        self.of_steps = QLabel()
        self.of_steps.setObjectName("dim")
        label = QLabel(tr("Step"))
        label.setBuddy(self.step)
        self.steps = QWidget()
        line = QHBoxLayout(self.steps)
        line.setContentsMargins(0, 0, 0, 0)
        for part in (label, self.step, self.of_steps):
            line.addWidget(part)
        self.body = QTextEdit()
        self.body.setReadOnly(True)
        self.body.document().setDocumentMargin(theme.SPACE_3)
        self.body.setUndoRedoEnabled(False)
        self.body.setAccessibleName(tr("What the model reads"))
        self.body.setWhatsThis(
            tr(
                "Each box is a token, the pieces that the model reads; it takes them in chunks "
                "of 75."
            )
        )
        close = QPushButton(tr("Close"))
        close.setToolTip(tr("Closes this window and changes nothing in the form."))
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        column.setSpacing(theme.SPACE_3)
        column.addWidget(row(self.which, self.steps, None))
        column.addWidget(self.body, 1)
        column.addWidget(row(None, close))

    def open_for(self, field: str) -> None:
        """Show one of the texts, in front."""
        self.which.setCurrentIndex(self.which.findData(field))
        self.show()
        self.raise_()
        self.activateWindow()
        self._ask()

    def set_colours(self, tokens: theme.Tokens) -> None:
        """Follow a change of theme."""
        self._tokens = tokens
        self._show()

    # --- reading ---

    def _soon(self) -> None:
        if self.isVisible():
            self._timer.start()

    def _ask(self) -> None:
        """One at a time: what changed meanwhile is read afterwards."""
        self._changed = self._asking
        entry = self._library.entry(self._draft.request.model)
        if self._asking or entry is None:
            return
        self._asking = True
        asked = _text_of(self._draft.stored())
        seed = self._draft.stored().seed or 0
        is_negative = self.which.currentData() == NEGATIVE
        library, wildcards = self._library.disk, self._wildcards

        def read() -> ModelReading:
            from core.prompt.wildcards.files import Wildcards
            from core.service.remarks.model_reading import read_for_model

            source = Wildcards(wildcards)
            return read_for_model(
                library, entry, asked.check(), source, seed=seed, is_negative=is_negative
            )

        self._tasks.submit(read, self._take, self._refuse)

    def _take(self, reading: ModelReading) -> None:
        self._reading = reading
        self.steps.setVisible(len(reading.ends) > 1)
        self.step.blockSignals(True)
        self.step.setRange(1, reading.steps)
        self.step.blockSignals(False)
        self.of_steps.setText(_changes_of(reading))
        self._show()
        self._end()

    def _refuse(self, fault: KnownError) -> None:
        self._reading = None
        self.steps.hide()
        self.body.setPlainText(str(fault))
        self._end()

    def _end(self) -> None:
        self._asking = False
        if self._changed:
            self._ask()
        else:
            self.read.emit()

    def _show(self) -> None:
        if self._reading is not None:
            show_reading(self.body, self._reading, self.step.value(), self._tokens)


def _changes_of(reading: ModelReading) -> str:
    """When its words change."""
    if len(reading.ends) > MOST_CHANGES:
        often = len(reading.ends) - 1
        return tr("of {steps}; changes {n} times", steps=reading.steps, n=often)
    changes = ", ".join(str(end + 1) for end in reading.ends[:-1])
    return tr("of {steps}; changes at step {changes}", steps=reading.steps, changes=changes)


def _text_of(request: Request) -> Request:
    """A request of texts and styles alone: whatever else the form holds, they are read."""
    return replace(
        Request(request.prompt),
        negative_prompt=request.negative_prompt,
        compatibility=request.compatibility,
        steps=request.steps,
        styles=request.styles,
    )
