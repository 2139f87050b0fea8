"""Lateness of a 5 ms timer in the GUI thread while the engine loads and makes pictures,
beside an idle baseline.

python tests/bench/gui_lateness.py [SECONDS]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def pump(ms: int) -> None:
    """Let events run for a while."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def report(name: str, late: list[float], seconds: float) -> None:
    late = sorted(late)
    over = {limit: sum(value > limit for value in late) for limit in (16.7, 25, 50)}
    print(
        f"{name}: {len(late)} ticks in {seconds:.0f} s; p50 {late[len(late) // 2]:.1f} p99 "
        f"{late[int(len(late) * 0.99)]:.1f} max {late[-1]:.1f} ms; over 16.7: {over[16.7]}, over "
        f"25: {over[25]}, over 50: {over[50]}"
    )


def main() -> None:
    from PySide6.QtCore import Qt, QTimer
    from PySide6.QtWidgets import QApplication

    from core.system.paths import places
    from desktop.app.app import Application

    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    qt = QApplication([])
    qt.setStyle("Fusion")
    with tempfile.TemporaryDirectory() as data:
        application = Application(qt, places(data))
        late: list[float] = []
        last = [time.perf_counter()]

        def tick() -> None:
            now = time.perf_counter()
            late.append(max(0.0, (now - last[0]) * 1000 - 5))
            last[0] = now

        timer = QTimer(interval=5, timerType=Qt.TimerType.PreciseTimer)
        timer.timeout.connect(tick)
        application.window.show()
        pump(500)
        timer.start()
        pump(300)
        late.clear()
        pump(int(seconds * 1000))
        report("idle", late, seconds)
        application.start()
        pump(100)
        late.clear()
        application.draft.set(prompt="a red house on snow at night", count=10_000)
        application.draft.set(count=400)
        application.window.rooms["create"].form.generate()
        pump(int(seconds * 1000))
        report("loading and generating", late, seconds)
        made = len(application.window.newest.ids())
        application.end()
        print(f"pictures made meanwhile: {made}")


if __name__ == "__main__":
    main()
