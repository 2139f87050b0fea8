"""How soon each stop of the guided tour answers in the real window, with the starter.

    python tests/bench/insight/tour.py

From "Show me" until all pictures of the stop are seen; the first one loads the model, too. Exit 1
where a stop takes more than its bar.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

MOST_SECONDS = 5.0


def main() -> int:
    """Prints a line for each stop; 1 where one takes too long."""
    from PySide6.QtWidgets import QApplication

    from core.engine.contract.protocol import EngineSpec
    from core.system.paths import places
    from desktop.app.app import Application
    from tests.desktop.driving import in_front, take_down, until
    from tests.desktop.insight.test_guided_tour import tour_of

    qt = QApplication(sys.argv[:1])
    late = False
    with tempfile.TemporaryDirectory() as folder:
        application = Application(qt, places(folder).create(), EngineSpec(device="cpu"))
        application.start()
        in_front(application)
        application.window.signals.tour_asked.emit()
        view = tour_of(application)
        sheet = view.sheet.sheet
        for stop in view.lesson.stops:
            sheet.choices.buttons[-1].click()
            began = time.monotonic()
            sheet.show_button.click()
            until(sheet.seen.isVisible)
            seconds = time.monotonic() - began
            late = late or seconds > MOST_SECONDS
            verdict = "kept" if seconds <= MOST_SECONDS else "missed"
            print(f"{stop.title}: {seconds:.1f} s (bar {MOST_SECONDS:g} s): {verdict}", flush=True)
            sheet.next_button.click()
        take_down(application)
    return int(late)


if __name__ == "__main__":
    sys.exit(main())
