"""Sweeps, a JSON file each: the recipe, the axes and all their values. The pictures and jobs name
the sweep, so a kill at any moment leaves both true."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from core.system.atomic_files import locked, replace_file
from core.system.errors import InvalidRequest, WorldError, disk_refusals
from core.system.json import Malformed, dumps, loads
from core.system.regular_files import items_in, read_limited
from core.values.request_parts.sweep_place import is_sweep_id
from core.values.sweeping.sweep import Sweep

ENDING = ".json"
MAX_FILE = 2**26  # bytes: three axes of long lines
_FULL = "Free some space on the disk."
_log = logging.getLogger(__name__)


class SweepStore:
    """Files `folder`/ID.json. Every method that writes raises WorldError where the disk refuses."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, sweep: Sweep) -> None:
        """Write a sweep that is new, or in the place of itself. Raises InvalidRequest for one that
        cannot be."""
        sweep.check()
        with disk_refusals("The sweep cannot be kept", _FULL):
            self._folder.mkdir(parents=True, exist_ok=True)
            replace_file(self.path_of(sweep.id), dumps(sweep).encode())

    def change(self, sweep_id: str, change: Callable[[Sweep], Sweep]) -> Sweep:
        """What `change` makes of the sweep as it is now, kept; alone among all processes. Raises
        WorldError where there is none of this id."""
        with locked(self._folder / ".lock", "The sweep"):
            sweep = change(self.get(sweep_id))
            self.keep(replace(sweep, id=sweep_id))
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
                f"The sweep {sweep_id} cannot be read: {fault}.", "Set it up again."
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

    def path_of(self, sweep_id: str) -> Path:
        """Where a sweep's file is."""
        return self._folder / f"{sweep_id}{ENDING}"


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
    return sweep
