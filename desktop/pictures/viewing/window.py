"""A window for pictures alone: over the whole screen, or beside the main window on a second one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QCursor, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from core.values.picture import Picture
from desktop.pictures.grids.words import position_words
from desktop.pictures.viewing.awake import AwakeScreen
from desktop.pictures.viewing.bar import (
    CLOSE_KEY,
    FILM_KEY,
    RECIPE_KEY,
    ViewingBar,
)
from desktop.pictures.viewing.recipe_panel import RecipePanel
from desktop.pictures.viewing.sorting import Sorting
from desktop.pictures.viewing.walk import PictureWalk
from desktop.state.services import Services
from desktop.state.session import ViewingKept
from desktop.widgets.announce import announce
from desktop.widgets.i18n import tr

USUAL = QSize(960, 720)  # pixels
PAGE = 10  # pictures by Page Up and Page Down
REST_MS = 2_500  # without a move of the pointer, before a slide show is alone again
TOLD_MS = 6_000  # that a few words stand


class ViewingWindow(QWidget):
    """`is_second`: it stays beside the main window, with its own place on a screen; else it is the
    whole screen, and Esc closes it.

    `closed` carries the id of the picture that was seen last, `menu_wanted` where on the screen a
    menu is to open. `kept_changed`: something that the next start finds again.
    """

    closed = Signal(int)
    kept_changed = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(self, services: Services, *, is_second: bool) -> None:
        super().__init__()
        self.is_second = is_second
        self._was_placed = False
        self._left_at = 0  # the id of the picture that was seen last before it closed
        self._pointer = QPoint()
        self._said_of: Picture | None = None
        self.walk = PictureWalk(services, self)
        self.viewer = self.walk.viewer
        self.slides = self.walk.slides
        self.recipe = RecipePanel()
        self.sorting = Sorting(self.walk, services.stores.gallery, services.gallery_tasks)
        self.bar = ViewingBar()
        self.bar.hold.setVisible(is_second)
        self.awake = AwakeScreen(self)
        self._rest = QTimer(self, interval=REST_MS, singleShot=True)
        self._silence = QTimer(self, interval=TOLD_MS, singleShot=True)
        self.setWindowTitle("Calotype")
        self._build()
        self._connect()
        self._give_keys()

    # --- building ---

    def _build(self) -> None:
        middle = QHBoxLayout()
        middle.setSpacing(0)
        self.stage = QStackedWidget()
        self.stage.addWidget(self.viewer)
        self.stage.addWidget(self.sorting.end)
        middle.addWidget(self.stage, 1)
        middle.addWidget(self.recipe)
        self.lines = QVBoxLayout(self)
        self.lines.setContentsMargins(0, 0, 0, 0)
        self.lines.setSpacing(0)
        self.lines.addWidget(self.sorting.bar)
        self.lines.addLayout(middle, 1)
        self.lines.addWidget(self.walk.film)
        self.lines.addWidget(self.bar)
        self.viewer.setMouseTracking(True)
        self.viewer.installEventFilter(self)

    def _connect(self) -> None:
        viewer, bar, walk = self.viewer, self.bar, self.walk
        viewer.zoomed.connect(bar.scale.setText)
        viewer.tapped.connect(self.toggle_slides)
        viewer.customContextMenuRequested.connect(self._ask_for_menu)
        walk.changed.connect(self._say)
        walk.told.connect(self.tell)
        self.recipe.told.connect(self.tell)
        bar.back.clicked.connect(lambda: walk.step(-1))
        bar.on.clicked.connect(lambda: walk.step(1))
        bar.slides.clicked.connect(self.toggle_slides)
        bar.seconds_set.connect(self._use_seconds)
        bar.shuffle.toggled.connect(self._shuffle)
        for button in (bar.film, bar.recipe):
            button.toggled.connect(self._arrange)
            button.clicked.connect(self.kept_changed)
        bar.full.clicked.connect(self.toggle_full_screen)
        bar.close_window.clicked.connect(self.close)
        self.slides.runs.connect(self._slides_run)
        self.sorting.ended.connect(self._show_end)
        self.sorting.bar.finish.clicked.connect(self._show_end)
        self.sorting.end.again.clicked.connect(self.show_pictures)
        self.sorting.end.close_window.clicked.connect(self.close)
        self._rest.timeout.connect(self._be_alone)
        self._silence.timeout.connect(bar.told.hide)

    def _give_keys(self) -> None:
        for key, act in (
            ("Esc", self.leave),
            (FILM_KEY, self.bar.film.click),
            (RECIPE_KEY, self.bar.recipe.click),
            (CLOSE_KEY, self.close),
            ("PgDown", lambda: self.walk.step(PAGE)),
            ("PgUp", lambda: self.walk.step(-PAGE)),
        ):
            QShortcut(QKeySequence(key), self).activated.connect(act)

    # --- what is kept ---

    def use_kept(self, kept: ViewingKept) -> None:
        """As it was at the end of the last start."""
        bar = self.bar
        bar.film.setChecked(kept.film)
        bar.recipe.setChecked(kept.recipe)
        bar.shuffle.setChecked(kept.shuffled)
        bar.seconds.setValue(kept.seconds)
        if self.is_second and kept.geometry:
            self._was_placed = self.restoreGeometry(QByteArray.fromHex(kept.geometry.encode()))
        self._arrange()

    def kept(self, before: ViewingKept) -> ViewingKept:
        """What the next start should find, where it was `before`."""
        geometry = before.geometry
        if self.is_second and self._was_placed:
            geometry = bytes(self.saveGeometry().toHex().data()).decode()
        return ViewingKept(
            geometry=geometry,
            film=self.bar.film.isChecked(),
            recipe=self.bar.recipe.isChecked(),
            seconds=self.bar.seconds.value(),
            shuffled=self.bar.shuffle.isChecked(),
        )

    # --- its life ---

    def open_over(self, screen: QRect) -> None:
        """Over this screen; zoomed only where the picture was that was seen last."""
        self.walk.ahead.start()
        if self.walk.current != self._left_at:
            self.viewer.set_zoom(None)
        self.setGeometry(screen)
        self.showFullScreen()
        self._come()

    def open_beside(self, screens: Sequence[QRect]) -> None:
        """At its last place, else in the middle of the last of these screens."""
        self.walk.ahead.start()
        if not self._was_placed:
            area = QRect(QPoint(0, 0), USUAL.boundedTo(screens[-1].size()))
            area.moveCenter(screens[-1].center())
            self.setGeometry(area)
            self._was_placed = True
        self.show()
        self._come()

    def _come(self) -> None:
        self.bar.full.setChecked(self.isFullScreen())
        self.raise_()
        self.activateWindow()
        self.viewer.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        """Esc: the slide show ends, then the full screen; a second window stays."""
        if self.slides.is_running:
            self.slides.stop()
        elif not self.is_second:
            self.close()
        elif self.sorting.is_on:
            self.sorting.stop()
            self.show_pictures()
            self._arrange()
        elif self.isFullScreen():
            self.toggle_full_screen()

    def sort_out(self) -> None:
        """The pictures of the walk, from the one that is seen on, which is seen whole."""
        self.sorting.begin()
        self.viewer.set_zoom(None)
        self.show_pictures()
        self._arrange()

    def _show_end(self) -> None:
        self.stage.setCurrentWidget(self.sorting.end)

    def is_at_end(self) -> bool:
        """Whether the end of a sorting stands in the pictures' place."""
        return self.stage.currentWidget() is self.sorting.end

    def show_pictures(self) -> None:
        """In place of the end of a sorting."""
        self.stage.setCurrentWidget(self.viewer)
        self.viewer.setFocus(Qt.FocusReason.OtherFocusReason)

    def toggle_full_screen(self) -> None:
        """Over the whole screen, or no longer: one that is nothing else closes."""
        if self.isFullScreen() and not self.is_second:
            self.close()
            return
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()
        self.bar.full.setChecked(self.isFullScreen())

    def closeEvent(self, event: QCloseEvent) -> None:
        self.slides.stop()
        self.kept_changed.emit()
        super().closeEvent(event)
        last = self._left_at = self.walk.current
        self.sorting.stop()
        self.stage.setCurrentWidget(self.viewer)
        self._arrange()
        self.walk.rest()
        self.closed.emit(last)

    def end(self) -> None:
        """The program ends."""
        self.slides.stop()
        self.hide()
        self.walk.ahead.end()

    # --- what it says ---

    def _say(self) -> None:
        walk, bar = self.walk, self.bar
        row, count = walk.row(), len(walk.roll)
        bar.position.setText(position_words(row, count) if row >= 0 else "")
        bar.back.setEnabled(row > 0)
        bar.on.setEnabled(0 <= row < count - 1)
        bar.slides.setEnabled(count > 1)
        picture = walk.picture()
        if picture is not self._said_of and (picture is not None or not walk.current):
            self._said_of = picture
            self.recipe.show_picture(picture)
            bar.marks.show_marks(picture)
            name = "" if picture is None else Path(picture.path).name
            bar.name.set_full(name)
            title = tr("{picture} - Calotype", picture=name) if name else "Calotype"
            self.setWindowTitle(title)

    def tell(self, words: str) -> None:
        """A few words on what was just done."""
        self.bar.told.set_full(words)
        self.bar.told.show()
        self._silence.start()
        announce(self.viewer, words)

    def _ask_for_menu(self, at: QPoint) -> None:
        if self.walk.picture() is not None:
            self.menu_wanted.emit(self.viewer.mapToGlobal(self.viewer.menu_place(at)))

    # --- the slide show, and what stands around the picture ---

    def toggle_slides(self) -> None:
        """Let the pictures go by, or stay at this one."""
        if self.slides.is_running:
            self.slides.stop()
        elif len(self.walk.roll) > 1 and self.walk.current and not self.sorting.is_on:
            self.slides.start()
        self.bar.slides.setChecked(self.slides.is_running)

    def _use_seconds(self, seconds: int) -> None:
        self.slides.use_seconds(seconds)
        self.kept_changed.emit()

    def _shuffle(self, on: bool) -> None:
        self.walk.shuffle(on)
        self.kept_changed.emit()

    def _slides_run(self, on: bool) -> None:
        self.bar.slides.setChecked(on)
        self.bar.slides.set_icon("pause" if on else "resume")
        if on:
            self.awake.keep(tr("A slide show"))
            self.viewer.setFocus(Qt.FocusReason.OtherFocusReason)
            self.walk.refresh()  # what comes next is read
            self._pointer = QCursor.pos()
            self._be_alone()
            announce(self.viewer, tr("The slide show goes on until Esc."))
        else:
            self.awake.release()
            self._rest.stop()
            self._arrange()

    def _be_alone(self) -> None:
        """Nothing but the picture."""
        if self.slides.is_running:
            self._arrange(alone=True)

    def _arrange(self, *_: object, alone: bool = False) -> None:
        """What stands around the picture."""
        self.viewer.is_alone = alone
        self.bar.setHidden(alone)
        self.sorting.bar.setVisible(self.sorting.is_on and not alone)
        self.walk.film.setVisible(self.bar.film.isChecked() and not alone)
        self.recipe.setVisible(self.bar.recipe.isChecked() and not alone)
        if alone:
            self.viewer.setCursor(Qt.CursorShape.BlankCursor)
        else:
            self.viewer.unsetCursor()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """While pictures go by the bar comes when the pointer moves."""
        moved = event.type() == QEvent.Type.MouseMove and QCursor.pos() != self._pointer
        if moved and self.slides.is_running:
            self._pointer = QCursor.pos()
            self.viewer.is_alone = False
            self.bar.show()
            self.viewer.unsetCursor()
            self._rest.start()
        return False
