"""A file that is a list of objects with names, changed by one process at a time and always whole.

Rows that this version does not understand stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from core.system.atomic_files import locked, remove_partials, replace_file
from core.system.errors import InvalidRequest, WorldError, disk_refusals
from core.system.json_files import as_list, read_json
from core.system.paths import folder_problem

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class RemovedRow:
    """A row that was taken out, and where it stood."""

    place: int
    row: Row


@dataclass(frozen=True, slots=True)
class NamedRows:
    """The file at `path`; `what` calls it in sentences ("Your styles"), `one` a row ("style"). At
    most `limit` bytes and `most` rows. Names are compared without regard to case.

    Every method that changes it raises WorldError where the file cannot be read, which is not
    written over then, or the disk refuses.
    """

    path: Path
    what: str
    one: str
    limit: int
    most: int

    def rows(self) -> list[Row]:
        """All of them; none where there is no file."""
        try:
            rows = as_list(read_json(self.path, self.limit))
            return [cast("Row", row) for row in rows if isinstance(row, dict)]
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as fault:
            raise WorldError(
                f"{self.what} in {self.path} cannot be read: {' '.join(str(fault).split())[:120]}.",
                "Mend the file, or move it away.",
            ) from fault

    def write(self, row: Row, instead_of: str = "") -> None:
        """Put a row in the place of that named `instead_of`, or behind all. Raises InvalidRequest
        where another has its name."""
        with self._changing() as rows:
            at = place_of(rows, instead_of) if instead_of else None
            other = place_of(rows, str(row["name"]))
            if other is not None and other != at:
                raise InvalidRequest(
                    "name",
                    f'There is a {self.one} "{row["name"]}" already.',
                    "Choose another name.",
                )
            if at is None:
                rows.append(row)
            else:
                rows[at] = row

    def add(self, new: Iterable[Row]) -> dict[str, str]:
        """Those that are not there yet: the names that they had by those that they got. Where
        another one has a name, a number comes behind it."""
        added: dict[str, str] = {}
        with self._changing() as rows:
            for row in new:
                name = str(row["name"])
                same = [old for old in rows if _name(old) == _name(row)]
                if any(row.items() <= old.items() for old in same):
                    continue
                free = _free_name(rows, name)
                rows.append(row | {"name": free})
                added[free] = name
        return added

    def delete(self, names: Iterable[str]) -> tuple[RemovedRow, ...]:
        """Take rows out; what `put_back` needs."""
        wanted = {name.strip().casefold() for name in names}
        with self._changing() as rows:
            removed = [RemovedRow(at, row) for at, row in enumerate(rows) if _name(row) in wanted]
            rows[:] = [row for row in rows if _name(row) not in wanted]
        return tuple(removed)

    def put_back(self, removed: Iterable[RemovedRow]) -> None:
        """Where they stood, but for those whose names others have now."""
        with self._changing() as rows:
            taken = set(map(_name, rows))
            for one in removed:
                if _name(one.row) not in taken:
                    rows.insert(one.place, one.row)

    def move(self, name: str, to: int, shown: Sequence[str]) -> None:
        """The row of this name stands at `to` from now on, of those that are `shown` by their
        names in order; where the others stand no person sees."""
        others = [other for other in shown if other.casefold() != name.casefold()]
        with self._changing() as rows:
            if (at := place_of(rows, name)) is not None:
                row = rows.pop(at)
                before = place_of(rows, others[to]) if to < len(others) else None
                rows.insert(len(rows) if before is None else before, row)

    @contextmanager
    def _changing(self) -> Generator[list[Row]]:
        """The rows, which are written where the block ends without a fault."""
        folder = self.path.parent
        if why := folder_problem(folder):
            raise WorldError(f"The folder {folder} cannot be used: {why}.", "Make it writable.")
        with locked(folder / f".{self.path.name}.lock", self.what):
            remove_partials(folder)
            rows = self.rows()
            before = json.dumps(rows)
            yield rows
            if before != json.dumps(rows):
                self._store(rows)

    def _store(self, rows: list[Row]) -> None:
        data = json.dumps(rows, indent=1).encode()
        if len(rows) > self.most or len(data) > self.limit:
            raise WorldError(
                f"These would be more than {self.most:,}, or more than {self.limit >> 20} MiB.",
                "Delete some you do not use.",
            )
        with disk_refusals(
            f"{self.path.name} cannot be written", "Free some space, then try again."
        ):
            replace_file(self.path, data)


def place_of(rows: list[Row], name: str) -> int | None:
    """Where the row of this name stands."""
    wanted = name.strip().casefold()
    return next((at for at, row in enumerate(rows) if _name(row) == wanted), None)


def _name(row: Row) -> str:
    return str(row.get("name", "")).strip().casefold()


def _free_name(rows: list[Row], name: str) -> str:
    number, free = 1, name
    while place_of(rows, free) is not None:
        number += 1
        free = f"{name[:190]} {number}"
    return free
