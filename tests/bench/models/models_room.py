"""How long the Models room takes with thousands of models: opening it,
and each keystroke of the search.

QT_QPA_PLATFORM=offscreen python tests/bench/models/models_room.py [COUNT]
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from core.engine.contract.protocol import EngineSpec
from core.system.paths import places
from desktop.app.app import Application


def pump(ms: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def timed(words: str, act: object) -> None:
    began = time.perf_counter()
    act()  # type: ignore[operator]
    QApplication.processEvents()
    print(f"{words}: {(time.perf_counter() - began) * 1000:.1f} ms")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    qt = QApplication([])
    qt.setStyle("Fusion")
    with tempfile.TemporaryDirectory() as data:
        application = Application(qt, places(data), EngineSpec(kind="fake"))
        window = application.window
        window.resize(1440, 900)
        application.start()
        pump(1500)
        one = application.library.items[0]
        many = tuple(
            replace(
                one,
                entry=replace(one.entry, name=f"{word} {k}", path=f"/models/{word}{k}"),
                words=f"{word} {k} stable diffusion xl model",
            )
            for k in range(count)
            for word in (("dream", "photo", "ink", "anime")[k % 4],)
        )
        timed(
            f"showing {count} models in form, room and queue",
            lambda: application.library._show(many, []),
        )
        timed("filling the form's box with them", window.rooms["create"].form.choice._show_box)
        timed("opening the room", window.signals.show_models.emit)
        for text in ("d", "dr", "dre", "drea", "dream", "dream 4", "dream 42", ""):
            timed(
                f'searching "{text}"',
                lambda text=text: window.rooms["models"].controller.panel.search.setText(text),
            )
        application.end()


if __name__ == "__main__":
    main()
