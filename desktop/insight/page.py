"""The page of Insight: what is said of the picture above, the tabs of the views, and the view."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from desktop.widgets import theme
from desktop.widgets.i18n import tr


class InsightPage(QWidget):
    """`came` when it is shown, `left` when no longer. `act` is the one thing to do next: what the
    words beside it say."""

    came = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.said.setAccessibleName(tr("About this picture"))
        self.said.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.act = QPushButton()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress of the recording"))
        self.tabs = QTabBar()
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setAccessibleName(tr("Views of the picture"))
        self.stack = QStackedWidget()
        self._build()

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(theme.SPACE_4, theme.SPACE_3, theme.SPACE_4, theme.SPACE_3)
        head.setSpacing(theme.SPACE_3)
        head.addWidget(self.said, 1)
        head.addWidget(self.act)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.tabs)
        whole.addLayout(head)
        whole.addWidget(self.bar)
        whole.addWidget(self.stack, 1)

    def name_act(self, words: str, *, primary: bool) -> None:
        """The words of the button; "" for none."""
        self.act.setText(words)
        self.act.setAccessibleName(words or tr("Record its steps"))
        self.act.setVisible(bool(words))
        self.act.setObjectName("primary" if primary else "")
        self.act.style().polish(self.act)

    def show_progress(self, step: int, steps: int) -> None:
        """`steps` 0: busy, nobody knows how long."""
        self.bar.setRange(0, steps)
        self.bar.setValue(step)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.came.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.left.emit()
