"""What the file of a grid says beside its pixels: its name and note, the recipe of its first
picture, and what was varied, as the web UI's X/Y/Z plot says it."""

from __future__ import annotations

import json

from core.metadata import a1111
from core.metadata.writing import Said, exif_comment, generated_mark
from core.service.sweeps.axes.reading import label_of, words_of
from core.service.sweeps.grid.drawing import Grid
from core.system.version import program_version
from core.values.picture import Recipe
from core.values.sweeping.sweep import Axis

_LONGEST = 4_000  # characters of the values of an axis
_LETTERS = "XYZ"


def said_of_grid(grid: Grid) -> Said:
    """For the texts of a PNG and the EXIF data of a WebP."""
    recipe = recipe_text(grid)
    return Said(
        texts=(("Title", title_of(grid)), ("parameters", recipe)),
        exif=exif_comment(recipe),
        xmp=generated_mark(title=title_of(grid), description=grid.sweep.note),
    )


def document_mark(grid: Grid) -> bytes:
    """XMP for a file that has no other place for the recipe."""
    words = (grid.sweep.note.strip(), recipe_text(grid))
    return generated_mark(title=title_of(grid), description="\n\n".join(filter(None, words)))


def title_of(grid: Grid) -> str:
    """The sweep's name, else its prompt."""
    return _writable(grid.sweep.name or " ".join(grid.sweep.base.prompt.split()) or "Sweep")


def recipe_text(grid: Grid) -> str:
    """Of the first picture that is there, and behind it each axis with its values."""
    first = next((grid.pictures[one] for one in grid.sweep.cells() if one in grid.pictures), None)
    if first is None:
        recipe = Recipe(grid.sweep.base, version=program_version())
    else:
        recipe = Recipe(first.request, model_name=first.model_name, version=program_version())
    pairs = [("Script", "X/Y/Z plot")]
    for letter, axis in zip(_LETTERS, grid.sweep.axes, strict=False):
        pairs += ((f"{letter} Type", label_of(axis.name)), (f"{letter} Values", _values(axis)))
    text = ", ".join((a1111.write(recipe), *(f"{key}: {_quoted(value)}" for key, value in pairs)))
    return _writable(text)


def _writable(text: str) -> str:
    """Without what no file holds, as half a sign."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode()


def _values(axis: Axis) -> str:
    text = ", ".join(words_of(axis.name, value) for value in axis.shown)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _quoted(value: str) -> str:
    is_plain = not any(sign in value for sign in ',\n:"')
    return value if is_plain else json.dumps(value, ensure_ascii=False)
