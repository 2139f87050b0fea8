"""The names that the gallery's pictures have: models, samplers, tags, albums."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from core.store.gallery import Gallery

Names = Callable[[str], Sequence[tuple[str, int]]]  # of a field, with how many pictures have each


def file_name_in(gallery: Gallery, picture_id: int) -> str:
    """Of a picture's file; "" where there is no such picture. Not for the GUI thread. Raises
    WorldError where it cannot be read."""
    picture = gallery.get(picture_id)
    return "" if picture is None else Path(picture.path).name


def names_in(gallery: Gallery, field: str) -> Sequence[tuple[str, int]]:
    """As core.store.finding.suggesting.names_of. Not for the GUI thread. Raises WorldError where
    they cannot be read."""
    from core.store.finding.suggesting import names_of

    return gallery.index.asked(lambda db: names_of(db, field))
