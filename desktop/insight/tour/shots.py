"""The pictures of an experiment: of each its name, how it differs, and the way to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFocusEvent, QImage, QPainter, QPaintEvent, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QSlider, QVBoxLayout, QWidget

from desktop.widgets import theme
from desktop.widgets.controls import guard_wheel
from desktop.widgets.flow_layout import WrapLayout
from desktop.widgets.i18n import tr

HEIGHT = 152  # pixels of a picture's room; wide pictures are wider
HIGHEST = 208  # where there is room for all of them in one line
LARGE = 232  # with large type
WIDEST = 2.2  # heights that a picture's room may be wide


@dataclass(frozen=True, slots=True)
class ShotSight:
    """What is shown of a picture; null where there is none yet. `shape` is its width by its height.
    `notes` stand below it, a line each; `film` are looks on the way to it, the words of each
    first."""

    name: str
    shape: float
    image: QImage
    notes: tuple[str, ...] = ()
    film: tuple[tuple[str, QImage], ...] = ()


class PictureRoom(QLabel):
    """A picture as large as its room; a dashed line where it will be."""

    def __init__(self) -> None:
        super().__init__()
        self._image = QImage()

    def show_image(self, image: QImage, size: QSize) -> None:
        """In a room of this size."""
        self._image = image
        self.setFixedSize(size)
        self.update()

    def has_image(self) -> bool:
        """Whether there is one."""
        return not self._image.isNull()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._image.isNull():
            mid = self.palette().color(QPalette.ColorRole.Mid)
            painter.setPen(QPen(mid, 1, Qt.PenStyle.DashLine))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        else:
            pixels = self.size() * self.devicePixelRatioF()
            smooth = Qt.TransformationMode.SmoothTransformation
            keep = Qt.AspectRatioMode.KeepAspectRatio
            drawn = QPixmap.fromImage(self._image.scaled(pixels, keep, smooth))
            drawn.setDevicePixelRatio(self.devicePixelRatioF())
            painter.drawPixmap(0, 0, drawn)
        painter.end()


class ShotCard(QFrame):
    """One picture; with the focus a line of the accent is around it."""

    def __init__(self) -> None:
        super().__init__()
        self.sight = ShotSight("", 1.0, QImage())
        self._height = HEIGHT
        self.name = QLabel()
        self.name.setObjectName("strong")
        self.room = PictureRoom()
        self.notes = QLabel()
        self.notes.setObjectName("dim")
        self.film = QSlider(Qt.Orientation.Horizontal)
        self.film.setAccessibleName(tr("How this picture came to be"))
        self.film.setToolTip(
            tr("Goes through the guesses on the way to this picture, or through its words.")
        )
        guard_wheel(self.film)
        self.film.valueChanged.connect(lambda _: self._show_frame())
        self._build()

    def _build(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setWhatsThis(
            tr("A picture of this experiment, and how it differs from the first one.")
        )
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        for label in (self.name, self.notes):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_1, theme.SPACE_1, theme.SPACE_1, theme.SPACE_1)
        column.setSpacing(theme.SPACE_1)
        for part in (self.name, self.room, self.film, self.notes):
            column.addWidget(part)

    def show_sight(self, sight: ShotSight, height: int) -> None:
        """This picture in a room of so many pixels."""
        same_film = sight.film == self.sight.film
        self.sight, self._height = sight, height
        self.name.setText(sight.name)
        self.film.setVisible(len(sight.film) > 1)
        if not same_film:
            self.film.blockSignals(True)
            self.film.setRange(1, len(sight.film) + 1)
            self.film.setValue(len(sight.film) + 1)
            self.film.blockSignals(False)
        width = self._size().width()
        for label in (self.name, self.notes):
            label.setFixedWidth(width)
        self.film.setFixedWidth(width)
        self._show_frame()

    def _size(self) -> QSize:
        width = min(self.sight.shape, WIDEST) * self._height
        return QSize(round(width), round(width / self.sight.shape))

    def _show_frame(self) -> None:
        sight, at = self.sight, self.film.value() - 1
        if 0 <= at < len(sight.film):
            words, image = sight.film[at]
            notes = (words,)
        else:
            image, notes = sight.image, sight.notes
        self.room.show_image(image, self._size())
        self.notes.setText("\n".join(notes))
        self.notes.setVisible(bool(notes))
        state = tr("not made yet") if sight.image.isNull() else ", ".join(notes)
        self.setAccessibleName(sight.name)
        self.setAccessibleDescription(state)
        self.film.setAccessibleDescription(", ".join(notes))
        self.adjustSize()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Accent), 2))
            edge = self.rect().adjusted(1, 1, -1, -1)
            painter.drawRoundedRect(edge, theme.RADIUS, theme.RADIUS)
            painter.end()


class ShotRow(QWidget):
    """All pictures of an experiment, in as many lines as they need."""

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[ShotCard] = []
        self._lines = WrapLayout(self, spacing=theme.SPACE_2)

    def show_sights(self, sights: Sequence[ShotSight], *, large: bool, width: int) -> None:
        """These pictures in so many pixels; a card that is there stays, with its focus."""
        while len(self.cards) > len(sights):
            card = self.cards.pop()
            self._lines.removeWidget(card)
            card.deleteLater()
        while len(self.cards) < len(sights):
            card = ShotCard()
            self.cards.append(card)
            self._lines.addWidget(card)
            card.show()
        height = LARGE if large else _height_for(sights, width)
        for card, sight in zip(self.cards, sights, strict=True):
            card.show_sight(sight, height)
        self._lines.invalidate()
        self.updateGeometry()


def _height_for(sights: Sequence[ShotSight], width: int) -> int:
    """With which all pictures stand in one line, if that can be."""
    shapes = sum(min(sight.shape, WIDEST) for sight in sights)
    gaps = len(sights) * (2 * theme.SPACE_1 + theme.SPACE_2)
    wanted = int((width - gaps) / shapes) if shapes else HEIGHT
    return min(max(wanted, HEIGHT), HIGHEST)
