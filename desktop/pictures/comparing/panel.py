"""Pictures that are compared, from two to six: side by side, two of them with a slider between
them, each alone, in turn, or what differs; zoomed and moved together however they are seen."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.pictures.comparing.bar import ComparingBar, first_factor
from desktop.pictures.comparing.compared import LETTERS, ComparedPicture, image_of
from desktop.pictures.comparing.linked import LinkedViewers
from desktop.pictures.comparing.viewer import ComparingViewer, Shown
from desktop.pictures.viewer import Viewer
from desktop.state.tasks import SerialTasks
from desktop.widgets import theme
from desktop.widgets.controls import row
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.again.comparison import Difference
    from core.values.picture import Pixels

BLINK_MS = 500  # each: slow enough for eyes that flashes harm


class ComparingPanel(QWidget):
    """Differences are reckoned by `tasks`. `other_changed`: the first one is compared with another
    one of several now (`other`, from 1)."""

    other_changed = Signal()

    def __init__(self, tasks: SerialTasks) -> None:
        super().__init__()
        self._tasks = tasks
        self._turn = 0  # answers for an earlier pair or factor are dropped
        self.pictures: tuple[ComparedPicture, ...] = ()
        self.other = 1
        self.shown = Shown.BOTH
        self._about = ""
        self.words = ""  # said of all of them, by whoever compares them
        self.viewer = ComparingViewer()
        self.linked = LinkedViewers()
        self.bar = ComparingBar()
        self.said = QLabel()
        self._stage = QStackedWidget()
        self._blink = QTimer(self, interval=BLINK_MS)
        self._build()
        self._connect()

    def _build(self) -> None:
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.said.setAccessibleName(tr("How far they are apart"))
        self.said.setToolTip(
            tr("PSNR counts how alike they are: above 40 dB hardly anything can be seen.")
        )
        self.said.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self._stage.addWidget(self.viewer)
        self._stage.addWidget(self.linked)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self._stage, 1)
        below = QVBoxLayout()
        below.setContentsMargins(theme.SPACE_4, theme.SPACE_3, theme.SPACE_4, theme.SPACE_3)
        below.setSpacing(theme.SPACE_2)
        below.addWidget(self.bar)
        below.addWidget(row(self.said, self.bar.scale, spacing=theme.SPACE_3, wide=self.said))
        lines.addLayout(below)

    def _connect(self) -> None:
        self.bar.use_keys_in(self)
        zoom = QShortcut(QKeySequence("Z"), self)
        zoom.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        zoom.activated.connect(lambda: self.first_focus().toggle_zoom())
        self.bar.chosen.connect(self._choose)
        self.bar.blinks.connect(self._set_blinking)
        self.bar.factor_set.connect(self._show_difference)
        self.bar.other_set.connect(self.compare_with)
        self.viewer.zoomed.connect(lambda _: self._tell_scale())
        self.linked.zoomed.connect(lambda _: self._tell_scale())
        self.linked.picked.connect(self._pick)
        self._blink.timeout.connect(self._change_over)

    def show_pictures(
        self, pictures: Sequence[ComparedPicture], words: Sequence[str] = (), about: str = ""
    ) -> None:
        """At least two. `words` are said of them, in the place of how far they are apart; `about`
        what they are, for a screen reader, "" for their names."""
        self._about = about
        self.pictures = tuple(pictures)
        self.other = min(max(self.other, 1), len(pictures) - 1)
        self.words = "\n".join(words)
        self.linked.show_pictures(self.pictures, self.linked.place())
        viewers = (self.viewer, *(cell.viewer for cell in self.linked.cells))
        for before, after in pairwise(viewers):
            QWidget.setTabOrder(before, after)
        if len(pictures) > 2 and self.shown is Shown.BOTH:
            self.bar.choose(Shown.SIDES)
        self._show_pair()

    def compare_with(self, other: int) -> None:
        """Set this one of several, from 1, beside the first."""
        if other != self.other and 0 < other < len(self.pictures):
            self.other = other
            self._show_pair()
            self.other_changed.emit()

    def pair(self) -> tuple[ComparedPicture, ComparedPicture]:
        """The two of the slider."""
        return self.pictures[0], self.pictures[self.other]

    def see(self, shown: Shown) -> None:
        """As if a person chose it."""
        self.bar.choose(shown)

    def first_focus(self) -> Viewer:
        """What has the keys of what is seen."""
        cells = self.linked.cells
        return cells[0].viewer if self.shown is Shown.SIDES and cells else self.viewer

    def scale(self) -> str:
        """What the sizes and colours of what is seen mean, as sentences."""
        words = self.first_focus().scale_words()
        if self.shown is Shown.DIFFERENCE:
            factor = self.bar.factor.currentText()
            words += ". " + tr(
                "Each channel's difference {factor}: black where both are the same.",
                factor=factor,
            )
        return words

    def stage(self) -> QWidget:
        """Where the pictures are seen."""
        return self._stage

    def halt(self) -> None:
        """Nobody looks any more: what is still reckoned is for nobody."""
        self._turn += 1
        self.bar.blink.setChecked(False)

    # --- what is seen ---

    def _show_pair(self) -> None:
        first, second = self.pair()
        self.bar.name_pictures([picture.name for picture in self.pictures], self.other)
        place = self.viewer.place()
        self.viewer.set_pictures(first.image, second.image)
        self.viewer.take_place(place)
        same_size = first.image.size() == second.image.size()
        self.bar.allow_difference(allowed=same_size)
        if not same_size and self.shown is Shown.DIFFERENCE:
            self.bar.choose(Shown.BOTH)
        self._say("" if same_size else tr("They are of other sizes: no pixel has its like."))
        if same_size:
            self._measure()

    def _say(self, apart: str) -> None:
        words = self.words or apart
        self.said.setText(words)
        first, second = self.pair()
        names = self._about or tr("{first} and {second}", first=first.name, second=second.name)
        self.viewer.describe(f"{names}. {words}" if words else names)

    def _choose(self, shown: Shown) -> None:
        self.bar.blink.setChecked(False)
        self._see(shown)

    def _see(self, shown: Shown) -> None:
        had_focus = self._stage.isAncestorOf(QApplication.focusWidget() or self)
        is_beside = self.shown is Shown.SIDES
        self.shown = shown
        if shown is Shown.SIDES:
            if not is_beside:
                self.linked.take_place(self.viewer.place())
            self._stage.setCurrentWidget(self.linked)
        else:
            if is_beside:
                self.viewer.take_place(self.linked.place())
            self.viewer.see(shown)
            self._stage.setCurrentWidget(self.viewer)
        if had_focus and is_beside != (shown is Shown.SIDES):
            self.first_focus().setFocus(Qt.FocusReason.OtherFocusReason)
        self._tell_scale()

    def _pick(self, number: int) -> None:
        """The picture somebody turned to is the one that the first is compared with."""
        if number > 0:
            self.compare_with(number)

    def _tell_scale(self) -> None:
        self.bar.scale.setText(self.first_focus().scale_words())

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.bar.blink.setChecked(False)

    # --- in turn ---

    def _set_blinking(self, on: bool) -> None:
        if on:
            self._see(Shown.SECOND if self.shown is Shown.FIRST else Shown.FIRST)
            self._mark()
            self._blink.start()
        else:
            self._blink.stop()

    def _change_over(self) -> None:
        self._see(Shown.SECOND if self.shown is Shown.FIRST else Shown.FIRST)
        self._mark()

    def _mark(self) -> None:
        """On the buttons, which of the two is seen."""
        self.bar.ways[self.shown].setChecked(True)

    # --- how far they are apart ---

    def _measure(self) -> None:
        first, second = self.pair()
        self._turn += 1
        turn = self._turn

        def reckon() -> Difference | None:
            from core.service.again.comparison import difference

            return difference(first.pixels, second.pixels)

        def there(apart: Difference | None) -> None:
            if turn == self._turn and apart is not None:
                self._say(apart_words(apart, LETTERS[self.other]))
                self.bar.show_factor(first_factor(apart.greatest))
                self._show_difference()

        self._tasks.submit(reckon, there)

    def _show_difference(self) -> None:
        self._turn += 1
        turn = self._turn
        first, second = self.pair()
        factor = int(self.bar.factor.currentData())

        def reckon() -> QImage:
            from core.service.again.comparison import amplified

            apart: Pixels | None = amplified(first.pixels, second.pixels, factor)
            return QImage() if apart is None else image_of(apart)

        def there(image: QImage) -> None:
            if turn == self._turn:
                self.viewer.set_difference(image)

        self._tasks.submit(reckon, there)


def apart_words(apart: Difference, other: str) -> str:
    """How far the first picture and another one of its size are apart, as a sentence."""
    if apart.psnr is None:
        return tr("A and {other} are identical.", other=other)
    return tr(
        "A and {other} differ by up to {n} of 255, PSNR {psnr} dB.",
        other=other,
        n=apart.greatest,
        psnr=f"{apart.psnr:g}",
    )
