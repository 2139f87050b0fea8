"""The recipe of an imported picture as its row keeps it, for when its file is away."""

from __future__ import annotations

from pathlib import Path

from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.metadata.recipes import read_file
from core.system.errors import WorldError
from core.values.picture import Picture


def recipe_of_imported(picture: Picture) -> ParsedRecipe:
    """What its file says, else what its row does: of a request only the fields that the recipe
    named. Reads a file: not for the GUI thread."""
    try:
        return read_file(Path(picture.path))
    except WorldError:
        return recipe_in_row(picture)


def recipe_in_row(picture: Picture) -> ParsedRecipe:
    """The same without a look at the file."""
    origin = picture.origin
    known = origin.known if origin is not None else ()
    fields = {
        name: getattr(picture.request, name)
        for name in known
        if name != "model" and hasattr(picture.request, name)
    }
    request: dict[str, object] = {"model": picture.model_name} if "model" in known else {}
    program = origin.program if origin is not None else ""
    return ParsedRecipe(format=program or "none", request=request, fields=fields)
