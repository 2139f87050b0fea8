"""Where things are: the program's own resources, and every folder of the user's data."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from core.system.errors import WorldError
from core.system.regular_files import read_limited

RESOURCES = Path(__file__).resolve().parents[2] / "resources"


@dataclass(frozen=True, slots=True)
class Places:
    """All folders and files of one installation of user data."""

    root: Path
    pictures: Path
    models: Path

    @property
    def database(self) -> Path:
        return self.root / "calotype.db"

    @property
    def backups(self) -> Path:
        return self.root / "backups"

    @property
    def thumbnails(self) -> Path:
        return self.root / "thumbnails.db"

    @property
    def settings(self) -> Path:
        return self.root / "settings.json"

    @property
    def session(self) -> Path:
        return self.root / "session.json"

    @property
    def pinned_prompts(self) -> Path:
        return self.root / "pinned-prompts.json"

    @property
    def trash(self) -> Path:
        return self.root / "trash"

    @property
    def checkpoints(self) -> Path:
        return self.root / "kept"

    @property
    def sources(self) -> Path:
        return self.root / "sources"

    @property
    def documents(self) -> Path:
        return self.root / "documents"

    @property
    def recordings(self) -> Path:
        return self.root / "recordings"

    @property
    def wildcards(self) -> Path:
        return self.root / "wildcards"

    @property
    def styles(self) -> Path:
        return self.root / "styles"

    @property
    def tags(self) -> Path:
        return self.root / "tags"

    @property
    def presets(self) -> Path:
        return self.root / "presets.json"

    @property
    def schedules(self) -> Path:
        return self.root / "schedules.json"

    @property
    def lessons(self) -> Path:
        return self.root / "lessons.json"

    @property
    def lesson_draft(self) -> Path:
        return self.root / "lesson-draft.json"

    @property
    def sweeps(self) -> Path:
        return self.root / "sweeps"

    @property
    def incidents(self) -> Path:
        return self.root / "incidents"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    def create(self) -> Places:
        """Make the folders. Raises WorldError where the data folder itself cannot be used; one of
        the others costs only what it holds."""
        if why := folder_problem(self.root):
            raise WorldError(
                f"The folder {self.root} cannot be made: {why}.",
                "Choose another place with --data DIR.",
            )
        for folder in (
            self.pictures,
            self.models,
            self.logs,
            self.trash,
            self.backups,
            self.checkpoints,
            self.sources,
            self.documents,
            self.sweeps,
            self.incidents,
        ):
            if folder.parent == self.root:
                _put_aside(folder)
        for folder in (self.pictures, self.models, self.logs):
            folder_problem(folder)
        if not os.access(self.root, os.W_OK | os.X_OK):
            raise WorldError(
                f"The data folder {self.root} is read-only.",
                "Make it writable, or choose another place with --data DIR.",
            )
        return self


def _put_aside(folder: Path) -> None:
    """A file or pipe where one of our own folders should be gets another name; a link that leads
    nowhere waits for its drive."""
    if os.path.lexists(folder) and not folder.is_dir() and not folder.is_symlink():
        with contextlib.suppress(OSError):
            os.replace(folder, folder.with_name(f"{folder.name}.odd-{time.time_ns()}"))


def folder_problem(folder: Path) -> str:
    """Make a folder where it is not there; why it cannot be used, "" where it can."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.scandir(folder).close()
    except FileExistsError:
        return "a file has its name"
    except (OSError, ValueError) as fault:
        return getattr(fault, "strerror", None) or str(fault)
    return ""


def places(data: str | os.PathLike[str] | None = None) -> Places:
    """Everything under `data` (or CALOTYPE_DATA) when given, or under a folder `data` beside an
    installed program that a person put there, else the system's own places for such files.

    Raises WorldError where that folder can be none.
    """
    chosen = data or os.environ.get("CALOTYPE_DATA") or portable()
    if chosen:
        try:
            root = Path(chosen).expanduser().resolve()
        except (OSError, ValueError, RuntimeError) as fault:
            # a loop of links, a home that is not there, no path at all
            raise WorldError(
                f"The data folder {str(chosen)[:200]!r} cannot be used: {fault}.",
                "Choose another place with --data DIR.",
            ) from fault
        return Places(root, root / "pictures", root / "models")
    import platformdirs

    root = Path(platformdirs.user_data_dir("calotype", appauthor=False))
    return Places(root, Path(platformdirs.user_pictures_dir()) / "Calotype", root / "models")


def portable() -> Path | None:
    """The folder `data` beside the frozen program (or the AppImage):
    its presence makes an installation portable."""
    if not getattr(sys, "frozen", False):
        return None
    beside = Path(os.environ.get("APPIMAGE") or sys.executable).parent
    if sys.platform == "darwin" and ".app/" in str(beside):
        beside = Path(str(beside).partition(".app/")[0]).parent
    return beside / "data" if (beside / "data").is_dir() else None


def is_path(name: str) -> bool:
    """Whether a text that should be a name leads to a place on some system: a full path, a drive, a
    network share, a home, or upwards."""
    return (
        bool(re.match(r"[/\\~]|[A-Za-z]:", name))
        or "\0" in name
        or ".." in re.split(r"[/\\]", name)
    )


def last_part(path: str) -> str:
    """The last part of a path of any system; a plain name, which may hold slashes, as it is."""
    if not is_path(path):
        return path
    last = re.split(r"[/\\]", path.rstrip("/\\"))[-1]
    return last.replace("\0", "") or "unnamed"


def other_window_pid(root: Path) -> int | None:
    """The process that has a window open on the data folder `root`,
    where it is another one than this."""
    try:
        owner = int(read_limited(root / "window.lock", 4096).split(b"\n")[0])
    except (OSError, ValueError):
        return None
    if owner == os.getpid():
        return None
    import psutil

    return owner if psutil.pid_exists(owner) else None


# devices of Windows, which has them in every folder and under every ending
_RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)")


def safe_join(root: Path, name: str) -> Path:
    """`root / name`. Raises WorldError where it would leave `root`, links included,
    or is no name on some system."""
    refusal = WorldError(f"The name {name[:80]!r} points outside {root}.", "Use a plain file name.")
    parts = re.split(r"[/\\]", name)
    if (
        "\0" in name
        or re.match(r"[A-Za-z]:", name)
        or any(_RESERVED.match(part.strip()) for part in parts)
        or ".." in parts
    ):
        raise refusal
    try:
        target = (root / name).resolve()
        name.encode()
    except (OSError, ValueError, RuntimeError) as fault:
        raise refusal from fault
    if target == root.resolve() or not target.is_relative_to(root.resolve()):
        raise refusal
    return target
