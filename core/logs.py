"""The log file: what happened, when, never what was asked for (prompts and tokens stay out)."""

from __future__ import annotations

import logging
import re
from logging.handlers import RotatingFileHandler
from pathlib import Path

SECRET = re.compile(r"hf_[A-Za-z0-9]{10,}|Bearer\s+\S+", re.IGNORECASE)


class Redacted(logging.Formatter):
    """Blots out anything that looks like an access token."""

    def format(self, record: logging.LogRecord) -> str:
        return SECRET.sub("[token]", super().format(record))


def open_log(folder: Path, name: str = "calotype") -> Path:
    """Log warnings and our own news to `folder`/name.log (1 MB, three generations); returns the file's path."""
    path = folder / f"{name}.log"
    handler = RotatingFileHandler(path, maxBytes=1_000_000, backupCount=3, encoding="utf-8", delay=True)
    handler.setFormatter(Redacted("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    for old in [h for h in root.handlers if isinstance(h, RotatingFileHandler)]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for ours in ("core", "desktop"):
        logging.getLogger(ours).setLevel(logging.INFO)
    return path
