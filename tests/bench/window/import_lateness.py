"""How late the window is while a folder is imported, beside itself when idle.

    .venv/bin/python tests/bench/window/import_lateness.py [--pictures N] [--data DIR]

A 5 ms timer in the thread of the window, with the Gallery in front. `--data`: a folder made by
many_pictures.py, which is copied, not changed; else the gallery is empty at first. The child that
reads has a processor of its own where there are two. Judged is the longest stretch of the thread's
own processor time: at most 25 ms above the idle one. Exit 1 where it is longer.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from PySide6.QtWidgets import QApplication  # noqa: E402

from core.engine.contract.protocol import EngineSpec, FakeScript  # noqa: E402
from core.system.paths import places  # noqa: E402
from tests.bench.pictures.importing import write_pictures  # noqa: E402
from tests.bench.window.lateness import Ticker, pump  # noqa: E402
from tests.bench.window.many_pictures import copy_many  # noqa: E402

BAR_MS = 25.0
IDLE_MS = 4000
SETTLE_MS = 6000  # after the start, so that nothing of it is left


def main() -> int:
    """Exit code 1 where the bar is missed."""
    from desktop.app.app import Application
    from desktop.app.garbage import spare_what_is_here
    from desktop.gallery.room import GalleryRoom

    parser = argparse.ArgumentParser(description="How late the window is while it imports.")
    parser.add_argument("--pictures", type=int, default=600)
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    qt = QApplication([])
    qt.setStyle("Fusion")
    with tempfile.TemporaryDirectory(prefix="calotype-import-") as name:
        folder = Path(name).resolve() / "art"
        folder.mkdir()
        write_pictures(folder, given.pictures)
        data = Path(name) / "data"
        if given.data is not None:
            copy_many(given.data, data)
        spec = EngineSpec(kind="fake", runs_in="here", fake=FakeScript(step_seconds=0.01))
        spare_what_is_here()  # as a start of the program does, and the next one
        application = Application(qt, places(str(data)), spec)
        application.start()
        application.garbage.spare_start()
        application.window.go("gallery")
        pump(SETTLE_MS)
        room = application.window.rooms["gallery"]
        assert isinstance(room, GalleryRoom)
        ticker = Ticker()
        pump(IDLE_MS)
        idle = ticker.part("idle")
        began = time.monotonic()
        room.imports.bring_in(folder, copies=False)
        pump(200)
        while room.imports.progress is not None:
            pump(50)
        busy = ticker.part(f"{given.pictures} imported, {time.monotonic() - began:.0f} s")
        application.end()
    print(idle, busy, sep="\n")
    over = busy.busy_longest - idle.busy_longest
    print(f"longest stretch above idle: {over:.1f} ms (bar {BAR_MS:.0f})")
    return int(over > BAR_MS)


if __name__ == "__main__":
    sys.exit(main())
