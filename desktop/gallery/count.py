"""How many pictures are shown, and how many of them are chosen."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLabel

from desktop.pictures.grid import PictureGrid
from desktop.pictures.grids.headings import count_words
from desktop.widgets.announce import announce
from desktop.widgets.i18n import tr

SAID_MS = 400  # after the last change: a band changes it at each move of the mouse


class CountLabel(QLabel):
    """One picture that is chosen is not counted in words: arrows choose one after another. `chosen`
    carries how many are chosen now."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("dim")
        self._grid: PictureGrid | None = None
        self._all = 0
        self._said = 0  # how many were chosen, as the words say it
        self._saying = QTimer(self, interval=SAID_MS, singleShot=True)
        self._saying.timeout.connect(lambda: announce(self, self.text()))

    def follow(self, grid: PictureGrid) -> None:
        """Count what is chosen in a grid, which has its model."""
        self._grid = grid
        grid.selectionModel().selectionChanged.connect(lambda *_: self._look())

    def show_all(self, count: int) -> None:
        """So many are shown, with those that lie in stacks."""
        self._all = count
        self._look()

    def _look(self) -> None:
        rows = [] if self._grid is None else self._grid.chosen_rows()
        chosen = sum(map(len, rows))
        words = count_words(self._all)
        if chosen > 1:
            words = tr("{n} of {all} chosen", n=f"{chosen:,}", all=f"{self._all:,}")
        self.setText(words)
        if max(chosen, self._said) > 1 and chosen != self._said:
            self._saying.start()
        self._said = chosen
        self.chosen.emit(chosen)
