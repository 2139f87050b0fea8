"""How late a 10 ms timer of the window is while large texts come into the prompt and go again,
beside the same window idle.

    python tests/bench/text/paste.py

At most 50 ms later than idle for any of the texts; the engine is the fake one.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))
LIMIT_MS = 50.0
TEXTS = {
    "lines 100 kB": "a\n" * 50_000,
    "nested 19,900": "(a" * 6633 + ")" * 6633,
    "colons 19,900": ":" * 19_900,
    "5,000 lines": "a b\n" * 5000,
    "1 MB words": "word " * 200_000,
    "nested 99 kB": "(a" * 33_000 + ")" * 33_000,
    "bidi": "\u202e" * 5000,
    "spaces 99 kB": " " * 99_000,
    "marks 99 kB": "e" + "\u0301" * 99_000,
    "families": "👨‍👩‍👧‍👦" * 14_000,
    "tags": "<lora:a:1>" * 9_000,
}


class Watch:
    """The worst lateness of a 10 ms timer, in ms."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.worst, self._last = 0.0, time.monotonic()
        self._timer = QTimer(interval=10, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now = time.monotonic()
        self.worst, self._last = max(self.worst, (now - self._last) * 1000 - 10), now

    def during(self, work: Callable[[], object], ready: Callable[[], bool]) -> float:
        """From the call of `work` until it is ready, and half a second more."""
        pump(100)
        self.worst, self._last = 0.0, time.monotonic()
        work()
        while not ready():
            pump(10)
        pump(500)
        return self.worst


def pump(ms: int) -> None:
    """Let events run for a while."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def main() -> int:
    from PySide6.QtCore import QMimeData
    from PySide6.QtWidgets import QApplication

    from core.engine.contract.protocol import EngineSpec
    from core.system.paths import places
    from desktop.app.app import Application

    qt, over = QApplication([]), 0
    with tempfile.TemporaryDirectory() as data:
        app = Application(qt, places(data).create(), EngineSpec(kind="fake", runs_in="process"))
        app.start()
        editor, recorder = app.window.rooms["create"].form.prompt.prompt, None
        pump(3000)
        recorder = Watch()
        idle = max(recorder.during(lambda: None, lambda: True) for _ in range(5))
        print(f"idle {idle:.0f} ms")
        for name, text in TEXTS.items():
            found = QMimeData()
            found.setText(text)
            works = {
                "paste": lambda found=found: editor.insertFromMimeData(found),
                "undo": editor.undo,
                "redo": editor.redo,
                "key": lambda: editor.insertPlainText("x"),
                "replace": lambda: editor.replace_text("a red house"),
            }
            late = {
                what: recorder.during(work, lambda: not editor.busy) for what, work in works.items()
            }
            over += sum(value - idle > LIMIT_MS for value in late.values())
            print(
                f"{name:14}",
                *(f"{what} {value:4.0f} ms" for what, value in late.items()),
                flush=True,
            )
        app.end()
    print(f"{over} of {len(TEXTS) * 5} more than {LIMIT_MS:.0f} ms later than idle")
    return int(over > 0)


if __name__ == "__main__":
    sys.exit(main())
