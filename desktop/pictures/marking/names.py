"""The names that the gallery's pictures have: models, samplers, tags, albums."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from core.store.gallery import Gallery

if TYPE_CHECKING:
    from core.store.finding.names import FieldName

Names = Callable[[str, str], "Sequence[FieldName]"]  # of a field, those with these letters


def names_in(gallery: Gallery, field: str, begun: str) -> Sequence[FieldName]:
    """As core.store.finding.names.names_of. Not for the GUI thread. Raises WorldError where they
    cannot be read."""
    from core.store.finding.names import names_of

    return gallery.index.asked(lambda db: names_of(db, field, begun))
