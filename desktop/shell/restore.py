"""The window as it was at the last exit: into session.json, and back from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSize

from desktop.shell.rooms import ROOMS, room_numbered
from desktop.state.session import Session
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from desktop.shell.main_window import MainWindow


def session_of(window: MainWindow) -> Session:
    """What the next start should find."""
    draft = window.draft
    picture = window.current.picture
    return Session(
        request=draft.stored(),
        random_seed=draft.random_seed,
        geometry=_hex_of(window.saveGeometry()),
        splitter=_hex_of(window.splitter.saveState()),
        room=next(row.number for row in ROOMS if row.id == window.rooms.shown),
        history=not window.history.isHidden(),
        more=window.parameters.more.isChecked(),
        fresh=False,
        examples=window.prompt.examples.choice,
        picture=picture.id if picture is not None else 0,
    )


def _hex_of(state: QByteArray) -> str:
    return bytes(state.toHex().data()).decode()


def restore(window: MainWindow, kept: Session, examples: Sequence[str]) -> None:
    """Shape, room and form, as they were; at the very first start a prompt to try stands in the
    form, the first of the model's `examples`."""
    _shape(window, kept)
    window.go(room_numbered(kept.room).id)
    window.stage.viewer.show_message(
        tr("The picture develops here. Describe it on the left and press Generate.")
    )
    if kept.fresh and examples:
        window.prompt.prompt.replace_text(examples[0])
        window.prompt.prompt.selectAll()
    window.draft.history.clear()  # none of this is a step to take back


def _shape(window: MainWindow, kept: Session) -> None:
    """Place, size and what is folded, as they were."""
    if kept.geometry:
        window.restoreGeometry(QByteArray.fromHex(kept.geometry.encode()))
    else:
        window.resize(QSize(1440, 900).boundedTo(window.screen().availableSize()))
    if kept.splitter:
        window.splitter.restoreState(QByteArray.fromHex(kept.splitter.encode()))
    window.history.setVisible(kept.history)
    window.parameters.more.setChecked(kept.more)
    window.prompt.examples.choose(kept.examples)
    window.side.roomy.connect(window.prompt.examples.suit)
