"""One window a data folder: later starts hand their files over, also after kill -9 of the first."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket
from PySide6.QtWidgets import QApplication

from desktop.instance import LONGEST_MESSAGE, Instance
from tests.desktop.driving import pump

ROOT = Path(__file__).parents[2]
_LATER = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from desktop.instance import Instance
app = QCoreApplication([])
one = Instance(Path(sys.argv[1]))
if one.first_or_handed_over(sys.argv[2:]):
    print("first", flush=True)
    app.exec()
else:
    print("handed over", flush=True)
"""


def later(folder: Path, *files: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", _LATER, str(folder), *files], cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is not of this system")
def test_one_survivor_and_a_new_first_after_kill(tmp_path: Path, qapp: QApplication) -> None:
    crowd = [later(tmp_path) for _ in range(5)]
    ended: list[subprocess.Popen[str]] = []
    until = time.monotonic() + 60
    while len(ended) < 4 and time.monotonic() < until:
        ended = [process for process in crowd if process.poll() is not None]
        time.sleep(0.05)
    assert len(ended) == 4 and all(process.returncode == 0 for process in ended)
    assert all(process.stdout is not None and process.stdout.read().strip() == "handed over" for process in ended)
    survivor = next(process for process in crowd if process not in ended)
    assert survivor.stdout is not None and survivor.stdout.readline().strip() == "first"
    os.kill(survivor.pid, signal.SIGKILL)
    survivor.wait()
    for process in crowd:
        assert process.stdout is not None
        process.stdout.close()
    mine = Instance(tmp_path)
    assert mine.first(), "after kill -9 the next start is the first"
    heard: list[list[str]] = []
    mine.asked.connect(heard.append)
    other = later(tmp_path, "/pictures/a b.png")
    end = time.monotonic() + 30
    while other.poll() is None and time.monotonic() < end:
        pump(20)
    assert other.stdout is not None and other.stdout.read().strip() == "handed over" and heard == [["/pictures/a b.png"]]
    other.stdout.close()
    mine.end()


def test_what_makes_no_sense_is_not_heard(tmp_path: Path, qapp: QApplication) -> None:
    mine, heard = Instance(tmp_path), list[object]()
    assert mine.first()
    mine.asked.connect(heard.append)
    for message in (b"not json\n", json.dumps({"a": 1}).encode() + b"\n", json.dumps([1, 2]).encode() + b"\n", b"x" * (LONGEST_MESSAGE + 10)):
        socket = QLocalSocket()
        socket.connectToServer(mine._name)
        assert socket.waitForConnected(2000)
        socket.write(message)
        socket.flush()
        pump(100)
        socket.abort()
    assert heard == []
    mine.end()


def test_a_start_while_the_first_is_ending_becomes_the_first(tmp_path: Path, qapp: QApplication) -> None:
    mine = Instance(tmp_path)
    assert mine.first()
    mine.deafen()
    other = later(tmp_path, "/pictures/a.png")
    pump(1500)
    assert other.poll() is None, "it waits for the folder"
    mine.end()
    assert other.stdout is not None and other.stdout.readline().strip() == "first"
    other.kill()
    other.wait()
    other.stdout.close()
