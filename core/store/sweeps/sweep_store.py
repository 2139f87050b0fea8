"""Sweeps, a JSON file each: the recipe, the axes and all their values. The pictures and jobs name
the sweep, so a kill at any moment leaves both true. One that nothing names any more goes in its
time, with the grids that were written beside it."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import re
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import replace
from pathlib import Path

from core.system.atomic_files import locked, replace_file
from core.system.errors import InvalidRequest, WorldError, disk_refusals
from core.system.json import Malformed, dumps, loads
from core.system.regular_files import items_in, read_limited
from core.values.request_parts.sweep_place import is_sweep_id
from core.values.sweeping.sweep import Sweep

ENDING = ".json"
UNNAMED = ".unnamed"  # of an empty file, written when nothing named the sweep any more
KEPT_UNNAMED = 30 * 24 * 3600  # seconds
MAX_FILE = 2**26  # bytes: three axes of long lines
_FULL = "Free some space on the disk."
_OURS = re.compile(r"([0-9a-f]{8,32})(?:-[0-9]+)?\.(?:json|unnamed|png|webp|pdf)")
_log = logging.getLogger(__name__)


class SweepStore:
    """Files `folder`/ID.json. Every method that writes raises WorldError where the disk refuses."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, sweep: Sweep) -> None:
        """Write a sweep that is new, or in the place of itself: values that it got from somebody
        else meanwhile it keeps. Raises InvalidRequest for one that cannot be."""
        sweep.check()
        with disk_refusals("The sweep cannot be kept", _FULL):
            self._folder.mkdir(parents=True, exist_ok=True)
        with locked(self._folder / ".lock", "The sweep"):
            with contextlib.suppress(OSError, ValueError, InvalidRequest):  # new, or damaged
                sweep = sweep.joined(_read(self.path_of(sweep.id)))
            self._write(sweep)

    def _write(self, sweep: Sweep) -> None:
        sweep.check()
        with disk_refusals("The sweep cannot be kept", _FULL):
            path = self.path_of(sweep.id)
            replace_file(path, dumps(sweep).encode())
            path.with_suffix(UNNAMED).unlink(missing_ok=True)  # its pictures are about to be made

    @contextlib.contextmanager
    def claiming(self) -> Generator[None]:
        """While it is looked what is missing of a sweep that is kept, and asked for: two that go on
        with it at once make no cell twice. Raises WorldError where another takes too long."""
        with locked(self._folder / ".claims", "The sweep"):
            yield

    def change(self, sweep_id: str, change: Callable[[Sweep], Sweep]) -> Sweep:
        """What `change` makes of the sweep as it is now, kept; alone among all processes. Raises
        WorldError where there is none of this id."""
        with locked(self._folder / ".lock", "The sweep"):
            sweep = change(self.get(sweep_id))
            self._write(replace(sweep, id=sweep_id))
        return sweep

    def get(self, sweep_id: str) -> Sweep:
        """The sweep of an id. Raises WorldError where there is none, or its file is damaged."""
        if not is_sweep_id(sweep_id):
            raise WorldError(f'There is no sweep "{sweep_id[:80]}".', "Choose one that is there.")
        try:
            return _read(self.path_of(sweep_id))
        except FileNotFoundError as fault:
            raise WorldError(
                f'There is no sweep "{sweep_id}" any more.', "Set it up again."
            ) from fault
        except (OSError, ValueError, InvalidRequest) as fault:
            raise WorldError(
                f"The sweep {sweep_id} cannot be read: {str(fault).rstrip('.')}.",
                "Set it up again.",
            ) from fault

    def all(self) -> tuple[Sweep, ...]:
        """Those that can be read, the newest first."""
        found = sorted(self._all(), key=lambda sweep: sweep.created, reverse=True)
        return tuple(found)

    def _all(self) -> Iterator[Sweep]:
        for path in items_in(self._folder):
            if path.suffix == ENDING and is_sweep_id(path.stem):
                try:
                    yield _read(path)
                except (OSError, ValueError, InvalidRequest) as fault:
                    _log.warning("a sweep cannot be read: %s", fault)

    def texts(self) -> Iterator[str]:
        """All files as they are written, for whoever looks for what they name. Raises OSError."""
        for path in items_in(self._folder):
            if path.suffix == ENDING:
                yield read_limited(path, MAX_FILE).decode("utf-8", "replace")

    def remove(self, sweep_id: str) -> None:
        """Forget a sweep; its pictures stay."""
        if is_sweep_id(sweep_id):
            with disk_refusals("The sweep cannot be removed", "Close what uses it."):
                self.path_of(sweep_id).unlink(missing_ok=True)

    def drop_unnamed(self, named: Collection[str], now: float | None = None) -> int:
        """Of the sweeps whose ids are not among `named` delete those that were not 30 days before
        `now` (seconds since 1970) either, and their grids; how many. Only for the process that has
        the window's lock. Raises WorldError where the disk refuses."""
        moment = time.time() if now is None else now
        dropped = 0
        with disk_refusals("A sweep could not be deleted", "Close what uses it."):
            for sweep_id, files in self._files().items():
                mark = self.path_of(sweep_id).with_suffix(UNNAMED)
                if sweep_id in named:
                    mark.unlink(missing_ok=True)
                elif not _since(mark) <= moment:  # not marked yet, or by a clock that was ahead
                    mark.touch()
                    os.utime(mark, (moment, moment))
                elif _since(mark) < moment - KEPT_UNNAMED:
                    dropped += self.path_of(sweep_id) in files
                    for path in sorted(files, key=lambda path: path == mark):  # the mark last
                        path.unlink(missing_ok=True)
        return dropped

    def _files(self) -> dict[str, list[Path]]:
        """All that is of a sweep, by its id."""
        found: defaultdict[str, list[Path]] = defaultdict(list)
        for path in items_in(self._folder):
            if match := _OURS.fullmatch(path.name):
                found[match[1]].append(path)
        return found

    def path_of(self, sweep_id: str) -> Path:
        """Where a sweep's file is."""
        return self._folder / f"{sweep_id}{ENDING}"


def _since(mark: Path) -> float:
    """When it was written; infinity where there is none."""
    try:
        return mark.stat().st_mtime
    except FileNotFoundError:
        return math.inf


def _read(path: Path) -> Sweep:
    """Raises OSError, ValueError and InvalidRequest."""
    try:
        text = read_limited(path, MAX_FILE).decode()
        sweep = loads(Sweep, text)
    except Malformed as fault:
        raise ValueError(f"{path.name}: {fault}") from fault
    if sweep.id != path.stem:
        raise ValueError(f"{path.name} is another sweep's")
    sweep.check()
    sweep.base.check()
    if sweep.base.count != 1:
        raise ValueError(f"{path.name} asks for several pictures of each cell")
    return sweep
