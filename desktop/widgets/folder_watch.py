"""Folders whose files come and go: one word once a change has settled."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

SETTLED_MS = 1500  # a file that is being copied changes its folder many times
MOST = 200  # folders; each costs the system a handle


class FolderWatch(QObject):
    """`settled` once after every burst of changes."""

    settled = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._watcher = QFileSystemWatcher(self)
        self._timer = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._timer.timeout.connect(self.settled)
        for changed in (self._watcher.directoryChanged, self._watcher.fileChanged):
            changed.connect(lambda _: self._timer.start())

    def watch(self, folders: Iterable[str]) -> None:
        """These from now on, the first `MOST` of them, and no others; files that are named are
        watched for what is written into them."""
        wanted = set(list(folders)[:MOST])
        watched = {*self._watcher.directories(), *self._watcher.files()}
        if new := wanted - watched:
            self._watcher.addPaths(sorted(new))
        if old := watched - wanted:
            self._watcher.removePaths(sorted(old))

    def end(self) -> None:
        """No more of it."""
        self.watch(())
        self._timer.stop()
