"""The line below the picture in Create. Where it is narrow its parts do not squeeze one another:
the marks go first, then a cell's words become one, and the scale goes last."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from core.values.picture import Picture
from core.values.request_parts.sweep_place import SweepPlace
from desktop.pictures.marking.marks_label import WIDEST, MarksLabel
from desktop.widgets import theme
from desktop.widgets.i18n import tr

_LONGEST_CELL = 48  # letters of a cell's words beside the picture
_LEAST_STATUS = 24  # letters that the status has room for
_LEAST_MARKS = 10


class StageLine(QWidget):
    """`status` and `stop` are those of the progress. `follow_asked` asks for the newest picture,
    `sweep_asked` for the sweep whose cell the picture is."""

    follow_asked = Signal()
    sweep_asked = Signal()

    def __init__(self, status: QLabel, stop: QToolButton) -> None:
        super().__init__()
        self.status = status
        self.stop = stop
        self.marks = MarksLabel()
        self.scale = QLabel()
        self.scale.setObjectName("dim")
        self.follow = self._follow_button()
        self.cell = self._cell_button()
        self._cell_words = ""  # of a cell of a sweep
        self._is_picture = True  # no sweep is seen in its place
        self.setMinimumWidth(1)  # what goes where it has no room needs none
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.SPACE_4, theme.SPACE_2, theme.SPACE_3, theme.SPACE_2)
        layout.setSpacing(theme.SPACE_3)
        layout.addWidget(status, 1)
        for part in (self.cell, self.marks, self.follow, self.scale, stop):
            layout.addWidget(part)

    def _follow_button(self) -> QToolButton:
        button = QToolButton()
        button.setText(tr("Follow"))
        button.setAccessibleName(tr("Follow"))
        button.setToolTip(tr("Show the picture being made"))
        button.clicked.connect(self.follow_asked)
        button.hide()
        return button

    def _cell_button(self) -> QToolButton:
        button = QToolButton()
        button.setObjectName("answer")
        button.setAccessibleName(tr("Its sweep"))
        button.setToolTip(_cell_help())
        button.clicked.connect(self.sweep_asked)
        button.hide()
        return button

    # --- what it says ---

    def show_cell(self, place: SweepPlace) -> None:
        """Which cell of a sweep the picture is, where it is one."""
        self._cell_words = ""
        if place.id:
            from core.service.sweeps.axes.reading import cell_words

            self._cell_words = " · ".join(cell_words(place.cell))
            self.cell.setAccessibleName(self._cell_words)
            self.cell.setToolTip(f"{self._cell_words}\n{_cell_help()}")
        self._fit()

    def show_marks(self, picture: Picture | None) -> None:
        """What is noted on this picture; of none nothing."""
        self.marks.show_marks(picture)
        self._fit()

    def show_scale(self, words: str) -> None:
        """How large the picture is shown."""
        self.scale.setText(words)
        self._fit()

    def offer_follow(self, on: bool) -> None:
        """Whether there is something newer to be shown."""
        self.follow.setVisible(on)
        self._fit()

    def show_sweep(self, on: bool) -> None:
        """A sweep is seen in the picture's place, or the picture again."""
        self._is_picture = not on
        self._fit()

    # --- what has room ---

    def _fit(self) -> None:
        """Show what has room beside some letters of the status; whether it does follows from the
        width and from what is there to be said, not from the status, which changes each step."""
        free = self.width() - self._least()
        words = self._cell_words if self._is_picture else ""
        short = words if len(words) <= _LONGEST_CELL else words[: _LONGEST_CELL - 1] + "…"
        scale = self._with_gap(self.scale) if self._is_picture and self.scale.text() else 0
        if words:
            self.cell.setText(short)
            if self._with_gap(self.cell) + scale > free:
                self.cell.setText(tr("Sweep"))
            free -= self._with_gap(self.cell)
        self.cell.setVisible(bool(words))
        self.scale.setVisible(0 < scale <= free)
        free -= scale + theme.SPACE_3
        self.marks.setMaximumWidth(max(1, min(WIDEST, free)))
        wanted = min(self.marks.sizeHint().width(), self._letters(_LEAST_MARKS))
        self.marks.setVisible(self.marks.says_something() and wanted <= free)

    def _least(self) -> int:
        """Pixels of what is always there."""
        follow = 0 if self.follow.isHidden() else self._with_gap(self.follow)
        around = theme.SPACE_4 + theme.SPACE_3
        return around + self._letters(_LEAST_STATUS) + self._with_gap(self.stop) + follow

    def _letters(self, count: int) -> int:
        return count * self.fontMetrics().averageCharWidth()

    def _with_gap(self, part: QWidget) -> int:
        return part.sizeHint().width() + theme.SPACE_3

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()


def _cell_help() -> str:
    return tr("Which cell of its sweep the picture is; this or Esc shows the sweep.")
