"""What is tried at four seeds: above as it was, below with the change, each pair one over the
other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from desktop.pictures.strips.strip import Strip, StripCell
from desktop.widgets import theme
from desktop.widgets.i18n import tr


class Pairs(QWidget):
    """`opened` carries the place of a pair that is to be seen large, from 0, the picture's own."""

    opened = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        large = tr("Return shows the pair large.")
        self.before = Strip(tr("As it was"), large, notes=1)
        self.after = Strip(tr("With the change"), large, notes=1)
        self.explained = QLabel(
            tr(
                "Nothing is measured here: look whether the change helps in most of the four, or "
                "in one only. Return, or a double click, shows a pair large."
            )
        )
        self.explained.setObjectName("dim")
        self.explained.setWordWrap(True)
        self._build()
        for strip, other in ((self.before, self.after), (self.after, self.before)):
            strip.opened.connect(self.opened)
            strip.chosen.connect(other.setCurrentRow)
            strip.horizontalScrollBar().valueChanged.connect(other.horizontalScrollBar().setValue)

    def _build(self) -> None:
        inner = QWidget()
        lines = QVBoxLayout(inner)
        lines.setContentsMargins(theme.SPACE_4, theme.SPACE_3, theme.SPACE_4, theme.SPACE_3)
        lines.setSpacing(theme.SPACE_2)
        for words, strip in ((tr("As it was"), self.before), (tr("With the change"), self.after)):
            heading = QLabel(words)
            heading.setObjectName("strong")
            lines.addWidget(heading)
            lines.addWidget(strip)
        lines.addWidget(self.explained)
        lines.addStretch(1)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(inner)
        self.drawing = inner
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)

    def show_cells(self, before: Sequence[StripCell], after: Sequence[StripCell]) -> None:
        """As many in both rows."""
        self.before.show_cells(before)
        self.after.show_cells(after)
        for strip in (self.before, self.after):
            strip.setAccessibleDescription(strip.table())
