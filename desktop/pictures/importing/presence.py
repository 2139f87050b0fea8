"""Which pictures lie on drives that are away, for whoever draws them: looked at beside the window,
asked without a look at any disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from core.service.importing.presence import Presence, look
from desktop.state.tasks import NetworkTasks

EVERY_MS = 20_000  # between two looks


class PresenceWatch(QObject):
    """`changed` after a folder went away or came back, with whether one came back."""

    changed = Signal(bool)

    def __init__(
        self, folders: Callable[[], tuple[Path, ...]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._folders = folders
        self._now = Presence()
        self._looking = False
        self._errands = NetworkTasks(lambda error: None, self)
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.look)

    def is_away(self, path: str) -> bool:
        """Whether the file of a picture cannot be read just now, since its drive or network folder
        is not there."""
        return self._now.is_away(path)

    def is_folder_away(self, folder: Path) -> bool:
        """The same of a watched folder."""
        return self._now.is_away(str(folder / "any"))

    def look(self) -> None:
        """Look again, beside everything else; a network that hangs is not asked twice."""
        folders = self._folders()
        if not folders:
            self._timer.stop()
            self._seen(Presence())
            return
        self._timer.start()
        if not self._looking:
            self._looking = True
            self._errands.submit(lambda: look(folders), self._looked)

    def end(self) -> None:
        """The window closes."""
        self._timer.stop()
        self._errands.close()

    def _looked(self, presence: Presence) -> None:
        self._looking = False
        self._seen(presence)

    def _seen(self, presence: Presence) -> None:
        before = set(self._now.away)
        if presence.away != self._now.away:
            self._now = presence
            self.changed.emit(bool(before - set(presence.away)))
