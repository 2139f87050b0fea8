"""The page of What went wrong?: the picture and what is tried on it, and beside it the findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.insight.opened.figure_saving import save_button
from desktop.insight.wrong.bothers import Bothers
from desktop.insight.wrong.card import CardList, CardWords
from desktop.insight.wrong.pairs import Pairs
from desktop.insight.wrong.trial_bar import TrialBar
from desktop.pictures.comparing.panel import ComparingPanel
from desktop.pictures.viewer import Viewer
from desktop.widgets import theme
from desktop.widgets.controls import column, row
from desktop.widgets.i18n import tr

SIDE = 372  # pixels


class WrongPage(QWidget):
    """The parts, and where they stand. `seen` when it is shown, `asked` carries a Tried."""

    seen = Signal()
    asked = Signal(object)

    def __init__(self, bothers: Mapping[str, str]) -> None:
        super().__init__()
        self.viewer = Viewer()
        self.viewer.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.pairs = Pairs()
        self.trial = TrialBar(self.viewer)
        self.heading = QLabel()
        self.said = QLabel()
        self.save = save_button(tr("What was found"))
        self.list = CardList(self.save)
        self.bothers = Bothers(bothers)
        self.stage = QStackedWidget()
        self.found = QWidget()
        self._side = QWidget()
        self._build()
        self.list.asked.connect(self.asked)
        self.bothers.asked.connect(self.asked)

    def _build(self) -> None:
        self.stage.addWidget(self.viewer)
        self.stage.addWidget(self.pairs)
        left = QVBoxLayout()
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(0)
        left.addWidget(self.stage, 1)
        left.addWidget(self.trial)
        self.heading.setObjectName("heading")
        self.heading.setAccessibleName(tr("What was found"))
        self.said.setObjectName("dim")
        for label in (self.heading, self.said):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        found = QVBoxLayout(self.found)
        found.setContentsMargins(0, 0, 0, 0)
        found.setSpacing(theme.SPACE_3)
        head = column(row(self.heading, self.save, wide=self.heading), self.said)
        head.setContentsMargins(theme.SPACE_2, 0, theme.SPACE_2, 0)
        found.addWidget(head)
        found.addWidget(self.list)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = column(self.found, self.bothers, spacing=theme.SPACE_4, margins=theme.SPACE_2)
        inside_lines = inside.layout()
        assert isinstance(inside_lines, QVBoxLayout)
        inside_lines.addStretch(1)
        scroll.setWidget(inside)
        self._side.setObjectName("side")
        self._side.setFixedWidth(SIDE)
        self._side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        beside = QVBoxLayout(self._side)
        beside.setContentsMargins(0, theme.SPACE_2, 0, 0)
        beside.addWidget(scroll)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(left, 1)
        whole.addWidget(self._side)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.seen.emit()

    def show_side(self, shown: bool) -> None:
        """Whether there is a picture, of which something can be said."""
        self._side.setVisible(shown)

    def show_found(self, heading: str, said: str, cards: Sequence[CardWords]) -> None:
        """What was found of the picture."""
        self.heading.setText(heading)
        self.said.setText(said)
        self.said.setVisible(bool(said))
        self.list.show_cards(cards)

    def compare(self, panel: ComparingPanel) -> None:
        """Pictures side by side, in the place of the picture."""
        self._drop_panel()
        self.stage.addWidget(panel)
        self.stage.setCurrentWidget(panel)

    def show_pairs(self) -> None:
        """The four pairs, in its place."""
        self._drop_panel()
        self.stage.setCurrentWidget(self.pairs)

    def show_picture(self) -> None:
        """The picture alone."""
        self._drop_panel()
        self.stage.setCurrentWidget(self.viewer)

    def panel(self) -> ComparingPanel | None:
        """What compares pictures here; None where nothing does."""
        panel = self.stage.currentWidget()
        return panel if isinstance(panel, ComparingPanel) else None

    def _drop_panel(self) -> None:
        panel = self.panel()
        if panel is not None:
            panel.halt()
            self.stage.removeWidget(panel)
            panel.deleteLater()
