"""The left side of Create: prompts and parameters scroll, Generate and Count stay pinned below."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QFrame,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.values.declared.limits import MAX_COUNT
from desktop.form.parameters.keyboard import UndoKeys, tab_stops
from desktop.state.draft import Draft
from desktop.widgets import theme
from desktop.widgets.controls import guard_wheel, row
from desktop.widgets.i18n import tr

ROOMY = 700  # pixels of height in which the examples and the parameters stand together


class SidePanel(QFrame):
    """Holds the panels that are added, one below the other; `generate_asked` when the button is
    pressed, `roomy` whether there is much height."""

    generate_asked = Signal()
    roomy = Signal(bool)

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.setObjectName("side")
        self._draft = draft
        content = QWidget()
        inner = self._inner = QVBoxLayout(content)
        inner.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_3)
        inner.setSpacing(theme.SPACE_4)
        inner.addStretch(1)
        self.scroll_area = QScrollArea()
        self.scroll_area.setWidgetResizable(True)
        self.scroll_area.setFrameShape(QScrollArea.Shape.NoFrame)
        self.scroll_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scroll_area.setWidget(content)
        self.generate = QPushButton(tr("Generate"))
        self.generate.setObjectName("primary")
        self.generate.setAccessibleName(tr("Generate"))
        self.generate.setMinimumHeight(36)
        self.count = QSpinBox()
        self.count.setRange(1, MAX_COUNT)
        self.count.setAccessibleName(tr("Count"))
        self.count.setToolTip(tr("How many pictures, each with the next seed"))
        self.count.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.count.setFixedWidth(56)
        self.count.setMinimumHeight(34)
        self.count.setAlignment(Qt.AlignmentFlag.AlignCenter)
        guard_wheel(self.count)
        times = QLabel("×")
        times.setObjectName("dim")
        self.ways = QToolButton()  # shown where there are several
        self.ways.setObjectName("answer")
        self.ways.setArrowType(Qt.ArrowType.DownArrow)
        self.ways.setAccessibleName(tr("Ways to generate"))
        self.ways.setToolTip(tr("A sweep, prompts from a file, or pictures until you stop."))
        self.ways.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.ways.setMinimumHeight(34)
        self.ways.hide()
        self._pinned = row(self.generate, self.ways, times, self.count, wide=self.generate)
        self._align(0, 0)
        self.scroll_area.verticalScrollBar().rangeChanged.connect(self._align)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.scroll_area, 1)
        column.addWidget(self._pinned)
        self.setMinimumWidth(theme.PANEL_WIDTH - 24)
        self.generate.clicked.connect(self.generate_asked)
        self.count.valueChanged.connect(lambda value: draft.set(count=value))
        draft.changed.connect(lambda _: self.count.setValue(draft.stored().count))
        self._keys = UndoKeys(draft, self)
        self._keys.watch(self)

    def add(self, part: QWidget, *, behind: QWidget | None = None) -> None:
        """One more panel, below the others, or `behind` one of them."""
        at = self._inner.count() - 2 if behind is None else self._inner.indexOf(behind)
        self._inner.insertWidget(at + 1, part)
        self.watch(part)

    def offer_ways(self, menu: QMenu) -> None:
        """Beside Generate an arrow that opens this."""
        self.ways.setMenu(menu)
        self.ways.show()

    def watch(self, part: QWidget) -> None:
        """Undo and redo in the fields of a panel, those that have come late too, are the form's."""
        self._keys.watch(part)
        if stops := tab_stops(part):  # what is pinned comes behind it, as it is read
            for one, other in pairwise((stops[-1], *tab_stops(self._pinned))):
                QWidget.setTabOrder(one, other)

    def _align(self, _: int, furthest: int) -> None:
        """What is pinned ends where the column above it does, which a scroll bar makes narrower."""
        bar = self.scroll_area.verticalScrollBar().sizeHint().width() if furthest else 0
        ends = [theme.SPACE_4, theme.SPACE_4 + bar]
        left, right = reversed(ends) if self.isRightToLeft() else ends
        self._pinned.setContentsMargins(left, theme.SPACE_2, right, theme.SPACE_3)

    def lay_over(self, sheet: QWidget) -> None:
        """The sheet lies in the place of the parts while it is open; Generate stays below it, and
        what the sheet offers is then the first thing to do."""
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(0, sheet, 1)
        sheet.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            is_open = event.type() == QEvent.Type.ShowToParent
            self.scroll_area.setVisible(not is_open)
            self.generate.setObjectName("" if is_open else "primary")
            self.generate.style().polish(self.generate)
            self._align(0, 0 if is_open else self.scroll_area.verticalScrollBar().maximum())
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.roomy.emit(self.height() >= ROOMY)
