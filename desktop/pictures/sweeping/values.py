"""Which values of a sweep are seen: hidden ones, those left out, and those taken back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from core.service.sweeps.axes.reading import label_of, words_of
from core.values.job import JobState
from core.values.sweeping.sweep import Axis, Sweep
from desktop.pictures.sweeping.arrangement import Arrangement
from desktop.pictures.sweeping.model import SweepModel
from desktop.pictures.sweeping.view import SweepView
from desktop.widgets.controls import TickMenu, menu_words
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
        menu = TickMenu(view.values)
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
            words = menu_words(f"{tr_data(label_of(name))} {words_of(name, value)}")
            menu.addAction(tr("Hide {value}", value=words), partial(self._hide, axis, value))
            menu.addAction(
                tr("Leave out {value}", value=words), partial(self._leave_out, axis, value)
            )
        menu.popup(self._view.cursor().pos())

    def _fill_values(self, menu: QMenu) -> None:
        """Ticks on the values that are looked at, and those that are left out in a menu of their
        own: the way there for the keyboard."""
        for earlier in menu.findChildren(QMenu):
            earlier.deleteLater()
        menu.clear()
        arrangement = self._model.arrangement
        if arrangement is None:
            return
        self._fill(menu, lambda axis, value: value in arrangement.seen(axis), self._look_at)
        menu.addSeparator()
        menu.addAction(tr("Show hidden values"), self._show_all)
        left_out = TickMenu(tr("Leave out"), menu)
        axes = arrangement.sweep.axes
        self._fill(left_out, lambda axis, value: value in axes[axis].skipped, self._leave)
        menu.addMenu(left_out)

    def _fill(
        self,
        menu: QMenu,
        is_ticked: Callable[[int, str], bool],
        tick: Callable[[int, str, bool], bool],
    ) -> None:
        """All values by their axes; `tick` says whether one is ticked now."""
        assert self._model.arrangement is not None
        for number, axis in enumerate(self._model.arrangement.sweep.axes):
            if number:
                menu.addSeparator()
            menu.addAction(_heading(menu_words(tr_data(label_of(axis.name))), menu))
            for value in axis.values:
                action = menu.addAction(menu_words(words_of(axis.name, value)))
                action.setCheckable(True)
                action.setChecked(is_ticked(number, value))
                tick_it = partial(tick, number, value)
                action.triggered.connect(lambda on, of=action, do=tick_it: of.setChecked(do(on)))

    def _look_at(self, axis: int, value: str, on: bool) -> bool:
        arrangement = self._model.arrangement
        if arrangement is None:
            return on
        if on and value in arrangement.sweep.axes[axis].skipped:
            self._take_back(axis, value)
        changed = arrangement.showing(axis, value) if on else arrangement.hiding(axis, value)
        self._arrange(changed)
        return on or changed is arrangement  # the last one stays

    def _leave(self, axis: int, value: str, on: bool) -> bool:
        if on:
            return self._leave_out(axis, value)
        self._take_back(axis, value)
        return False

    def _take_back(self, axis: int, value: str) -> None:
        self._change(lambda sweep: _changed(sweep, axis, lambda one: one.taking_back((value,))))

    def _hide(self, axis: int, value: str) -> None:
        if self._model.arrangement is not None:
            self._arrange(self._model.arrangement.hiding(axis, value))

    def _show_all(self) -> None:
        if self._model.arrangement is not None:
            self._arrange(self._model.arrangement.showing_all())

    def _leave_out(self, axis: int, value: str) -> bool:
        """No cells of this value: those that wait are stopped, those made stay pictures. The last
        one of its axis is not left out."""
        now = self._model.now
        if now is None or len(now.sweep.axes[axis].shown) < 2:
            return False
        text = now.sweep.axes[axis].text(value)
        jobs = [job for job in now.jobs.values() if text in job.request.sweep.cell]
        if waiting := [job.id for job in jobs if job.state is JobState.WAITING]:
            self._cancel(*waiting)
        self._change(lambda sweep: _changed(sweep, axis, lambda one: one.skipping((value,))))
        return True


def _heading(words: str, menu: QMenu) -> QAction:
    """A line that nobody chooses. (A section's words are not drawn where a style sheet is.)"""
    action = QAction(words, menu)
    font = menu.font()
    font.setBold(True)
    action.setFont(font)
    action.setEnabled(False)
    return action


def _changed(sweep: Sweep, axis: int, change: Callable[[Axis], Axis]) -> Sweep:
    return sweep.with_axis(change(sweep.axes[axis]))
