"""What is noted on the current picture, in one short line: favourite, stars, tags."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from core.values.picture import Picture
from desktop.pictures.marking.marks import REJECTED
from desktop.widgets.i18n import tr

WIDEST = 320  # pixels


def marks_words(picture: Picture) -> str:
    """As it is shown."""
    parts = [tr("Favourite")] if picture.favourite else []
    if picture.rating > 0:
        parts.append("★" * picture.rating)
    elif picture.rating == REJECTED:
        parts.append(tr("Rejected"))
    if picture.tags:
        parts.append(", ".join(picture.tags))
    return " · ".join(parts)


def spoken_marks(picture: Picture) -> str:
    """As it is read out."""
    if picture.rating <= 0:
        return marks_words(picture)
    stars = tr("rated {n} of 5", n=picture.rating)
    return marks_words(picture).replace("★" * picture.rating, stars)


class MarksLabel(QLabel):
    """As much of it as has room; the tooltip has all."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("dim")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setMaximumWidth(WIDEST)
        self.setMinimumWidth(1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._words = ""
        self.hide()

    def show_marks(self, picture: Picture | None) -> None:
        """Of this picture; of none nothing."""
        self._words = marks_words(picture) if picture is not None else ""
        spoken = spoken_marks(picture) if picture is not None else ""
        note = picture.note if picture is not None else ""
        self.setAccessibleName(spoken)
        self.setToolTip("\n".join(part for part in (self._words, note) if part))
        self.updateGeometry()
        self.setVisible(bool(self._words))
        self._fit()

    def says_something(self) -> bool:
        """Whether anything is noted."""
        return bool(self._words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        """That of all of it: what is shown follows from the width, not the other way round."""
        wide = self.fontMetrics().horizontalAdvance(self._words)
        return QSize(min(wide + 2, WIDEST), super().sizeHint().height())

    def _fit(self) -> None:
        room = max(self.width(), 20)
        shown = self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, room)
        if self.text() != shown:
            self.setText(shown)
