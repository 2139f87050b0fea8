"""A cell of a row as it stands in the strip, and the row as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from desktop.pictures.strips.running import SweepRun
from desktop.pictures.strips.strip import StripCell
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.sweeps.figures import CellFigures
    from core.service.sweeps.progress import CellNow


def strip_cells(run: SweepRun, what: str) -> list[StripCell]:
    """All cells of a sweep over the parameter that people call `what`."""
    return [_cell(run, place, one, what) for place, one in enumerate(run.cells)]


def _cell(run: SweepRun, place: int, one: CellNow, what: str) -> StripCell:
    figures = run.figures.get(place)
    notes = state_words(run, one) if figures is None else _notes(figures, one)
    words = [tr("{what} {value}", what=what, value=one.cell.name)]
    if one.cell.is_reference:
        words.append(tr("this picture"))
    words += [*notes, one.said]
    return StripCell(
        value=one.cell.name,
        words=", ".join(part for part in words if part),
        notes=notes,
        image=run.pictures.get(place, QImage()),
        is_reference=one.cell.is_reference,
    )


def state_words(run: SweepRun, one: CellNow) -> tuple[str, ...]:
    """How far the picture of a cell is, where it is not there."""
    from core.service.sweeps.progress import CellState

    step, steps = run.step
    making = tr("step {step} of {steps}", step=step, steps=steps) if steps else tr("being made")
    words = {
        CellState.WAITING: tr("waits"),
        CellState.MAKING: making,
        CellState.FAILED: tr("failed"),
        CellState.STOPPED: tr("stopped"),
        CellState.REFUSED: tr("not possible"),
        CellState.MADE: "",
        CellState.WANTED: "",
    }
    return (words[one.state],)


def _notes(figures: CellFigures, one: CellNow) -> tuple[str, ...]:
    saturation = tr("saturation {n}", n=f"{figures.saturation:.2f}")
    return (saturation,) if one.cell.is_reference else (seen_words(figures), saturation)


def seen_words(figures: CellFigures) -> str:
    """How much of a picture is seen to differ from the reference."""
    from core.service.sweeps.noticeable import LEAST_SHARE

    if figures.visible is None:
        return tr("another size")
    if figures.visible <= LEAST_SHARE:
        return tr("looks the same")
    return tr("{n} % differs", n=max(1, round(100 * figures.visible)))


# of a table, after the value's own
COLUMNS = (
    "state",
    "visible difference (share of pixels)",
    "difference (RMS of 255)",
    "saturation (0 to 1)",
    "clipped (share of pixels)",
    "seconds",
)


def table_rows(run: SweepRun) -> tuple[tuple[str | float | None, ...], ...]:
    """The numbers of all cells, the value and what COLUMNS has."""
    rows: list[tuple[str | float | None, ...]] = []
    for place, one in enumerate(run.cells):
        figures = run.figures.get(place)
        measured = (
            (None, None, None, None)
            if figures is None
            else (figures.visible, figures.difference, figures.saturation, figures.clipped)
        )
        seconds = one.picture.seconds if one.picture is not None else None
        rows.append((one.cell.name, one.state.name.lower(), *measured, seconds))
    return tuple(rows)
