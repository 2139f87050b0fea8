"""Pictures are judged in a task, each once for as long as its file stays the same."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.service.stores import Stores
from core.system.errors import KnownError
from desktop.state.tasks import SerialTasks

if TYPE_CHECKING:
    from core.service.insight.trials import TriedPicture
    from core.values.insight.symptoms import Findings

MOST = 64  # pictures of which it is known


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known of a picture: its `findings`, None where the file cannot be read (`fault`), and
    whether it could be measured; what is `tried` on, None where nothing can be, for the reason
    `why_not`. `stamp` tells one state of the file from another."""

    path: Path
    stamp: tuple[int, int] = (0, 0)
    findings: Findings | None = None
    is_measured: bool = True
    fault: KnownError | None = None
    tried: TriedPicture | None = None
    why_not: KnownError | None = None


class Judging(QObject):
    """`came` carries the path of a picture that is judged now."""

    came = Signal(Path)

    def __init__(self, stores: Stores, tasks: SerialTasks, parent: QObject) -> None:
        super().__init__(parent)
        self._stores = stores
        self._tasks = tasks
        self._known: dict[Path, Looked] = {}  # the oldest first

    def known(self, path: Path) -> Looked | None:
        """What was found of a picture; None before that is known."""
        return self._known.get(path)

    def ask(self, path: Path) -> None:
        """Judge a picture; `came` follows in any case."""
        work = partial(_looked, self._stores, path, self._known.get(path))
        self._tasks.submit(work, self._there, partial(self._failed, path))

    def _there(self, looked: Looked) -> None:
        self._known.pop(looked.path, None)
        self._known[looked.path] = looked
        for oldest in list(self._known)[:-MOST]:
            del self._known[oldest]
        self.came.emit(looked.path)

    def _failed(self, path: Path, fault: KnownError) -> None:
        self._there(Looked(path, fault=fault))


def _looked(stores: Stores, path: Path, before: Looked | None) -> Looked:
    """Raises KnownError where the picture cannot be read."""
    from core.service.insight.symptoms.judge import TOO_SMALL, judged_file
    from core.service.insight.trials import tried_picture

    stamp = _stamp(path)
    # a model that was missing may have come meanwhile
    if before is not None and before.stamp == stamp and before.tried is not None:
        return before
    tried, why_not = None, None
    try:
        tried = tried_picture(stores, path)
    except KnownError as fault:
        why_not = fault
    findings = before.findings if before is not None and before.stamp == stamp else None
    if findings is None:
        findings = judged_file(path, stores.library)
    return Looked(
        path,
        stamp,
        findings,
        is_measured=TOO_SMALL not in findings.notes,
        tried=tried,
        why_not=why_not,
    )


def _stamp(path: Path) -> tuple[int, int]:
    try:
        state = path.stat()
    except OSError:
        return 0, 0  # reading it says why
    return state.st_mtime_ns, state.st_size
