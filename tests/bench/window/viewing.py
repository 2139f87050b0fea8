"""Pictures one after another in a window of their own: what a key costs the window until the next
one is painted, whether that was read ahead, and the same with pictures of 64 million pixels.

    python tests/bench/window/viewing.py [--pictures N] [--side PIXELS]

"busy" is the processor time of the window's thread from the key until the picture is painted, with
filmstrip and recipe beside it, at a window of 1920 x 1080. A person who leafs through gives the
next one `--pause` milliseconds to be read. Exit 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

FRAME_BAR = 16.0  # milliseconds: p99 of a key
KEPT_BAR = 400.0  # MB beside what the process took before
LARGE = (9248, 6936)  # 64 million pixels
WINDOW = (1920, 1080)


def fill(folder: Path, count: int, side: int) -> None:
    """So many pictures, and three very large ones before them."""
    from PIL import Image

    from core.service.stores import open_stores
    from core.system.paths import places
    from core.values.picture import Recipe
    from core.values.request import Request

    where = places(folder)
    stores = open_stores(where)
    noise = Image.effect_noise((side, side), 60).convert("RGB")
    large = noise.resize(LARGE)
    day = where.pictures / "2026-01-02"
    day.mkdir(parents=True)
    for number in range(count + 3):
        image = large if number < 3 else noise
        path = day / f"{number:04}.{'jpg' if number < 3 else 'png'}"
        image.save(path)
        request = Request(prompt=f"a house, number {number}, " * 20, seed=number)
        stores.gallery.record(path, Recipe(request), *image.size)
    stores.close()


def memory() -> float:
    """MB that this process has in memory now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure(folder: Path, pause: int) -> dict[str, float]:
    """The figures of one window."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from core.engine.contract.protocol import EngineSpec
    from core.system.paths import places
    from desktop.app.app import Application
    from desktop.pictures.viewing.roll import PictureRoll
    from tests.bench.window.lateness import at_share, pump

    application = Application(QApplication([]), places(folder), EngineSpec(kind="fake"))
    application.start()
    pump(3000)
    before = memory()
    application.window.viewing.show_full_screen()
    view = application.window.viewing.full
    assert view is not None
    view.bar.recipe.setChecked(True)
    view.resize(*WINDOW)
    walk = view.walk
    walk.use_roll(PictureRoll(ids=application.stores.gallery.ids()), walk.current)
    pump(1500)
    busy, ready = [], []
    count = len(walk.roll) - 3
    for _ in range(count - 2):
        pump(pause)
        used = time.thread_time()
        QTest.keyClick(view.viewer, Qt.Key.Key_Right)
        ready.append(walk._copy is not None and walk._copy.is_whole)
        view.viewer.repaint()
        busy.append((time.thread_time() - used) * 1000)
    QTest.keyClick(view.viewer, Qt.Key.Key_End)
    deadline = time.monotonic() + 60
    while not walk.ahead.has(walk.current) and time.monotonic() < deadline:
        pump(50)
    large, kept = [], []
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right) * 3:
        pump(2500)
        kept.append(memory() - before)
        used = time.thread_time()
        QTest.keyClick(view.viewer, key)
        view.viewer.repaint()
        large.append((time.thread_time() - used) * 1000)
    application.end()
    return {
        "busy p50": at_share(busy, 0.5),
        "busy p99": at_share(busy, 0.99),
        "read ahead %": 100 * sum(ready) / len(ready),
        "64 Mpx busy max": max(large),
        "MB more": max(kept),
        "MB more at the end": kept[-1],
    }


def main() -> int:
    """Print the figures, and judge them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])  # type: ignore[union-attr]
    parser.add_argument("--pictures", type=int, default=60)
    parser.add_argument("--side", type=int, default=1024)
    parser.add_argument("--pause", type=int, default=250, help="milliseconds between two keys")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        fill(Path(data), chosen.pictures, chosen.side)
        figures = measure(Path(data), chosen.pause)
    for name, value in figures.items():
        print(f"{name:<18} {value:8.1f}")
    missed = figures["busy p99"] > FRAME_BAR or figures["64 Mpx busy max"] > FRAME_BAR
    return int(missed or figures["MB more"] > KEPT_BAR)


if __name__ == "__main__":
    raise SystemExit(main())
