"""How late a 5 ms timer of the window is while large texts come into the prompt and go again,
beside the same window idle.

    python tests/bench/text/paste.py

At most 50 ms later than idle for any of the texts; the engine is the fake one.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))
from tests.bench.window.lateness import Ticker, pump  # noqa: E402

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


def lateness_during(ticker: Ticker, work: Callable[[], object], ready: Callable[[], bool]) -> float:
    """The worst lateness in ms from the call of `work` until half a second after it is ready."""
    pump(100)
    ticker.begin()
    work()
    while not ready():
        pump(10)
    pump(500)
    return ticker.part("").longest


def main() -> int:
    from PySide6.QtCore import QMimeData
    from PySide6.QtWidgets import QApplication

    from core.engine.contract.protocol import EngineSpec
    from core.system.paths import places
    from desktop.app.app import Application

    qt = QApplication([])
    over = 0
    with tempfile.TemporaryDirectory() as data:
        app = Application(qt, places(data).create(), EngineSpec(kind="fake", runs_in="process"))
        app.start()
        editor = app.window.rooms["create"].form.prompt.prompt
        pump(3000)
        ticker = Ticker()
        idle = max(lateness_during(ticker, lambda: None, lambda: True) for _ in range(5))
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
                what: lateness_during(ticker, work, lambda: not editor.busy)
                for what, work in works.items()
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
