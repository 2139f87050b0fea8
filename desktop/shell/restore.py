"""The window as it was at the last exit: into session.json, and back from it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSize

from desktop.shell.rooms import room_numbered
from desktop.state.session import Session

if TYPE_CHECKING:
    from desktop.shell.main_window import MainWindow


def session_of(window: MainWindow, before: Session) -> Session:
    """What the next start should find; a room that is not built yet finds what it would have
    found now."""
    draft = window.draft
    picture = window.current.picture
    kept = replace(
        before,
        request=draft.stored(),
        random_seed=draft.random_seed,
        geometry=bytes(window.saveGeometry().toHex().data()).decode(),
        room=next(row.number for row in window.rooms.rows if row.id == window.rooms.shown),
        fresh=False,
        picture=picture.id if picture is not None else 0,
        viewing=window.viewing.kept(),
        export=window.exports.exportings.kept,
        upscale=window.upscalings.kept,
    )
    for room in window.rooms.built.values():
        kept = room.session(kept)
    return kept


_FIRST = QSize(1440, 900)  # of a window that was never seen, as far as the screen has room
_FRAME = QSize(8, 48)  # that its title and borders take at most, of which Qt knows nothing yet


def restore(window: MainWindow, kept: Session) -> None:
    """Place and size, the rooms, and which of them is shown, as they were."""
    if kept.geometry:
        window.restoreGeometry(QByteArray.fromHex(kept.geometry.encode()))
    else:
        window.resize(_FIRST.boundedTo(window.screen().availableSize() - _FRAME))
    for room in window.rooms.built.values():
        room.restore(kept)
    window.go(room_numbered(kept.room, window.rooms.rows).id)
