"""Pictures side by side as a figure that can be saved: a table of what differs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from desktop.pictures.comparing.compared import LETTERS, ComparedPicture
from desktop.widgets.i18n import tr, tr_data

if TYPE_CHECKING:
    from core.service.insight.figure_table import FigureTable


def figure_of(pictures: Sequence[ComparedPicture], scale: str) -> FigureTable:
    """A column each picture, a row each parameter in which their recipes differ, and how far each
    picture is from the first one, whose recipe is the figure's; `scale` as `FigureTable` has it.
    Not for the GUI thread. Raises WorldError where the first one's file cannot be read any more."""
    from core.service.again.comparison import difference
    from core.service.again.unlike import unlike
    from core.service.insight.figure_table import FigureTable

    letters = LETTERS[: len(pictures)]
    names = [
        tr("{letter}: {name}", letter=letter, name=picture.name)
        for letter, picture in zip(letters, pictures, strict=True)
    ]
    rows: list[tuple[str | float | None, ...]] = []
    known = [number for number, picture in enumerate(pictures) if picture.recipe is not None]
    for row in unlike([recipe for picture in pictures if (recipe := picture.recipe) is not None]):
        said = dict(zip(known, row.values, strict=True))
        rows.append((tr_data(row.label), *(said.get(n) for n in range(len(pictures)))))
    apart = [difference(pictures[0].pixels, picture.pixels) for picture in pictures]
    rows.append((tr("Greatest difference from A (of 255)"), *(d and d.greatest for d in apart)))
    rows.append((tr("PSNR against A (dB)"), *(d and d.psnr for d in apart)))
    return FigureTable(
        name="side-by-side",
        caption=", ".join(names),
        scale=scale,
        recipe=_recipe_of(pictures[0]),
        columns=(tr("Parameter"), *letters),
        rows=tuple(rows),
    )


def _recipe_of(picture: ComparedPicture) -> str:
    """As other programs write it; "" where it is in no file of ours."""
    from core.metadata.a1111 import write as recipe_text
    from core.metadata.recipes import read_file

    recipe = read_file(picture.path).recipe if picture.path is not None else None
    return recipe_text(recipe) if recipe is not None else ""
