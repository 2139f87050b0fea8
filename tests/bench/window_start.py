"""Seconds from process start to the painted window, and whether torch was imported.

python tests/bench/window_start.py [RUNS]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = """
import os, sys, time
sys.path.insert(0, {root!r})
import core.system.arguments, desktop.__main__
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from core.engine.contract.protocol import EngineSpec
from core.system.paths import places
from desktop.app.app import Application
qt = QApplication([]); qt.setStyle("Fusion")
application = Application(qt, places({data!r}), EngineSpec(kind="fake", runs_in="here"))
application.database_tasks.start(); application.image_tasks.start()
application.window.show(); qt.processEvents(); application.window.repaint()
print(time.time(), "torch" in sys.modules)
application.end()
"""


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    seconds, torch_seen = [], False
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as data:
            # taken before the fork: a process's own start time is only known to the second
            began = time.time()
            code = CODE.format(root=str(ROOT), data=data)
            out = subprocess.run(
                [sys.executable, "-c", code],
                capture_output=True,
                text=True,
                check=True,
                env=os.environ
                | {"QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")},
            ).stdout.split()
        seconds.append(float(out[0]) - began)
        torch_seen |= out[1] == "True"
    print(
        f"process start to painted window: median {statistics.median(seconds):.2f} s, worst "
        f"{max(seconds):.2f} s of {runs}; torch imported: {torch_seen}"
    )


if __name__ == "__main__":
    main()
