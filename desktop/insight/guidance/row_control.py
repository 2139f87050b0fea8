"""What happens in a row of other values: cells are looked for, made, judged, and taken over."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.system.errors import InvalidRequest
from desktop.insight.guidance.captions import settled_words, threshold_words
from desktop.insight.guidance.cell_words import strip_cells
from desktop.insight.guidance.value_row import ValueRow
from desktop.pictures.strips.running import SweepRun
from desktop.shared.context import RoomContext
from desktop.widgets.figures import time_words
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.recorded import RecordedPicture

MOST_REFUSALS = 2  # of which the reasons are said
Usual = Callable[["RecordedPicture"], tuple[float, ...]]


class RowControl(QObject):
    """One row. `parameter` is the request's field, `what` its name for people, `usual` the values
    that are offered first for a picture. `opened`
    carries the place of a cell that is to be seen large, `refused` a sentence, `judged` nothing:
    what follows from the row changed."""

    opened = Signal(int)
    refused = Signal(str)
    judged = Signal()

    def __init__(
        self,
        context: RoomContext,
        sheet: ValueRow,
        parameter: str,
        what: str,
        usual: Usual,
        *,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        services = context.services
        self._context = context
        self._images = services.image_tasks
        self._usual = usual
        self._picture: RecordedPicture | None = None
        self._turn = 0  # counts rows: a verdict on an earlier one is dropped
        self._is_refused = False  # what was typed last
        self.sheet = sheet
        self.parameter = parameter
        self.what = what
        self.settled: int | None = None  # the place from which nothing one can see changes
        self.is_judged = False
        self.run = SweepRun(
            services.stores,
            services.service,
            records=services.gallery_tasks,
            images=services.image_tasks,
            parent=self,
        )
        self.run.changed.connect(self._show)
        self.run.measured.connect(self._measured)
        sheet.edited.connect(self._take_values)
        sheet.make_asked.connect(self._make)
        sheet.stop_asked.connect(self.run.stop)
        sheet.use_asked.connect(self._use)
        sheet.strip.chosen.connect(lambda _: self._name_use())
        sheet.strip.opened.connect(self._open)

    def open(self, picture: RecordedPicture | None) -> None:
        """Rows of this picture from now on; None for none."""
        self._picture = picture
        self._is_refused = False
        self.sheet.tell("")
        if picture is None:
            self._forget_verdict()
            self.run.close()
            return
        own = float(getattr(picture.job.request, self.parameter))
        values = sorted({*self._usual(picture), own})
        self.sheet.values.setText(", ".join(f"{value:g}" for value in values))
        self.sheet.values.setModified(False)
        self.sheet.values.setCursorPosition(0)
        self._open_row(tuple(values))

    def _take_values(self, text: str) -> None:
        from core.service.sweeps.cells import numbers_in

        if self._picture is None:
            return
        try:
            values = numbers_in(text)
        except InvalidRequest as fault:
            self._is_refused = True
            self.refused.emit(str(fault))
            return
        self._is_refused = False
        own = float(getattr(self._picture.job.request, self.parameter))
        self._open_row(tuple(sorted({*values, own})))

    def _open_row(self, values: tuple[float, ...]) -> None:
        from core.service.sweeps.cells import over

        assert self._picture is not None
        self._forget_verdict()
        picture = self._picture
        self.run.open(picture.job.request, over(self.parameter, values), parent=picture.pixels)

    def saturations(self) -> list[tuple[str, float]]:
        """Value and saturation of each cell that was measured, in the row's order."""
        names = [one.cell.name for one in self.run.cells]
        return [
            (names[place], self.run.figures[place].saturation) for place in self._measured_ones()
        ]

    def _measured_ones(self) -> list[int]:
        return sorted(self.run.figures)

    # --- what is shown ---

    def _show(self) -> None:
        sheet, run = self.sheet, self.run
        sheet.strip.show_cells(strip_cells(run, self.what))
        sheet.strip.setAccessibleDescription(sheet.strip.table())
        sheet.save.setEnabled(bool(run.figures))
        sheet.name_make(self._make_words(), running=run.is_running)
        self.judged.emit()
        self._name_use()

    def _make_words(self) -> str:
        if self.run.is_running:
            return tr("Stop")
        missing = self._missing()
        if not self.run.cells and self._picture is not None:  # they are looked for
            return tr("Make these")
        if not missing:
            return ""
        return tr(
            "Make {count} pictures (about {time})",
            count=len(missing),
            time=time_words(sum(map(self._seconds, missing))),
        )

    def _missing(self) -> list[float]:
        """The values that are not made yet."""
        from core.service.sweeps.progress import CellState

        wanted = (CellState.WANTED, CellState.FAILED, CellState.STOPPED)
        return [float(one.cell.name) for one in self.run.cells if one.state in wanted]

    def _seconds(self, value: float) -> float:
        """What a cell is expected to take, as this picture's steps took."""
        assert self._picture is not None
        request = self._picture.job.request
        whole = sum(step.seconds for step in self._picture.steps)
        if self.parameter == "steps":
            return whole * value / max(request.steps, 1)
        return whole / 2 if value == 1 and request.guidance != 1 else whole

    def _name_use(self) -> None:
        place = self.sheet.strip.currentRow()
        cells = self.run.cells
        if 0 <= place < len(cells) and cells[place].cell.request is not None:
            value = cells[place].cell.name
            self.sheet.name_use(tr("Use {what} {value}", what=self.what.lower(), value=value))
        else:
            self.sheet.name_use("")

    # --- what a person does ---

    def _make(self) -> None:
        if not self._is_refused:
            self.run.begin()

    def _use(self, place: int) -> None:
        cell = self.run.cells[place].cell
        if cell.request is not None:
            self._context.services.draft.set(
                **{self.parameter: getattr(cell.request, self.parameter)}
            )
            words = tr(
                "{what} {value} stands in Create's form now.", what=self.what, value=cell.name
            )
            self._context.signals.told.emit(words)

    def _open(self, place: int) -> None:
        if self.run.cells[place].picture is not None:
            self.opened.emit(place)

    # --- what follows from it ---

    def _forget_verdict(self) -> None:
        self._turn += 1
        self.settled = None
        self.is_judged = False
        self.judged.emit()

    def _measured(self, _: int) -> None:
        self._show()
        paths = [Path(one.picture.path) for one in self.run.cells if one.picture is not None]
        is_whole = not (self.run.is_running or self._missing())
        if is_whole and len(self.run.figures) == len(paths) > 1:
            self._judge(paths)

    def _judge(self, paths: list[Path]) -> None:
        turn = self._turn

        def there(place: int | None) -> None:
            if turn == self._turn:
                self.settled = place
                self.is_judged = True
                self.judged.emit()

        self._images.submit(partial(_settled_at, paths), there, lambda _: None)

    def verdict(self) -> str:
        """From where on nothing one can see changes, as far as that is known, and why values are
        not possible."""
        from core.service.sweeps.progress import CellState

        made = [one for one in self.run.cells if one.picture is not None]
        words: list[str] = []
        if self.is_judged and len(made) > 1:
            before, last = (one.cell.name for one in made[-2:])
            first = "" if self.settled is None else made[self.settled].cell.name
            words.append(f"{settled_words(first, before, last)} {threshold_words()}")
        refused = (one.said for one in self.run.cells if one.state is CellState.REFUSED)
        return "\n".join((*words, *list(dict.fromkeys(refused))[:MOST_REFUSALS]))


def _settled_at(paths: list[Path]) -> int | None:
    """Raises KnownError where a file cannot be read."""
    from core.service.sweeps.figures import pixels_of, settled_at

    return settled_at([pixels_of(path) for path in paths])
