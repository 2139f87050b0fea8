"""One window a data folder: a second start hands its files over to the first and ends.

The lock comes first, since a name to listen at stays behind after kill -9 and only the holder of
the lock may clear it away. The socket lies where only this person may write, and nothing is said to
a socket of anybody else's.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import stat
import tempfile
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QLockFile,
    QObject,
    QSocketNotifier,
    QTimer,
    Signal,
)

from core.system.errors import WorldError
from core.system.json_files import parse_json
from core.system.regular_files import read_limited

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

LONGEST_MESSAGE = 2**20  # bytes
PATIENCE = 10.0  # seconds that a start waits for the first window
TRY_MS = 500  # for a connection to it
AT_ONCE = 16  # starts heard at the same time
SILENCE_MS = 5000  # that one of them may say nothing
LISTENS_AFTER_MS = 50  # from the first paint
LOOK_MS = 500  # between two looks for silent ones
JUST_MADE = 3.0  # seconds, in which a lock file may not name its process yet
LONGEST_SOCKET = 100  # bytes; systems allow 104 to 108
_log = logging.getLogger(__name__)


def socket_place(root: Path) -> str:
    """Where the window of the data folder `root` listens: a full path, or on Windows a pipe's name.

    In the person's own folder of the session, else in the data folder, else in a folder of ours
    among the temporary ones; "" where no folder is private.
    """
    import hashlib

    name = "calotype-" + hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:20]
    if os.name == "nt":
        return name  # the system gives the pipe to this person alone (UserAccessOption)
    ours = _own_folders(root)
    for folder in _folders(root):
        short = len(os.fsencode(folder / name)) <= LONGEST_SOCKET
        if short and _is_private(folder, make=folder in ours):
            return str(folder / name)
    return ""


def _own_folders(root: Path) -> tuple[Path, Path]:
    """Folders for the socket that are made where they are missing."""
    return root / "socket", Path(tempfile.gettempdir()) / f"calotype-{os.getuid()}"


def _folders(root: Path) -> tuple[Path, ...]:
    """Where the socket may lie, the best place first."""
    usual = (Path(f"/run/user/{os.getuid()}"), *_own_folders(root))
    session = os.environ.get("XDG_RUNTIME_DIR", "")
    if not os.path.isabs(session):
        return usual
    return tuple(dict.fromkeys((Path(session), *usual)))


def _is_private(folder: Path, *, make: bool) -> bool:
    """Whether this person alone may look into and write the folder,
    which is made where it is ours."""
    try:
        if make:
            with contextlib.suppress(FileExistsError):
                folder.mkdir(mode=0o700)
        status = folder.lstat()
        if make and _is_own_folder(status) and not _is_closed(status):
            folder.chmod(0o700)
            status = folder.lstat()
    except (OSError, ValueError):
        return False
    return _is_own_folder(status) and _is_closed(status)


def _is_own_folder(status: os.stat_result) -> bool:
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()


def _is_closed(status: os.stat_result) -> bool:
    """Whether nobody else may read, write or enter it."""
    return not status.st_mode & 0o077


def _is_ours(place: str) -> bool:
    """Whether what lies at a socket's place is a socket of this person's,
    in a folder that nobody else may write."""
    if os.name == "nt":
        return True
    try:
        socket = os.lstat(place)
        folder = os.lstat(os.path.dirname(place))
    except (OSError, ValueError):
        return False
    private = folder.st_uid == os.getuid() and not folder.st_mode & 0o022
    return private and stat.S_ISSOCK(socket.st_mode) and socket.st_uid == os.getuid()


def read_network() -> None:
    """Load what `listen` needs; in any thread, so that no window waits for it."""
    import hashlib  # noqa: F401

    if os.name == "nt":
        import PySide6.QtNetwork  # noqa: F401
    else:
        import socket  # noqa: F401


class Instance(QObject):
    """`asked` carries the files (a list of str, perhaps empty) of a start that came later."""

    asked = Signal(list)

    def __init__(self, root: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = root
        self._lock_file = root / "window.lock"
        self._lock = QLockFile(str(self._lock_file))
        self._lock.setStaleLockTime(0)  # stale only where its process is gone
        self._server: QLocalServer | None = None
        self._knocks: QSocketNotifier | None = None  # at a socket that no server has yet
        self._heard: dict[QLocalSocket, bytearray] = {}
        self._since: dict[QLocalSocket, float] = {}
        self._impatience = QTimer(self, interval=LOOK_MS)  # runs while somebody is connected
        self._impatience.timeout.connect(self._leave_the_silent)

    @cached_property
    def _name(self) -> str:
        return socket_place(self._root)

    def first(self) -> bool:
        """Whether no other window has this data folder open; then `listen` hears later starts, who
        try again for a while. Raises WorldError where the folder refuses."""
        self._clear_odd_lock()
        if self._take_lock():
            return True
        if self._lock.error() != QLockFile.LockError.LockFailedError:
            raise WorldError(
                "The data folder cannot be locked.",
                "Make it writable, or choose another with --data DIR.",
            )
        return False

    def _take_lock(self) -> bool:
        if self._lock.tryLock(0):
            return True
        return self._says_nothing() and self._lock.removeStaleLockFile() and self._lock.tryLock(0)

    def _clear_odd_lock(self) -> None:
        """A pipe, link or folder in the place of the lock file is put aside:
        Qt would wait for a pipe's other end."""
        aside = self._lock_file.with_name(f"window.lock.odd-{time.time_ns()}")
        try:
            if not stat.S_ISREG(self._lock_file.lstat().st_mode):
                os.replace(self._lock_file, aside)
        except FileNotFoundError:
            return
        except OSError as fault:
            raise WorldError(
                "The data folder cannot be locked.",
                "Make it writable, or choose another with --data DIR.",
            ) from fault

    def _says_nothing(self) -> bool:
        """Whether the lock file names no process, as after a power cut: Qt then never takes it for
        stale. (It removes it only where no living process holds it.) One that was just made may
        belong to a start that is about to write its name and to hold it."""
        try:
            if abs(time.time() - self._lock_file.stat().st_mtime) < JUST_MADE:
                return False
            return not read_limited(self._lock_file, 4096).split(b"\n")[0].isdigit()
        except (OSError, ValueError):
            return True

    def listen(self) -> None:
        """Hear later starts, once the window can be seen. Where that cannot be, this window goes on
        alone: later starts say that it does not answer."""
        why = "there is no private folder for its socket"
        if self._name and os.name == "nt":
            server = self._new_server()
            if server.listen(self._name):
                return
            why = server.errorString()
        elif self._name:
            try:
                self._wait_for_knocks()
                return
            except OSError as fault:
                why = str(fault)
        _log.warning("later starts cannot hand their files over: %s", why)

    def _new_server(self) -> QLocalServer:
        from PySide6.QtNetwork import QLocalServer

        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.setMaxPendingConnections(AT_ONCE)
        self._server.newConnection.connect(self._connected)
        return self._server

    def _wait_for_knocks(self) -> None:
        """A plain socket, whose server is made for the first start that comes: most windows never
        see one, and QtNetwork takes megabytes."""
        import socket

        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._name)
        with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as ear:
            ear.bind(self._name)  # in a folder that nobody else may enter
            os.chmod(self._name, 0o700)
            ear.listen(AT_ONCE)
            ear.setblocking(False)
            self._knocks = QSocketNotifier(ear.detach(), QSocketNotifier.Type.Read, self)
        self._knocks.activated.connect(self._serve)

    def _serve(self) -> None:
        """Somebody knocks: from now on the server has the socket."""
        if (knocks := self._knocks) is not None:
            self._knocks = None
            knocks.setEnabled(False)
            knocks.deleteLater()
            server = self._new_server()
            if not server.listen(int(knocks.socket())):
                _log.warning("a later start is not heard: %s", server.errorString())

    def first_or_handed_over(self, files: list[str]) -> bool:
        """Whether this start is the first; if not, the first one has the files.
        It may just be starting, or ending.

        Raises WorldError where it does neither within PATIENCE seconds, or the folder refuses.
        """
        until = time.monotonic() + PATIENCE
        while not self.first():
            if self.hand_over(files):
                return False
            if time.monotonic() > until:
                raise WorldError(
                    "Calotype is open already, but does not answer.",
                    "Wait a moment, or end it and start again.",
                )
            time.sleep(0.1)
        return True

    def hand_over(self, files: list[str]) -> bool:
        """Whether the first window took the files."""
        if not _is_ours(self._name):
            return False
        from PySide6.QtNetwork import QLocalSocket

        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(TRY_MS):
            return False
        socket.write(json.dumps(files).encode() + b"\n")
        answered = socket.waitForReadyRead(int(PATIENCE * 1000))
        return answered and bytes(socket.readAll().data()).startswith(b"ok")

    def deafen(self) -> None:
        """The window is closing: a start from now on waits for the folder instead of
        handing its files to nobody."""
        if self._knocks is not None:
            self._knocks.setEnabled(False)
            os.close(int(self._knocks.socket()))
            self._knocks = None
            with contextlib.suppress(OSError):
                os.unlink(self._name)
        if self._server is not None:
            self._server.close()
        for socket in list(self._heard):
            socket.abort()
        # while their server is still there
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self._impatience.stop()

    def end(self) -> None:
        """Later starts may be the first again."""
        self.deafen()
        self._lock.unlock()

    def _connected(self) -> None:
        """Take as many as are heard at once; further ones wait in the system,
        which costs this process no descriptors."""
        assert self._server is not None
        while len(self._heard) < AT_ONCE:
            socket = self._server.nextPendingConnection()
            if socket is None:
                return
            self._heard[socket] = bytearray()
            socket.setReadBufferSize(LONGEST_MESSAGE + 1)
            socket.readyRead.connect(lambda socket=socket: self._read(socket))
            socket.disconnected.connect(lambda socket=socket: self._forget(socket))
            self._since[socket] = time.monotonic()
            self._impatience.start()
            self._read(socket)

    def _leave_the_silent(self) -> None:
        for socket, since in list(self._since.items()):
            if time.monotonic() - since > SILENCE_MS / 1000:
                socket.abort()
        self._connected()
        if not self._since:
            self._impatience.stop()

    def _forget(self, socket: QLocalSocket) -> None:
        self._since.pop(socket, None)
        if self._heard.pop(socket, None) is not None:
            socket.deleteLater()

    def _read(self, socket: QLocalSocket) -> None:
        said = self._heard.get(socket)
        if said is None:
            return
        said += socket.readAll().data()
        if len(said) > LONGEST_MESSAGE:
            socket.abort()
        elif said.endswith(b"\n"):
            self._answer(socket, said)

    def _answer(self, socket: QLocalSocket, said: bytearray) -> None:
        """A whole line was said: a JSON list of files, which is acknowledged."""
        try:
            files = parse_json(said)
        except ValueError:
            socket.abort()
            return
        socket.write(b"ok\n")
        socket.flush()
        said.clear()
        if isinstance(files, list) and all(isinstance(file, str) for file in files):
            self.asked.emit(files)
