"""Starts that crashed before the window came to rest: after two in a row, safe mode is offered."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale

from core.system.regular_files import open_for_writing, read_limited
from desktop.widgets.i18n import tr

IN_A_ROW = 2  # crashed starts after which safe mode is offered
RESTS_AFTER_MS = 10_000  # a window that lived this long has come to rest


class StartCounter:
    """A small file counts starts that crashed; being killed from outside is none of them.
    `came_to_rest` takes it away.

    A disk that refuses only means that nothing is offered.
    """

    def __init__(self, root: Path) -> None:
        self._file = root / "starting"

    def begin(self, *, crashed: bool) -> int:
        """How many starts in a row crashed before they came to rest; `crashed`:
        the last process left a native fault."""
        count = self._read()
        if crashed and self._file.exists():
            count += 1
        self._write(count)
        return self._read()

    def failed(self) -> None:
        """This start ends with a fault of the program."""
        self._write(self._read() + 1)

    def came_to_rest(self) -> None:
        """The window works, or was closed by the person."""
        with contextlib.suppress(OSError):
            self._file.unlink(missing_ok=True)

    def _read(self) -> int:
        try:
            return max(0, min(int(read_limited(self._file, 9)), 99))
        except (OSError, ValueError):
            return 0

    def _write(self, count: int) -> None:
        with contextlib.suppress(OSError), os.fdopen(open_for_writing(self._file), "w") as file:
            file.write(str(count))


def wants_safe_mode() -> bool:
    """Ask, after starts that failed."""
    return _answers(
        tr("Calotype crashed twice while it was starting."),
        tr(
            "Safe mode computes on the processor, with default settings and the built-in model "
            "alone. Your pictures are there; your settings and models are left as they are and "
            "come back at the next start."
        ),
        yes=tr("Start in safe mode"),
        no=tr("Start as usual"),
    )


def wants_copy(copy: Path) -> bool:
    """Ask whether to go back to this copy of the database."""
    taken = QLocale.system().toString(
        QDateTime.fromSecsSinceEpoch(int(copy.stat().st_mtime)), QLocale.FormatType.ShortFormat
    )
    return _answers(
        tr("This data was written by a newer Calotype."),
        tr(
            (
                "Start that version again, or go back to the copy of the database from {when}, "
                "before the update. Pictures made since come back from their files; the newer "
                "database is kept beside it."
            ),
            when=taken,
        ),
        yes=tr("Go back to the copy"),
        no=tr("Close"),
    )


def _answers(question: str, words: str, *, yes: str, no: str) -> bool:
    """Whether a person says yes, before there is a window."""
    from PySide6.QtWidgets import QMessageBox

    box = QMessageBox(QMessageBox.Icon.Question, "Calotype", question)
    box.setInformativeText(words)
    agreed = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    box.addButton(no, QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(agreed)
    box.exec()
    return box.clickedButton() is agreed
