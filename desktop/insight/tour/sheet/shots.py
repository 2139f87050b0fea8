"""The pictures of an experiment: of each its name, how it differs, and the way to it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QSlider, QVBoxLayout, QWidget

from desktop.insight.tour.sheet.picture_room import LargePicture, PictureRoom
from desktop.insight.tour.sheet.shot_parts import ALONG, LevelBars, Look, ShotSight, WordChips
from desktop.widgets import theme
from desktop.widgets.controls import guard_wheel
from desktop.widgets.flow_layout import WrapLayout
from desktop.widgets.i18n import tr

HEIGHT = 152  # pixels of a picture's room; wide pictures are wider
HIGHEST = 208  # where there is room for all of them in one line
LARGE = 232  # with large type
WIDEST = 2.2  # heights that a picture's room may be wide
NOISE = 0.5  # of the picture's height: the noise that it began as
_BY_KEYS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
_LARGER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class ShotCard(QFrame):
    """One picture; while the keys brought the focus to it a line of the accent is around it.
    `moved` carries where an arrow key goes from here; a click or Return shows it larger."""

    moved = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.sight = ShotSight("", 1.0, QImage())
        self.larger: LargePicture | None = None
        self._height = HEIGHT
        self._is_framed = False
        self.name = QLabel()
        self.name.setObjectName("strong")
        self.room = PictureRoom()
        self.begins = QLabel(tr("It began as this noise:"))
        self.noise = PictureRoom()
        self.levels = LevelBars()
        self.notes = QLabel()
        self.lead = QLabel(tr("Drag to see how it came to be:"))
        self.chips = WordChips()
        self.film = QSlider(Qt.Orientation.Horizontal)
        self.film.setAccessibleName(tr("How this picture came to be"))
        self.film.setToolTip(tr("Goes from the noise through the guesses to this picture."))
        guard_wheel(self.film)
        self.film.valueChanged.connect(lambda _: self._show_frame())
        self.chips.chosen.connect(self._show_frame)
        self._build()

    def _build(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(tr("Click to see it larger"))
        self.setWhatsThis(
            tr("A picture of this experiment: arrow keys go to the others, Return shows it larger.")
        )
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        for label in (self.begins, self.notes, self.lead):
            label.setObjectName("dim")
        for label in (self.name, self.begins, self.notes, self.lead):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        for part in (self.film, self.chips):
            part.setCursor(Qt.CursorShape.ArrowCursor)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_1, theme.SPACE_1, theme.SPACE_1, theme.SPACE_1)
        column.setSpacing(theme.SPACE_1)
        for part in (self.name, self.room, self.levels, self.lead, self.film, self.chips):
            column.addWidget(part)
        for part in (self.begins, self.noise, self.notes):
            column.addWidget(part)

    def show_sight(self, sight: ShotSight, height: int) -> None:
        """This picture in a room of so many pixels."""
        same_film = sight.film == self.sight.film
        self.sight, self._height = sight, height
        slides = bool(sight.film) and not sight.by_word
        self.film.setVisible(slides)
        self.lead.setVisible(slides)
        self.chips.setVisible(bool(sight.film) and sight.by_word)
        if not same_film:
            self.film.blockSignals(True)
            self.film.setRange(1, len(sight.film) + 1)
            self.film.setValue(len(sight.film) + 1)
            self.film.blockSignals(False)
            self.chips.show_words([look.name for look in sight.film] if sight.by_word else ())
        size = self._size()
        for part in (self.name, self.notes, self.begins, self.lead, self.film, self.levels):
            part.setFixedWidth(size.width())
        self.chips.setFixedWidth(size.width())
        self.levels.show_levels(sight.levels)
        self.begins.setVisible(not sight.begins.isNull())
        self.noise.setVisible(not sight.begins.isNull())
        self.noise.show_image(sight.begins, size * NOISE)
        self._show_frame()

    def controls(self) -> list[QWidget]:
        """What shows the way to the picture."""
        return [self.film, *self.chips.buttons]

    def _size(self) -> QSize:
        width = min(self.sight.shape, WIDEST) * self._height
        return QSize(round(width), round(width / self.sight.shape))

    def _look(self) -> Look | None:
        """What of the way to the picture is shown; None for the picture."""
        sight = self.sight
        at = self.chips.at() if sight.by_word else self.film.value() - 1
        return sight.film[at] if 0 <= at < len(sight.film) else None

    def _show_frame(self) -> None:
        sight, look = self.sight, self._look()
        image = sight.image if look is None else look.image
        notes = sight.notes if look is None else (look.words,)
        is_step = look is not None and bool(look.name) and not sight.by_word
        self.name.setText(f"{sight.name}: {look.name}" if look and is_step else sight.name)
        self.room.show_image(image, self._size())
        self.notes.setText("\n".join(notes))
        self.notes.setVisible(bool(notes))
        state = tr("not made yet") if sight.image.isNull() else ", ".join(notes)
        self.setAccessibleName(sight.name)
        self.setAccessibleDescription(state)
        self.film.setAccessibleDescription(", ".join(notes))
        self.adjustSize()

    def show_larger(self) -> None:
        """What is shown, in a window of its own."""
        if self.room.has_image():
            self.larger = LargePicture(self.name.text(), self.notes.text(), self.room.image, self)
            self.larger.open()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        is_left = event.button() is Qt.MouseButton.LeftButton
        if is_left and self.room.geometry().contains(event.position().toPoint()):
            self.show_larger()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _LARGER:
            self.show_larger()
        elif key in ALONG:
            self.moved.emit(ALONG[key])
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._is_framed = event.reason() in _BY_KEYS
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus() and self._is_framed:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Accent), 2))
            edge = self.rect().adjusted(1, 1, -1, -1)
            painter.drawRoundedRect(edge, theme.RADIUS, theme.RADIUS)
            painter.end()


class ShotRow(QWidget):
    """All pictures of an experiment, in as many lines as they need: one stop of Tab, in which the
    arrow keys go from picture to picture."""

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[ShotCard] = []
        self._lines = WrapLayout(self, spacing=theme.SPACE_2)

    def show_sights(self, sights: Sequence[ShotSight], height: int) -> None:
        """These pictures, in rooms of so many pixels; a card that is there stays, with its
        focus."""
        while len(self.cards) > len(sights):
            card = self.cards.pop()
            self._lines.removeWidget(card)
            card.deleteLater()
        while len(self.cards) < len(sights):
            card = ShotCard()
            card.moved.connect(self._move)
            self.cards.append(card)
            self._lines.addWidget(card)
            card.show()
        for card, sight in zip(self.cards, sights, strict=True):
            card.show_sight(sight, height)
        self._choose(next((card for card in self.cards if card.hasFocus()), None))
        self._lines.invalidate()
        self.updateGeometry()

    def in_order(self) -> list[QWidget]:
        """All that can have the keys, as it stands there."""
        return [part for card in self.cards for part in (card, *card.controls())]

    def _choose(self, chosen: ShotCard | None) -> None:
        """The one that Tab goes to."""
        for place, card in enumerate(self.cards):
            is_it = card is chosen or (chosen is None and place == 0)
            by_tab, by_click = Qt.FocusPolicy.StrongFocus, Qt.FocusPolicy.ClickFocus
            card.setFocusPolicy(by_tab if is_it else by_click)

    def _move(self, by: int) -> None:
        at = next((n for n, card in enumerate(self.cards) if card.hasFocus()), -1) + by
        if 0 <= at < len(self.cards):
            self._choose(self.cards[at])
            self.cards[at].setFocus(Qt.FocusReason.TabFocusReason)


def height_for(sights: Sequence[ShotSight], width: int, *, large: bool) -> int:
    """With which all pictures stand in one line of so many pixels, if that can be."""
    if large:
        return LARGE
    shapes = sum(min(sight.shape, WIDEST) for sight in sights)
    gaps = len(sights) * (2 * theme.SPACE_1 + theme.SPACE_2)
    wanted = int((width - gaps) / shapes) if shapes else HEIGHT
    return min(max(wanted, HEIGHT), HIGHEST)
