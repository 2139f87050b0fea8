"""The figures of the view as they are saved: curves and rows, with words, scale and recipe."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop.insight.guidance.cell_words import COLUMNS, table_rows
from desktop.insight.guidance.page import GuidancePage
from desktop.insight.guidance.row_control import RowControl
from desktop.insight.guidance.step_curve import StepCurve
from desktop.insight.opened.figure_saving import RATIO, FigureSaving, drawn
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.recorded import RecordedPicture


class Figures(QObject):
    """Saves what a person asks for; `picture` tells the one that is open."""

    def __init__(
        self,
        page: GuidancePage,
        saving: FigureSaving,
        picture: Callable[[], RecordedPicture | None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._page = page
        self._saving = saving
        self._picture = picture
        page.size_save.clicked.connect(self._save_size)
        page.clipped_save.clicked.connect(self._save_clipped)

    def save_row(self, control: RowControl) -> None:
        """A row of other values: all its cells, and what follows from them."""
        from core.service.insight.figure_table import FigureTable

        sheet = control.sheet
        table = FigureTable(
            f"other-{control.parameter}",
            sheet.explained.text(),
            sheet.said.text(),
            self._recipe(),
            (control.parameter, *COLUMNS),
            table_rows(control.run),
        )
        self._saving.ask(table, sheet.strip.drawn(RATIO))

    def _recipe(self) -> str:
        from core.metadata.a1111 import write
        from core.values.picture import Recipe

        picture = self._picture()
        if picture is None:
            return ""
        return write(Recipe(picture.job.request, model_name=picture.job.model.name))

    def _save_size(self) -> None:
        self._save_curve(
            self._page.size_curve,
            "guidance-size",
            tr("How far apart the guesses with the prompt and against it are at each step."),
            tr("Root mean square of the difference in latents; 0 at the bottom."),
            "difference of both guesses (RMS of latents)",
        )

    def _save_clipped(self) -> None:
        self._save_curve(
            self._page.clipped_curve,
            "guidance-clipped",
            tr("Pixels of each step's guess of which a colour is at the end of its range."),
            tr("Percent of all pixels; 0 at the bottom."),
            "clipped pixels (percent)",
        )

    def _save_curve(
        self, curve: StepCurve, name: str, caption: str, scale: str, column: str
    ) -> None:
        from core.service.insight.figure_table import FigureTable

        rows = tuple((step, value) for step, value in enumerate(curve.values, 1))
        table = FigureTable(name, caption, scale, self._recipe(), ("step", column), rows)
        self._saving.ask(table, drawn(curve))
