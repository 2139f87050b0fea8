"""The window as it was at the last exit: into session.json, and back from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSize

from desktop.state.session import Session

if TYPE_CHECKING:
    from desktop.shell.main_window import MainWindow


def current(window: MainWindow) -> Session:
    """What the next start should find."""
    draft = window.draft
    return Session(
        draft.stored(),
        draft.random_seed,
        bytes(window.saveGeometry().toHex().data()).decode(),
        bytes(window.splitter.saveState().toHex().data()).decode(),
        window.rooms.currentIndex(),
        not window.history.isHidden(),
        window.parameters.more.isChecked(),
        fresh=False,
        examples=window.prompt.examples.choice,
        picture=window.current.picture.id if window.current.picture is not None else 0,
    )


def shape(window: MainWindow, kept: Session) -> None:
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
