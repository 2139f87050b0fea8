"""The log file: what happened, when, never what was asked for (prompts and tokens stay out)."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import stat
from io import TextIOWrapper
from pathlib import Path

LARGEST = 1_000_000  # bytes; then a new file is begun
KEPT = 3  # files before it
SECRET = re.compile(r"hf_[A-Za-z0-9]{10,}|Bearer\s+\S+", re.IGNORECASE)


class RedactingFormatter(logging.Formatter):
    """Blots out anything that looks like an access token."""

    def format(self, record: logging.LogRecord) -> str:
        return SECRET.sub("[token]", super().format(record))


class _LogFile(logging.FileHandler):
    """A log that cannot be written is no reason to say anything, and none to wait. Not one of
    logging.handlers, which would bring sockets and pickles into each start."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if self.stream is None:
                self.stream = self._open()
            if self.stream.tell() >= LARGEST:
                self.stream.close()
                self.stream = self._anew()
            super().emit(record)
        except OSError:
            self.handleError(record)

    def _anew(self) -> TextIOWrapper:
        """What was name.log is name.log.1 from now on, what was that name.log.2."""
        path = Path(self.baseFilename)
        names = [path, *(path.with_name(f"{path.name}.{n}") for n in range(1, KEPT + 1))]
        for older, newer in zip(reversed(names[1:]), reversed(names[:-1]), strict=True):
            if newer.exists():
                os.replace(newer, older)
        return self._open()

    def _open(self) -> TextIOWrapper:
        with contextlib.suppress(FileNotFoundError):
            if not stat.S_ISREG(os.stat(self.baseFilename).st_mode):
                raise OSError(f"{self.baseFilename} is no regular file")
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:
        """The record is lost; the standard library would print a traceback for each."""


def open_log(folder: Path, name: str = "calotype") -> Path:
    """Log warnings and our own news to `folder`/name.log (1 MB, three generations);
    returns the file's path."""
    path = folder / f"{name}.log"
    handler = _LogFile(path, encoding="utf-8", delay=True)
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    for old in [h for h in root.handlers if isinstance(h, _LogFile)]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for ours in ("core", "desktop"):
        logging.getLogger(ours).setLevel(logging.INFO)
    return path
