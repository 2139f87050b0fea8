"""What the window looked like and what stood in the form, kept in session.json within a second of each change."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from core.codec import Malformed, from_plain
from core.errors import KnownError
from core.request import Request
from core.settings import write_file


@dataclass(frozen=True, slots=True)
class Session:
    """One window's state; `geometry` and `splitter` are Qt's own bytes as hex."""

    request: Request = field(default_factory=Request)
    random_seed: bool = True
    geometry: str = ""
    splitter: str = ""
    room: int = 0
    history: bool = True
    more: bool = False
    fresh: bool = True


def load(path: Path) -> Session:
    """The session of the last exit; a fresh one where there is none or it cannot be read."""
    for candidate in (path, path.with_name(path.name + ".old")):
        try:
            session: Session = from_plain(Session, json.loads(candidate.read_bytes()), "session")
            session.request.check()
        except (OSError, ValueError, RecursionError, Malformed, KnownError):
            continue
        return session
    return Session()


def save(path: Path, session: Session) -> None:
    """Write the session; the generation before stays as session.json.old."""
    write_file(path, json.dumps(asdict(session), ensure_ascii=True).encode())
