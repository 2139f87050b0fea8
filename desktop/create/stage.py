"""The middle of Create: the picture developing, how far it is, Stop,
and the queue in a drawer below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.create.stage_line import StageLine
from desktop.pictures.viewer import Viewer
from desktop.queue.drawer import QueueDrawer
from desktop.queue.progress import Progress
from desktop.state.job_service import JobService
from desktop.state.portraits import preview_image
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.making.runner import Outcome
    from core.values.events import Preview
    from core.values.request_parts.sweep_place import SweepPlace
    from desktop.steps.strip import RewindStrip


class StagePanel(QWidget):
    """`follow_asked` asks for the newest picture, `sweep_asked` for a sweep by its id; `progress`
    is the share done in percent, for the title, -1 when nothing is being made."""

    follow_asked = Signal()
    sweep_asked = Signal(str)
    progress = Signal(int)

    def __init__(self, service: JobService, viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.viewer = viewer
        self.strip: RewindStrip | None = None  # once the window is painted
        self._place = QStackedWidget()
        self._sweep: QWidget | None = None  # once somebody wants one
        self._followed = True  # before a person went back through the steps
        self._progress = Progress(service, self)
        self.status = self._progress.status
        self.bar = self._progress.bar
        self.stop = self._progress.stop
        self.line = StageLine(self.status, self.stop)
        self.line.follow_asked.connect(self.follow_asked)
        self.line.sweep_asked.connect(lambda: self.sweep_asked.emit(self._cell_of))
        self.follow = self.line.follow
        self.cell = self.line.cell
        self._cell_of = ""
        self.drawer = QueueDrawer(service)
        self._build()
        self.following = True
        self._progress.share.connect(self.progress)
        self._progress.warming.connect(self._warm_up)
        self._progress.preview.connect(self._preview)
        service.finished.connect(self._finished)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._place.addWidget(self.viewer)
        column.addWidget(self._place, 1)
        column.addWidget(self.bar)
        column.addWidget(self.line)
        column.addWidget(self.drawer)
        self.viewer.zoomed.connect(self.line.show_scale)

    def use_strip(self, strip: RewindStrip) -> None:
        """The timeline below the picture, whose steps are seen in the picture's place."""
        self.strip = strip
        self._place.addWidget(strip.stage)
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(1, strip)
        strip.rewound.connect(self._rewind)
        strip.stage.zoomed.connect(self._say_zoom)

    def show_cell(self, place: SweepPlace) -> None:
        """Which cell of a sweep the picture is, where it is one."""
        self._cell_of = place.id
        self.line.show_cell(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leads from a cell that is seen large back to its sweep."""
        if event.key() == Qt.Key.Key_Escape and self._cell_of and not self.is_sweep_shown():
            self.sweep_asked.emit(self._cell_of)
        else:
            super().keyPressEvent(event)

    def use_sweep(self, view: QWidget) -> None:
        """A sweep, which is seen in the picture's place."""
        self._sweep = view
        self._place.addWidget(view)

    def show_sweep(self, on: bool) -> None:
        """The sweep, or the picture again."""
        if self._sweep is None or on == self.is_sweep_shown():
            return
        had_focus = self._has_focus()
        if on and self.strip is not None:
            self.strip.leave()
        self._place.setCurrentWidget(self._sweep if on else self.viewer)
        if self.strip is not None:
            self.strip.setVisible(not on)
        self.line.show_sweep(on)
        if had_focus and not on:
            self.front().setFocus()

    def is_sweep_shown(self) -> bool:
        """Whether it is a sweep that is seen."""
        return self._sweep is not None and self._place.currentWidget() is self._sweep

    def front(self) -> Viewer:
        """The viewer that is seen."""
        if self.strip is not None and self.strip.is_rewound():
            return self.strip.stage.front()
        return self.viewer

    def fit_picture(self) -> None:
        """The whole picture in the viewer."""
        self.front().set_zoom(None)

    def toggle_zoom(self) -> None:
        """The whole picture, or one of its pixels on one of the screen."""
        self.front().toggle_zoom()

    def set_following(self, on: bool) -> None:
        """Whether new previews and pictures replace what is shown."""
        self._followed = on
        if on and self.strip is not None:
            self.strip.leave()
        self._follow(on)

    def _follow(self, on: bool) -> None:
        self.following = on
        self.line.offer_follow(not on)

    def _rewind(self, on: bool) -> None:
        """A person goes back through the steps of the picture, or comes to its end again."""
        assert self.strip is not None  # who asks
        had_focus = self._has_focus()
        self._place.setCurrentWidget(self.strip.stage if on else self.viewer)
        if had_focus:
            self.front().setFocus()
        # new pictures mark History only, as beside any older one
        self._follow(self._followed and not on)

    def _has_focus(self) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and self._place.isAncestorOf(focus)

    def _say_zoom(self, words: str) -> None:
        if self.front() is not self.viewer:
            self.line.show_scale(words)

    def _warm_up(self, words: str) -> None:
        if self.following and not self.viewer.has_image():
            self.viewer.show_message(words)

    def _preview(self, preview: Preview) -> None:
        if self.following:
            if self.strip is not None:
                self.strip.hide_picture()
            self.viewer.show_image(preview_image(preview), developing=True)

    def _finished(self, outcome: Outcome) -> None:
        if outcome.picture is None and self.following:
            if self.viewer.is_developing():
                self.viewer.clear()
            if not self.viewer.has_image():
                self.viewer.show_message(tr("No picture this time."))
