"""A session of the real window with the starter model, driven for the other soaks: every room, a
search, N pictures, the end.

    .venv/bin/python tests/soak/sessions/session.py DATA [PICTURES]

Prints a line after every 50 pictures: how many, bytes held by the window's process and by the
engine's, open files of both; at the end the pictures against what was asked. About 1 s a picture.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


from tests.soak.judging import TOLD, Limits, at_most, judge  # noqa: E402

LIMITS: Limits = {"pictures": TOLD, "pictures missing": at_most(0), "jobs that failed": at_most(0)}


def figures(made: int) -> str:
    """One line."""
    mine = psutil.Process()
    engine = next(child for child in mine.children() if "spawn_main" in " ".join(child.cmdline()))
    return (
        f"{made} {mine.memory_info().rss} {engine.memory_info().rss} "
        f"{mine.num_fds()} {engine.num_fds()}"
    )


def main(data: str, pictures: int) -> int:
    """Exit code 0 where all pictures were made."""
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtWidgets import QApplication

    from core.service.making.runner import Outcome
    from core.system.paths import places
    from core.values.request import Request
    from desktop.app.app import Application
    from desktop.shell.rooms import ROOMS

    def pump(ms: int) -> None:
        loop = QEventLoop()
        QTimer.singleShot(ms, loop.quit)
        loop.exec()

    qt = QApplication([])
    application = Application(qt, places(data).create())
    window, made, failed = application.window, [0], [0]

    def ended(outcome: Outcome) -> None:
        made[0] += 1
        failed[0] += outcome.picture is None
        if made[0] % 50 == 0:
            print(figures(made[0]), flush=True)

    application.service.finished.connect(ended)
    application.start()
    pump(1500)
    for room in ROOMS:
        window.go(room.id)
        pump(300)
    window.signals.get_models.emit("")
    pump(300)
    window.actions_by_id["find"].trigger()
    window.rooms["gallery"].panel.search.setText("red house")
    window.go("create")
    application.service.submit(
        Request("a red house on snow", steps=1, width=128, height=128, count=pictures)
    )
    until = time.monotonic() + 60 + pictures * 2
    while made[0] < pictures and time.monotonic() < until:
        pump(100)
    application.end()
    return judge(
        {
            "pictures": made[0],
            "pictures missing": pictures - made[0],
            "jobs that failed": failed[0],
        },
        LIMITS,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3))
