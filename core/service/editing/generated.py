"""Whether pixels were made by a model: what layers are told when something comes in, and what a
picture says of itself that is saved."""

from __future__ import annotations

import hashlib
from pathlib import Path

from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.metadata.recipes import read_file
from core.service.stores import Stores
from core.store.sources.opened_picture import OpenedPicture
from core.system.errors import WorldError
from core.values.editing.document import Document
from core.values.editing.record import CandidateState, DocumentRecord
from core.values.picture import SourceType


def says_generated(parsed: ParsedRecipe) -> bool:
    """Whether what was read in a picture's file says that a model made it, or parts of it."""
    if parsed.recipe is not None:
        return parsed.recipe.source_type is not SourceType.BY_HAND
    return parsed.format != "none"


def is_generated_file(path: Path) -> bool:
    """The same of a file. Raises WorldError where it is no readable picture."""
    return says_generated(read_file(path))


def source_type_of_pixels(stores: Stores, picture: OpenedPicture) -> SourceType | None:
    """How a picture of the gallery came to be that has these pixels; None where none has. One whose
    file cannot be read any more counts as generated."""
    if picture.mode != "RGB":
        return None
    kept = stores.gallery.with_pixels(hashlib.sha256(picture.data).hexdigest())
    if kept is None:
        return None
    try:
        recipe = read_file(Path(kept.path)).recipe
    except WorldError:
        recipe = None
    return SourceType.GENERATED if recipe is None else recipe.source_type


def is_generated(stores: Stores, picture: OpenedPicture) -> bool:
    """Whether pixels that no file brings are those of a picture that a model had a part in."""
    kind = source_type_of_pixels(stores, picture)
    return kind is not None and kind is not SourceType.BY_HAND


def source_type_of(
    stores: Stores, record: DocumentRecord, document: Document, shown: OpenedPicture
) -> SourceType:
    """How what a document shows came to be."""
    if not (document.shows_generated or _came_before(record)):
        return SourceType.BY_HAND
    known = source_type_of_pixels(stores, shown)
    return SourceType.COMPOSITE if known in (None, SourceType.BY_HAND) else known


def _came_before(record: DocumentRecord) -> bool:
    """Whether a document whose layers cannot tell had anything of a model in it once."""
    accepted = any(one.state is CandidateState.ACCEPTED for one in record.candidates)
    return not record.tells_generated and (bool(record.origin.picture_sha256) or accepted)
