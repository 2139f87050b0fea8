"""One window a data folder: later starts hand their files over, also after kill -9 of the first."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket
from PySide6.QtWidgets import QApplication

from core.system.errors import WorldError
from desktop.app import instance as instance_module
from desktop.app.instance import AT_ONCE, LONGEST_MESSAGE, Instance, socket_place
from tests.desktop.driving import pump, until

ROOT = Path(__file__).parents[3]
posix = pytest.mark.skipif(
    os.name == "nt", reason="owners and sockets in folders are not of this system"
)
_LATER = """
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from desktop.app.instance import Instance
app = QCoreApplication([])
one = Instance(Path(sys.argv[1]))
if one.first_or_handed_over(sys.argv[2:]):
    one.listen()
    print("first", flush=True)
    app.exec()
else:
    print("handed over", flush=True)
"""


def later(folder: Path, *files: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _LATER, str(folder), *files],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is not of this system")
def test_one_survivor_and_a_new_first_after_kill(tmp_path: Path, qapp: QApplication) -> None:
    crowd = [later(tmp_path) for _ in range(5)]
    ended: list[subprocess.Popen[str]] = []
    until = time.monotonic() + 60
    while len(ended) < 4 and time.monotonic() < until:
        ended = [process for process in crowd if process.poll() is not None]
        time.sleep(0.05)
    assert len(ended) == 4 and all(process.returncode == 0 for process in ended)
    assert all(
        process.stdout is not None and process.stdout.read().strip() == "handed over"
        for process in ended
    )
    survivor = next(process for process in crowd if process not in ended)
    assert survivor.stdout is not None and survivor.stdout.readline().strip() == "first"
    os.kill(survivor.pid, signal.SIGKILL)
    survivor.wait()
    for process in crowd:
        assert process.stdout is not None
        process.stdout.close()
    mine = Instance(tmp_path)
    assert mine.first(), "after kill -9 the next start is the first"
    mine.listen()
    heard: list[list[str]] = []
    mine.asked.connect(heard.append)
    other = later(tmp_path, "/pictures/a b.png")
    end = time.monotonic() + 30
    while other.poll() is None and time.monotonic() < end:
        pump(20)
    assert (
        other.stdout is not None
        and other.stdout.read().strip() == "handed over"
        and heard == [["/pictures/a b.png"]]
    )
    other.stdout.close()
    mine.end()


@posix
@pytest.mark.parametrize("knocked", [False, True])
def test_a_window_has_a_server_once_somebody_knocks_and_leaves_no_socket(
    tmp_path: Path, qapp: QApplication, knocked: bool
) -> None:
    mine = Instance(tmp_path)
    assert mine.first()
    mine.listen()
    pump(20)
    assert mine._server is None and stat.S_IMODE(os.stat(mine._name).st_mode) == 0o700
    if knocked:
        later_start = QLocalSocket()
        later_start.connectToServer(mine._name)
        until(lambda: mine._server is not None and bool(mine._heard))
        later_start.abort()
    mine.end()
    assert not os.path.exists(mine._name)


def test_what_makes_no_sense_is_not_heard(tmp_path: Path, qapp: QApplication) -> None:
    mine, heard = Instance(tmp_path), list[object]()
    assert mine.first()
    mine.listen()
    mine.asked.connect(heard.append)
    for message in (
        b"not json\n",
        json.dumps({"a": 1}).encode() + b"\n",
        json.dumps([1, 2]).encode() + b"\n",
        b"x" * (LONGEST_MESSAGE + 10),
    ):
        later_start = QLocalSocket()
        later_start.connectToServer(mine._name)
        assert later_start.waitForConnected(2000)
        later_start.write(message)
        later_start.flush()
        pump(100)
        later_start.abort()
    assert heard == []
    mine.end()


def test_a_start_while_the_first_is_ending_becomes_the_first(
    tmp_path: Path, qapp: QApplication
) -> None:
    mine = Instance(tmp_path)
    assert mine.first()
    mine.listen()
    mine.deafen()
    other = later(tmp_path, "/pictures/a.png")
    pump(1500)
    assert other.poll() is None, "it waits for the folder"
    mine.end()
    assert other.stdout is not None and other.stdout.readline().strip() == "first"
    other.kill()
    other.wait()
    other.stdout.close()


@pytest.mark.parametrize("content", [b"", bytes(64), b"\xff\x00garbage", b"12"])
def test_a_lock_that_a_power_cut_left_empty_locks_nobody_out(
    tmp_path: Path, qapp: QApplication, content: bytes
) -> None:
    def left(seconds: float) -> None:
        """The file as it was left so long ago."""
        lock = tmp_path / "window.lock"
        lock.write_bytes(content)
        then = time.time() - seconds
        os.utime(lock, (then, then))

    mine, other = Instance(tmp_path), Instance(tmp_path)
    left(60)
    assert mine.first()
    for age in (60, 0):
        left(age)
        assert not other.first(), "a living process holds it, whatever the file says"
    mine.end()
    other.end()


def test_a_start_that_has_not_written_its_lock_yet_is_no_power_cut(
    tmp_path: Path, qapp: QApplication
) -> None:
    (tmp_path / "window.lock").write_bytes(b"")
    other = Instance(tmp_path)
    assert not other.first()
    assert (tmp_path / "window.lock").exists()
    other.end()


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's name, wherever pytest puts its own."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@posix
def test_the_socket_lies_where_nobody_else_may_write(
    tmp_path: Path, short: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication
) -> None:
    mine, open_to_all, root = short / "r", tmp_path / "o", tmp_path / "d"
    mine.mkdir(mode=0o700)
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    root.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(mine))
    assert Path(socket_place(root)).parent == mine
    for unusable in (open_to_all, tmp_path / "not there", Path("relative")):
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(unusable))
        place = socket_place(root)
        folder = Path(place).parent.stat()
        assert unusable not in Path(place).parents and len(os.fsencode(place)) < 107
        assert folder.st_uid == os.getuid() and stat.S_IMODE(folder.st_mode) == 0o700
    first = Instance(root)
    assert first.first()
    first.listen()
    assert stat.S_ISSOCK(os.lstat(first._name).st_mode)
    first.end()


@posix
def test_where_it_cannot_listen_the_window_is_there_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication
) -> None:
    monkeypatch.setattr(instance_module, "PATIENCE", 0.3)
    one = Instance(tmp_path)
    one._name = str(tmp_path / "gone" / "socket")
    assert one.first()
    one.listen()
    later = Instance(tmp_path)
    later._name = one._name
    with pytest.raises(WorldError, match="does not answer"):
        later.first_or_handed_over(["/a secret name.png"])
    one.end()


@posix
def test_nothing_is_said_to_a_socket_in_a_folder_of_all(tmp_path: Path, qapp: QApplication) -> None:
    public = tmp_path / "public"
    public.mkdir()
    public.chmod(0o777)
    with socket.socket(socket.AF_UNIX) as squatter:
        squatter.bind(str(public / "s"))
        squatter.listen(1)
        squatter.settimeout(0.3)
        later = Instance(tmp_path)
        later._name = str(public / "s")
        assert not later.hand_over(["/a secret name.png"])
        with pytest.raises(TimeoutError):
            squatter.accept()


@posix
def test_silent_starts_are_few_and_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication
) -> None:
    """Plain sockets ask, since Qt's own must not be given up while they wait to be let in."""
    monkeypatch.setattr(instance_module, "SILENCE_MS", 400)
    mine, heard, held = Instance(tmp_path), list[list[str]](), list[socket.socket]()
    assert mine.first()
    mine.listen()
    mine.asked.connect(heard.append)
    for _ in range(3 * AT_ONCE):
        held.append(socket.socket(socket.AF_UNIX))
        held[-1].setblocking(False)
        try:
            held[-1].connect(mine._name)
        except BlockingIOError:
            held.pop().close()
        pump(5)
        assert len(mine._heard) <= AT_ONCE
    assert len(held) > AT_ONCE
    until(lambda: not mine._heard)
    with socket.socket(socket.AF_UNIX) as late:
        late.connect(mine._name)
        late.sendall(b'["/a.png"]\n')
        until(lambda: heard)
        assert heard == [["/a.png"]]
    for one in held:
        one.close()
    mine.end()
