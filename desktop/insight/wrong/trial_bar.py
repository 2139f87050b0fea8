"""The line below the picture while a change is tried: how far it is, and what becomes of it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop.insight.opened.figure_saving import save_button
from desktop.widgets import theme
from desktop.widgets.announce import announce
from desktop.widgets.controls import row
from desktop.widgets.flow_layout import wrap_row
from desktop.widgets.i18n import tr


class TrialBar(QWidget):
    """The parts, and which of them are seen when. `fallback` gets the keys where nothing is to be
    pressed here any more."""

    def __init__(self, fallback: QWidget) -> None:
        super().__init__()
        self.fallback = fallback
        self.said = QLabel()
        self.bar = QProgressBar()
        self.stop = QPushButton(tr("Stop"))
        self.keep = QPushButton(tr("Keep"))
        self.use = QPushButton(tr("Use these settings"))
        self.discard = QPushButton(tr("Discard"))
        self.save = save_button(tr("What was tried"))
        self._build()
        self.hide()

    def _build(self) -> None:
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.said.setAccessibleName(tr("How far the trial is"))
        self.said.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress of the trial"))
        self.keep.setObjectName("primary")
        helps = (
            (self.stop, tr("Stops the trial; pictures that are made already stay.")),
            (self.keep, tr("Leaves what was made in the Gallery, as made from this picture.")),
            (self.use, tr("Puts the recipe with this change into Create's form.")),
            (self.discard, tr("Puts what was made into the trash.")),
        )
        for button, words in helps:
            button.setAccessibleName(button.text())
            button.setToolTip(words)
        buttons = wrap_row(self.stop, self.keep, self.use, self.discard)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(theme.SPACE_4, theme.SPACE_2, theme.SPACE_4, theme.SPACE_3)
        lines.setSpacing(theme.SPACE_2)
        lines.addWidget(row(self.said, self.save, wide=self.said))
        lines.addWidget(self.bar)
        lines.addWidget(buttons)

    def show_running(self, words: str, step: int, steps: int) -> None:
        """It is being made; `steps` 0: nobody knows how far that is."""
        self.said.setText(words)
        self.bar.setRange(0, steps)
        self.bar.setValue(step)
        self._see(running=True, made=False)

    def show_made(self, words: str) -> None:
        """It is made, and somebody says what becomes of it."""
        self._say(words)
        self._see(running=False, made=True)

    def show_failed(self, words: str) -> None:
        """There is no picture of it."""
        self._say(words)
        self._see(running=False, made=False)

    def _say(self, words: str) -> None:
        if words != self.said.text():
            self.said.setText(words)
            announce(self.said, words)

    def _see(self, *, running: bool, made: bool) -> None:
        focus = QApplication.focusWidget()
        had_keys = focus is not None and self.isAncestorOf(focus)
        self.bar.setVisible(running)
        self.stop.setVisible(running)
        for part in (self.keep, self.use, self.discard, self.save):
            part.setVisible(made)
        self.show()
        if had_keys and focus is not None and not focus.isVisible():
            follows = self.stop if running else self.keep
            (follows if running or made else self.fallback).setFocus(
                Qt.FocusReason.OtherFocusReason
            )
