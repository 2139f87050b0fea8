"""What is said of a change that is tried, and its pictures as they stand in two rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from desktop.insight.guidance.cell_words import COLUMNS, state_words, table_rows
from desktop.insight.wrong.judging import Looked
from desktop.insight.wrong.trial import Trial, Tried, progress_of
from desktop.insight.wrong.words import figure
from desktop.pictures.strips.strip import StripCell
from desktop.widgets.i18n import tr, tr_data

if TYPE_CHECKING:
    from core.service.insight.figure_table import FigureTable
    from core.values.insight.symptoms import Symptom


def running(trial: Trial, *, paused: bool) -> str:
    """How far it is."""
    assert trial.tried is not None  # who asks
    name, count = _begun(trial.tried.name), len(trial.cells)
    step, steps = trial.run.step
    if progress_of(trial)[1]:
        words = tr("{name}: step {step} of {steps}", name=name, step=step, steps=steps)
    elif paused:
        words = tr("{name} waits: the queue is paused.", name=name)
    else:
        words = tr("{name} waits for its turn.", name=name)
    if count > 1:
        made = len(trial.pictures())
        words = tr("{words} ({made} of {count} pictures)", words=words, made=made, count=count)
    return words


def made(trial: Trial) -> str:
    """It is there."""
    assert trial.tried is not None and trial.picture is not None  # who asks
    count, there = len(trial.cells), len(trial.pictures())
    name = _begun(trial.tried.name)
    if count == 1:
        words = tr("{name} stands beside the picture, at its seed.", name=name)
    elif there == count:
        words = tr("{name} at four seeds.", name=name)
    else:
        words = tr(
            "{name}: {made} of {count} pictures were made.",
            name=name,
            made=there,
            count=count,
        )
    if not trial.picture.ours:
        other = tr("Another program made the picture: what differs may come of that, too.")
        words = f"{words} {other}"
    return words


def _begun(name: str) -> str:
    """As the first word of a sentence."""
    return name[:1].upper() + name[1:]


def judged_anew(tried: Tried, before: Looked, after: Looked) -> str:
    """What became of the symptom; "" where that cannot be told."""
    if before.findings is None or after.findings is None:
        return ""
    old = next((one for one in before.findings.symptoms if one.id == tried.symptom), None)
    new = next((one for one in after.findings.symptoms if one.id == tried.symptom), None)
    if old is None:
        return ""
    others = {one.id for one in before.findings.symptoms}
    came = [tr_data(one.title) for one in after.findings.symptoms if one.id not in others]
    if new is None:
        words = tr("Measured anew, the symptom is gone.")
    else:
        words = tr("Measured anew, the symptom is still there: {how}", how=_how(old, new))
    if came:
        words = f"{words} {tr('It has another one now: {names}.', names=', '.join(came))}"
    return words


def _how(old: Symptom, new: Symptom) -> str:
    """The first figure of both, then and now."""
    now = {one.measure: one for one in new.evidence}
    for one in old.evidence:
        if one.measure in now:
            then = figure(one.value, one.unit)
            return f"{then} → {figure(now[one.measure].value, one.unit)}."
    return ""


# --- four pairs ---


def pair_cells(trial: Trial, own: QImage) -> tuple[list[StripCell], list[StripCell]]:
    """The four as they were and with the change; `own` is the open picture, the first of them."""
    assert trial.picture is not None  # who asks
    seed = str(trial.picture.request.seed)
    first = tr("seed {seed}, this picture", seed=seed)
    before = [StripCell(value=seed, words=first, image=own, is_reference=True)]
    after: list[StripCell] = []
    for place, one in enumerate(trial.cells):
        name = one.cell.name
        notes = () if place in trial.run.figures else state_words(trial.run, one)
        said = (tr("seed {seed}", seed=name), *notes, one.said)
        cell = StripCell(
            value=name,
            words=", ".join(part for part in said if part),
            notes=notes,
            image=trial.run.pictures.get(place, QImage()),
        )
        (after if place % 2 == 0 else before).append(cell)
    return before, after


def pair_of(trial: Trial, place: int) -> tuple[Path | None, Path | None]:
    """The files of a pair, from 0; None for what is not made."""
    assert trial.picture is not None  # who asks

    def file(number: int) -> Path | None:
        cells = trial.cells
        picture = cells[number].picture if 0 <= number < len(cells) else None
        return None if picture is None else Path(picture.path)

    before = trial.picture.path if place == 0 else file(2 * place - 1)
    return before, file(2 * place)


def pairs_table(trial: Trial) -> FigureTable:
    """All that were made, with how far each is from the open picture."""
    from core.metadata.a1111 import write
    from core.service.insight.figure_table import FigureTable
    from core.values.picture import Recipe

    assert trial.picture is not None and trial.tried is not None  # who asks
    rows = table_rows(trial.run)
    which = [tr("with the change") if n % 2 == 0 else tr("as it was") for n in range(len(rows))]
    return FigureTable(
        name="four-seeds",
        caption=tr(
            "{name} at four seeds, each beside the recipe as it was", name=_begun(trial.tried.name)
        ),
        scale=tr(
            "Differences are against the picture at its own seed. Not measured: the eye says."
        ),
        recipe=write(Recipe(trial.picture.request)),
        columns=("seed", "made", *COLUMNS),
        rows=tuple((row[0], name, *row[1:]) for row, name in zip(rows, which, strict=True)),
    )
