"""The panel "Without this word": which word, what is made, and what is said of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.insight.opened.figure_saving import save_button
from desktop.insight.without.captions import about_words, scale_words
from desktop.insight.without.effects import EffectList
from desktop.insight.without.grid import TrialGrid
from desktop.insight.without.run import WordTrials
from desktop.widgets import theme
from desktop.widgets.controls import Combo, row
from desktop.widgets.flow_layout import wrap_row
from desktop.widgets.i18n import tr

BAR = 4  # pixels


class WithoutPanel(QWidget):
    """`seen` when somebody sees it."""

    seen = Signal()

    def __init__(self, trials: WordTrials) -> None:
        super().__init__()
        self.word = Combo(tr("Word to leave out"), tr("Which word the picture is made without."))
        self.word.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.try_it = QPushButton(tr("Try it"))
        self.all_words = QPushButton(tr("Try all words"))
        self.stop = QPushButton(tr("Stop"))
        self.bar = QProgressBar()
        self.count = QLabel()
        self.grid = TrialGrid(trials)
        self.keep = QPushButton(tr("Keep it without the word"))
        self.verdict = QLabel()
        self.effects = EffectList()
        self.effects_name = QLabel(tr("Words by their effect with these seeds"))
        self.save = save_button(tr("words by their effect"))
        self.scale = QLabel(scale_words())
        self.about = QLabel(about_words(()))
        self._build()

    def _build(self) -> None:
        heading = QLabel(tr("Without this word"))
        heading.setObjectName("heading")
        self.try_it.setToolTip(
            tr("Makes the picture without it at three seeds, and what that is judged against.")
        )
        self.all_words.setToolTip(
            tr("Makes the picture without each of its words in turn, and ranks them.")
        )
        self.stop.setToolTip(tr("Makes no more of these pictures; those that came stay here."))
        self.keep.setObjectName("link")
        self.keep.setToolTip(
            tr("Makes the picture with the word left out once more, for the Gallery.")
        )
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(BAR)
        self.bar.setAccessibleName(tr("Pictures without the word"))
        for label in (self.count, self.scale, self.about):
            label.setObjectName("dim")
        names = heading, self.effects_name
        for label in (self.verdict, self.scale, self.about, self.count, *names):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.verdict.setAccessibleName(tr("What the word does"))
        for label in (self.verdict, self.about):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.effects_head = row(self.effects_name, self.save, wide=self.effects_name)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(theme.SPACE_2)
        for part in (
            heading,
            self.word,
            wrap_row(self.try_it, self.all_words, self.stop),
            self.bar,
            self.count,
            self.grid,
            self.verdict,
            row(self.keep, None),
            self.effects_head,
            self.effects,
            self.scale,
            self.about,
        ):
            lines.addWidget(part)
        lines.addStretch(1)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.seen.emit()
