"""The pictures of a word: a column a seed, as it is, blanked and left out under one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QToolButton, QWidget

from desktop.insight.from_text.bars import share_words
from desktop.insight.without.captions import way_name
from desktop.insight.without.run import WordTrials
from desktop.widgets import theme
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.without.judging import JudgedWord
    from core.service.insight.without.trials import Change, Trial
    from core.service.insight.without.words import TriedWord

SIDE = 92  # pixels of a picture


class TrialGrid(QWidget):
    """`asked` carries the trial of a picture that somebody wants to see beside the one as it is."""

    asked = Signal(object)

    def __init__(self, trials: WordTrials) -> None:
        super().__init__()
        self._trials = trials
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.SPACE_1)
        self.buttons: dict[Trial, QToolButton] = {}

    def show_word(self, word: TriedWord, judged: JudgedWord | None) -> None:
        """Its pictures as far as they are made; those that are there keep the focus."""
        from core.service.insight.without.trials import Change, Trial, ways_of

        picture = self._trials.picture
        if picture is None:
            return
        rows: list[tuple[Change, list[Trial]]] = [
            (Change.NONE, [Trial(seed) for seed in picture.seeds])
        ]
        for way in ways_of(picture.job):
            trials = [Trial(seed, way, word.is_negative, word) for seed in picture.seeds]
            rows.append((way, trials))
        wanted = [trial for _, trials in rows for trial in trials]
        if list(self.buttons) != wanted:
            self._lay_out(rows)
        shares = _shares(judged, picture.seeds)
        for trial in wanted:
            self._fill(trial, shares.get((trial.change.value, trial.seed)))

    @property
    def has_pictures(self) -> bool:
        """Whether any of them is made."""
        return any(button.isEnabled() for button in self.buttons.values())

    def _lay_out(self, rows: Sequence[tuple[Change, Sequence[Trial]]]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self.buttons = {}
        for number, (change, trials) in enumerate(rows):
            name = QLabel(way_name(change))
            name.setObjectName("dim")
            name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            self._grid.addWidget(name, 2 * number, 0, 1, len(trials))
            for column, trial in enumerate(trials):
                button = QToolButton()
                button.setFixedSize(SIDE + 4, SIDE + 4)
                button.setIconSize(QSize(SIDE, SIDE))
                button.setAutoRaise(True)
                button.clicked.connect(lambda _=False, one=trial: self.asked.emit(one))
                self.buttons[trial] = button
                self._grid.addWidget(button, 2 * number + 1, column)

    def _fill(self, trial: Trial, share: float | None) -> None:
        button = self.buttons[trial]
        image = self._trials.image(trial)
        button.setEnabled(image is not None)
        button.setIcon(QIcon() if image is None else _icon(image, self.devicePixelRatio()))
        words = tr("{way}, seed {seed}", way=way_name(trial.change), seed=trial.seed)
        if image is None:
            words = tr("{name}: not made yet", name=words)
        elif share is not None:
            words = tr("{name}: {share} seen to differ", name=words, share=share_words(share))
        button.setAccessibleName(words)
        button.setToolTip(words)


def _shares(judged: JudgedWord | None, seeds: Sequence[int]) -> dict[tuple[str, int], float]:
    """By the way and the seed, what is seen to differ."""
    if judged is None:
        return {}
    return {
        (way.value, seed): apart.visible
        for way, effect in judged.ways
        for seed, apart in zip(seeds, effect.at_seeds, strict=True)
    }


def _icon(image: QImage, ratio: float) -> QIcon:
    side = round(SIDE * ratio)
    small = image.scaled(
        side,
        side,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    small.setDevicePixelRatio(ratio)
    return QIcon(QPixmap.fromImage(small))
