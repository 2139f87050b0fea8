"""Which values of a sweep are seen: hidden ones, those left out, and those taken back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMenu

from core.service.sweeps.axes.reading import label_of, words_of
from core.values.job import JobState
from core.values.sweeping.sweep import Axis, Sweep
from desktop.pictures.sweeping.arrangement import Arrangement
from desktop.pictures.sweeping.model import SweepModel
from desktop.pictures.sweeping.view import SweepView
from desktop.widgets.i18n import tr, tr_data

Change = Callable[[Sweep], Sweep]


class SweepValues(QObject):
    """`arrange` lays the same cells out otherwise, `change` is done to the stored sweep, `cancel`
    stops jobs that wait."""

    def __init__(
        self,
        view: SweepView,
        model: SweepModel,
        *,
        arrange: Callable[[Arrangement], object],
        change: Callable[[Change], object],
        cancel: Callable[..., object],
    ) -> None:
        super().__init__(view)
        self._view = view
        self._model = model
        self._arrange = arrange
        self._change = change
        self._cancel = cancel
        view.table.value_asked.connect(self._value_menu)
        menu = QMenu(view.values)
        menu.setAccessibleName(view.values.text())
        menu.aboutToShow.connect(partial(self._fill_values, menu))
        view.values.setMenu(menu)

    def _value_menu(self, orientation: Qt.Orientation, section: int) -> None:
        arrangement = self._model.arrangement
        if arrangement is None or section < 0:
            return
        menu = QMenu(self._view)
        if orientation == Qt.Orientation.Horizontal:
            pairs = [(arrangement.across, self._model.column_value(section))]
        else:
            pairs = list(zip(arrangement.down, self._model.row_values(section), strict=True))
        for axis, value in pairs:
            name = arrangement.sweep.axes[axis].name
            words = f"{tr_data(label_of(name))} {words_of(name, value)}"
            menu.addAction(tr("Hide {value}", value=words), partial(self._hide, axis, value))
            menu.addAction(
                tr("Leave out {value}", value=words), partial(self._leave_out, axis, value)
            )
        menu.popup(self._view.cursor().pos())

    def _fill_values(self, menu: QMenu) -> None:
        """Each value with what can be done: the way there for the keyboard."""
        menu.clear()
        arrangement = self._model.arrangement
        if arrangement is None:
            return
        if arrangement.hidden:
            menu.addAction(tr("Show hidden values"), self._show_all)
            menu.addSeparator()
        for number, axis in enumerate(arrangement.sweep.axes):
            for value in axis.values:
                action = menu.addAction(words_of(axis.name, value))
                action.setCheckable(True)
                action.setChecked(value not in axis.skipped)
                action.triggered.connect(
                    lambda on, at=number, of=value: self._switch(at, of, on=on)
                )
            menu.addSeparator()

    def _switch(self, axis: int, value: str, *, on: bool) -> None:
        if on:
            self._change(lambda sweep: _changed(sweep, axis, lambda one: one.taking_back((value,))))
        else:
            self._leave_out(axis, value)

    def _hide(self, axis: int, value: str) -> None:
        if self._model.arrangement is not None:
            self._arrange(self._model.arrangement.hiding(axis, value))

    def _show_all(self) -> None:
        if self._model.arrangement is not None:
            self._arrange(self._model.arrangement.showing_all())

    def _leave_out(self, axis: int, value: str) -> None:
        """No cells of this value: those that wait are stopped, those made stay pictures."""
        now = self._model.now
        if now is None or len(now.sweep.axes[axis].shown) < 2:
            return
        text = now.sweep.axes[axis].text(value)
        jobs = [job for job in now.jobs.values() if text in job.request.sweep.cell]
        if waiting := [job.id for job in jobs if job.state is JobState.WAITING]:
            self._cancel(*waiting)
        self._change(lambda sweep: _changed(sweep, axis, lambda one: one.skipping((value,))))


def _changed(sweep: Sweep, axis: int, change: Callable[[Axis], Axis]) -> Sweep:
    return sweep.with_axis(change(sweep.axes[axis]))
