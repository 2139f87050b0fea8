"""Sweeps in Create: the axes below the prompt and the table on the stage, built when somebody wants
one of them."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from core.values.picture import Picture
from core.values.sweeping.sweep import Sweep
from desktop.create.stage import StagePanel
from desktop.form.form import Form
from desktop.form.sweeping.asking import SweepAsking
from desktop.pictures.sweeping.desk import SweepDesk
from desktop.shared.context import RoomContext


class CreateSweeps(QObject):
    """`wanted` when Create is to come to the front."""

    wanted = Signal()

    def __init__(self, context: RoomContext, form: Form, stage: StagePanel) -> None:
        super().__init__(context.window)
        self._signals = context.signals
        self._stage = stage
        self._current = context.current
        self._opened = 0  # the picture that was opened in the grid, or by a key from one that was
        context.current.beside = self._beside
        context.current.changed.connect(self._follow)
        self.asking = SweepAsking(
            context.services,
            context.notice,
            context.window,
            settled=form.prompt.settled,
            making=form.making.emit,
            when_kept=form.start.when_kept,
        )
        form.side.add(self.asking.panel, behind=form.prompt)
        self.asking.opened.connect(self._into_sight)
        self._side = form.side
        self.desk = SweepDesk(context.services, context.notice)
        self.desk.setParent(self)
        stage.use_sweep(self.desk.view)
        context.notice.lie_over(self.desk.view.table)
        self._connect()

    def _connect(self) -> None:
        desk, asking, signals = self.desk, self.asking, self._signals
        asking.made.connect(self.open)
        asking.noted.connect(self._use_note)
        asking.kept_changed.connect(signals.session_changed)
        desk.shown.connect(self._show)
        desk.opened.connect(self._open_picture)
        desk.taken.connect(self._take)
        desk.compared.connect(signals.compare_files)
        desk.further_asked.connect(asking.further)
        desk.lost.connect(signals.sweep_lost)
        signals.gallery_changed.connect(desk.look_again)

    def open(self, sweep_id: str) -> None:
        """Show a sweep on the stage."""
        self.wanted.emit()
        self.desk.open(sweep_id)

    def _into_sight(self) -> None:
        """Once it is laid out."""
        panel = self.asking.panel
        area = self._side.scroll_area
        QTimer.singleShot(0, panel, lambda: area.ensureWidgetVisible(panel))

    def _show(self, on: bool) -> None:
        if on and not self._stage.is_sweep_shown() and self._current.picture is not None:
            self.desk.chosen.choose_picture(self._current.picture)  # back to its cell
        self._stage.show_sweep(on)
        if on:
            self.desk.view.table.setFocus()

    def _open_picture(self, picture: Picture) -> None:
        self._stage.show_sweep(False)
        self._opened = picture.id
        self._signals.open_picture.emit(picture)

    def _follow(self) -> None:
        """Another picture was opened elsewhere."""
        picture = self._current.picture
        if picture is None or picture.id != self._opened:
            self._opened = 0

    def _beside(self, picture: Picture, by: int) -> Picture | None:
        """Of a cell that is seen large the one so many on, in the order of the grid."""
        other = self.desk.chosen.beside(picture, by) if picture.id == self._opened else None
        if other is not None:
            self._opened = other.id
        return other

    def _use_note(self, sweep: Sweep) -> None:
        """The grid is saved with it."""
        now = self.desk.now
        if now is not None and now.sweep.id == sweep.id:
            self.desk.model.use(replace(now, sweep=replace(now.sweep, note=sweep.note)))

    def _take(self, picture: Picture) -> None:
        self._signals.reuse.emit(picture, ())
