"""A person's own styles: one file in the data folder, changed by one process at a time."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from core.prompt.styles.files import MAX_FILE, MAX_STYLES, MINE
from core.prompt.styles.style import Style
from core.system.atomic_files import locked, replace_file
from core.system.errors import InvalidRequest, WorldError, disk_refusals
from core.system.json_files import as_list, read_json
from core.system.paths import folder_problem
from core.values.request_parts.chosen_style import LONGEST, LONGEST_NAME

Row = dict[str, object]
_LOCK = ".styles.lock"


@dataclass(frozen=True, slots=True)
class RemovedStyle:
    """A row that was taken out, and where it stood."""

    place: int
    row: Row


def row_of(style: Style) -> Row:
    """As our files have it, without its preview."""
    row: Row = {
        "name": style.name,
        "category": style.category,
        "prompt": style.prompt,
        "negative_prompt": style.negative,
    }
    return row | ({"parameters": dict(style.parameters)} if style.parameters else {})


def save_style(folder: Path, style: Style, instead_of: str = "") -> None:
    """Write a style; `instead_of` is the name of the one it was before, "" for a new one.

    Raises InvalidRequest where it has no name or no words, is too long, or another has its name;
    WorldError where the file cannot be read or written.
    """
    _check(style)
    with _changing(folder) as rows:
        at = _place(rows, instead_of) if instead_of else None
        other = _place(rows, style.name)
        if other is not None and other != at:
            raise InvalidRequest(
                "name", f'There is a style "{style.name}" already.', "Choose another name."
            )
        if at is None:
            rows.append(row_of(style))
        else:
            rows[at] = rows[at] | {"parameters": {}} | row_of(style)


def add_styles(folder: Path, styles: Iterable[Style]) -> tuple[str, ...]:
    """Those that are not there yet, by the names that they got: where another one has a name, a
    number comes behind it. Raises WorldError as `save_style` does."""
    added: list[str] = []
    with _changing(folder) as rows:
        for style in styles:
            same = [row for row in rows if _name(row) == style.name.casefold()]
            if any(row_of(style).items() <= row.items() for row in same):
                continue
            free = replace(style, name=_free_name(rows, style.name))
            rows.append(row_of(free))
            added.append(free.name)
        if len(rows) > MAX_STYLES:
            raise WorldError(
                f"These would be more than {MAX_STYLES:,} styles.", "Delete some you do not use."
            )
    return tuple(added)


def delete_styles(folder: Path, names: Iterable[str]) -> tuple[RemovedStyle, ...]:
    """Take styles out; what `put_back` needs. Raises WorldError as `save_style` does."""
    wanted = {name.casefold() for name in names}
    with _changing(folder) as rows:
        removed = [RemovedStyle(at, row) for at, row in enumerate(rows) if _name(row) in wanted]
        rows[:] = [row for row in rows if _name(row) not in wanted]
    return tuple(removed)


def put_back(folder: Path, removed: Iterable[RemovedStyle]) -> None:
    """Where they stood, but for those whose names others have now. Raises WorldError as
    `save_style` does."""
    with _changing(folder) as rows:
        for one in removed:
            if _place(rows, str(one.row.get("name", ""))) is None:
                rows.insert(one.place, one.row)


def _check(style: Style) -> None:
    if not style.name.strip():
        raise InvalidRequest("name", "The style has no name.", "Give it one.")
    if len(style.name) > LONGEST_NAME or len(style.category) > LONGEST_NAME:
        raise InvalidRequest(
            "name", f"The name is longer than {LONGEST_NAME} characters.", "Shorten it."
        )
    if not (style.prompt.strip() or style.negative.strip()):
        raise InvalidRequest("prompt", "The style adds no words.", "Write some into it.")
    if max(len(style.prompt), len(style.negative)) > LONGEST:
        raise InvalidRequest(
            "prompt", f"The words are longer than {LONGEST:,} characters.", "Shorten them."
        )


@contextmanager
def _changing(folder: Path) -> Generator[list[Row]]:
    """The rows of the file, which are written where the block ends without a fault."""
    if why := folder_problem(folder):
        raise WorldError(f"The folder {folder} cannot be used: {why}.", "Make it writable.")
    with locked(folder / _LOCK, "The list of styles"):
        rows = _rows(folder / MINE)
        before = json.dumps(rows)
        yield rows
        after = json.dumps(rows, indent=1)
        if before != json.dumps(rows):
            _write(folder / MINE, after.encode())


def _rows(path: Path) -> list[Row]:
    """Raises WorldError for a file that cannot be read: it is not written over."""
    try:
        rows = as_list(read_json(path, MAX_FILE))
        return [cast("Row", row) for row in rows if isinstance(row, dict)]
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as fault:
        raise WorldError(
            f"Your styles in {path} cannot be read: {' '.join(str(fault).split())[:120]}.",
            "Mend the file, or move it away.",
        ) from fault


def _write(path: Path, data: bytes) -> None:
    if len(data) > MAX_FILE:
        raise WorldError(
            f"Your styles would take more than {MAX_FILE >> 20} MiB.", "Delete some you do not use."
        )
    with disk_refusals(f"{path.name} cannot be written", "Free some space, then try again."):
        replace_file(path, data)


def _name(row: Row) -> str:
    return str(row.get("name", "")).strip().casefold()


def _place(rows: list[Row], name: str) -> int | None:
    wanted = name.strip().casefold()
    return next((at for at, row in enumerate(rows) if _name(row) == wanted), None)


def _free_name(rows: list[Row], name: str) -> str:
    number, free = 1, name
    while _place(rows, free) is not None:
        number += 1
        free = f"{name[: LONGEST_NAME - 8]} {number}"
    return free
