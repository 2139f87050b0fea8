"""One window a data folder: a second start hands its files over to the first and ends.

The lock comes first, since a name to listen at stays behind after kill -9 and only the holder of the lock may clear it away.
"""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from core.errors import WorldError

LONGEST_MESSAGE, PATIENCE, TRY_MS = 2**20, 10.0, 500


class Instance(QObject):
    """`asked` carries the files (a list of str, perhaps empty) of a start that came later."""

    asked = Signal(list)

    def __init__(self, root: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = QLockFile(str(root / "window.lock"))
        self._lock.setStaleLockTime(0)  # stale only where its process is gone
        self._name = "calotype-" + hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:20]
        self._server: QLocalServer | None = None
        self._heard: dict[QLocalSocket, bytearray] = {}

    def first(self) -> bool:
        """Whether no other window has this data folder open; then later starts are heard. WorldError where the folder refuses."""
        if not self._lock.tryLock(0):
            if self._lock.error() != QLockFile.LockError.LockFailedError:
                raise WorldError("The data folder cannot be locked.", "Make it writable, or choose another with --data DIR.")
            return False
        QLocalServer.removeServer(self._name)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._connected)
        self._server.listen(self._name)
        return True

    def first_or_handed_over(self, files: list[str]) -> bool:
        """Whether this start is the first; if not, the first one has the files. It may just be starting, or ending.

        WorldError where it does neither within PATIENCE seconds.
        """
        until = time.monotonic() + PATIENCE
        while not self.first():
            if self.hand_over(files):
                return False
            if time.monotonic() > until:
                raise WorldError("Calotype is open already, but does not answer.", "Wait a moment, or end it and start again.")
            time.sleep(0.1)
        return True

    def hand_over(self, files: list[str]) -> bool:
        """Whether the first window took the files."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(TRY_MS):
            return False
        socket.write(json.dumps(files).encode() + b"\n")
        return socket.waitForReadyRead(int(PATIENCE * 1000)) and socket.readAll().data().startswith(b"ok")

    def deafen(self) -> None:
        """The window is closing: a start from now on waits for the folder instead of handing its files to nobody."""
        if self._server is not None:
            self._server.close()

    def end(self) -> None:
        """Later starts may be the first again."""
        self.deafen()
        self._lock.unlock()

    def _connected(self) -> None:
        assert self._server is not None
        while (socket := self._server.nextPendingConnection()) is not None:
            self._heard[socket] = bytearray()
            socket.readyRead.connect(lambda socket=socket: self._read(socket))
            socket.disconnected.connect(lambda socket=socket: (self._heard.pop(socket, None), socket.deleteLater()))
            self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        said = self._heard.get(socket)
        if said is None:
            return
        said += socket.readAll().data()
        if len(said) > LONGEST_MESSAGE:
            socket.abort()
        elif said.endswith(b"\n"):
            try:
                files = json.loads(said)
            except (ValueError, RecursionError):
                socket.abort()
                return
            socket.write(b"ok\n")
            socket.flush()
            said.clear()
            if isinstance(files, list) and all(isinstance(file, str) for file in files):
                self.asked.emit(files)
