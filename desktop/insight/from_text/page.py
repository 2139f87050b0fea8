"""The page of From text to picture: stations below one another, with an arrow between two."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from desktop.insight.from_text.station import Station
from desktop.widgets import theme
from desktop.widgets.i18n import tr

WIDEST = 1200  # pixels of the column: longer lines are hard to read
LINE = 40  # pixels that an arrow key scrolls by


class StationsPage(QWidget):
    """`came` when it is shown; `seen` carries a Station that came into sight."""

    came = Signal()
    seen = Signal(object)

    def __init__(self, stations: Sequence[Station]) -> None:
        super().__init__()
        self._stations = tuple(stations)
        self.empty = QLabel()
        self.empty.setObjectName("dim")
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.area = QScrollArea()
        self._stack = QStackedWidget()
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self._look)
        self._build()

    def _build(self) -> None:
        column = QWidget()
        column.setMaximumWidth(WIDEST)
        lines = QVBoxLayout(column)
        lines.setContentsMargins(theme.SPACE_4, theme.SPACE_2, theme.SPACE_4, theme.SPACE_4)
        lines.setSpacing(theme.SPACE_2)
        for number, station in enumerate(self._stations):
            if number:
                arrow = QLabel("↓")
                arrow.setObjectName("dim")
                arrow.setAccessibleName(tr("then"))
                lines.addWidget(arrow)
            lines.addWidget(station)
            station.opener.toggled.connect(lambda _: self._soon.start())
        lines.addStretch(1)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setAccessibleName(tr("Stations from text to picture"))
        self.area.setToolTip("")
        self.area.setWidget(column)
        self.area.verticalScrollBar().setSingleStep(LINE)
        self.area.verticalScrollBar().valueChanged.connect(lambda _: self._soon.start())
        self.area.verticalScrollBar().rangeChanged.connect(lambda *_: self._soon.start())
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.area)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)

    def say(self, words: str) -> None:
        """Words in the place of the stations."""
        self.empty.setText(words)
        self._stack.setCurrentWidget(self.empty)

    def show_stations(self) -> None:
        """From the first one on."""
        self._stack.setCurrentWidget(self.area)
        self.area.verticalScrollBar().setValue(0)
        self._soon.start()

    def _look(self) -> None:
        """Which stations are in sight."""
        if not self.isVisible() or self._stack.currentWidget() is not self.area:
            return
        view = self.area.viewport()
        for station in self._stations:
            top = station.mapTo(view, station.rect().topLeft()).y()
            if top < view.height() and top + station.height() > 0:
                self.seen.emit(station)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.came.emit()
        self._soon.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._soon.start()
