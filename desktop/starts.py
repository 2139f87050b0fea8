"""Starts that never came to rest: after two in a row, safe mode is offered."""

from __future__ import annotations

import contextlib
from pathlib import Path

from PySide6.QtWidgets import QMessageBox

from core.durable import replace_file
from desktop.strings import tr

IN_A_ROW, RESTS_AFTER_MS = 2, 10_000


class Starts:
    """A small file counts starts; `came_to_rest` takes it away. A disk that refuses only means that nothing is offered."""

    def __init__(self, root: Path) -> None:
        self._file = root / "starting"

    def begin(self) -> int:
        """How many starts in a row before this one ended before they came to rest."""
        before = 0
        with contextlib.suppress(OSError, ValueError):
            before = min(int(self._file.read_text()[:9]), 99)
        with contextlib.suppress(OSError):
            replace_file(self._file, str(before + 1).encode())
        return before

    def came_to_rest(self) -> None:
        """The window works, or was closed by the person."""
        with contextlib.suppress(OSError):
            self._file.unlink(missing_ok=True)


def wants_safe_mode() -> bool:
    """Ask, after starts that failed."""
    box = QMessageBox(QMessageBox.Icon.Question, "Calotype", tr("Calotype ended twice while it was starting."))
    box.setInformativeText(tr("Safe mode computes on the processor, with default settings and the built-in model alone. Your pictures are "
                              "there; your settings and models are left as they are and come back at the next start."))
    safe = box.addButton(tr("Start in safe mode"), QMessageBox.ButtonRole.AcceptRole)
    box.addButton(tr("Start as usual"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(safe)
    box.exec()
    return box.clickedButton() is safe
