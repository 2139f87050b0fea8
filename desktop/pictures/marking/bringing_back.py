"""What Undo does behind a deletion."""

from __future__ import annotations

from collections.abc import Sequence

from core.store.gallery import Gallery
from core.system.errors import WorldError
from desktop.pictures.marking.marks import AT_ONCE
from desktop.widgets.i18n import tr


def bring_back(gallery: Gallery, ids: Sequence[int]) -> None:
    """Out of the trash what is left of them; not in the GUI thread. Raises WorldError where the
    trash was emptied of all of them, or one cannot be moved."""
    parts = (ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE))
    if ids and not any(gallery.page(part) for part in parts):
        raise WorldError(
            tr("What was deleted is in Calotype's trash no more."),
            tr("Look for it in the system's trash."),
        )
    gallery.restore(ids)
