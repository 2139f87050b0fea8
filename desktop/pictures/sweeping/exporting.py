"""The grid of a sweep as a file for others, as it is laid out now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from core.service.sweeps.making.now import SweepNow
from core.system.errors import KnownError
from desktop.pictures.sweeping.arrangement import Arrangement
from desktop.state.tasks import SerialTasks
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from core.service.sweeps.grid.drawing import Grid

GRIDS = "PNG (*.png);;WebP (*.webp);;PDF (*.pdf)"


def chosen_file(parent: QWidget, name: str) -> Path | None:
    """Where a person wants the grid; None where she does not."""
    suggested = "".join(letter for letter in name if letter.isalnum() or letter in " -_")[:60]
    path, _ = QFileDialog.getSaveFileName(
        parent, tr("Save grid"), f"{suggested.strip() or 'grid'}.png", GRIDS
    )
    return Path(path) if path else None


def write_shown(
    make: Callable[[], Grid], target: Path, tasks: SerialTasks, notice: NoticeBar
) -> None:
    """Write the grid that is made in a thread, and say where it is."""

    def write() -> tuple[Path, ...]:
        from core.service.sweeps.grid.writing import write_grid

        return write_grid(make(), target)

    def said(paths: Sequence[Path]) -> None:
        name = paths[0].name
        words = tr("The grid is written, with its recipe: {name}", name=name)
        if len(paths) > 1:
            words = tr(
                "The grid is written, with its recipe, in {n} parts from {name} on",
                n=len(paths),
                name=name,
            )
        notice.say(words, topic="sweep")

    def refused(error: KnownError) -> None:
        notice.say(str(error), problem=True, topic="sweep")

    tasks.submit(write, said, refused, saves=True)


def grid_of(now: SweepNow, arrangement: Arrangement) -> Grid:
    """The grid as it is arranged: the axis that lies across is X, what is hidden is left out."""
    from core.service.sweeps.grid.drawing import Grid

    order = (arrangement.across, *arrangement.down)
    axes = tuple(
        now.sweep.axes[axis].skipping(v for n, v in arrangement.hidden if n == axis)
        for axis in order
    )

    def turned(values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(values[axis] for axis in order)

    made = {cell.values: now.pictures.get(cell.key) for cell in now.cells}
    return Grid(
        replace(now.sweep, axes=axes),
        {turned(values): picture for values, picture in made.items() if picture is not None},
        {turned(cell.values): now.said(cell) for cell in now.cells if now.said(cell)},
    )
