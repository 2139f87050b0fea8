"""A person's own styles: one file in the data folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from core.prompt.styles.files import MAX_FILE, MAX_STYLES, MINE
from core.prompt.styles.style import Style
from core.system.errors import InvalidRequest
from core.system.lists.named_rows import NamedRows, RemovedRow, Row
from core.values.request_parts.chosen_style import LONGEST, LONGEST_NAME


def _file(folder: Path) -> NamedRows:
    return NamedRows(folder / MINE, "Your styles", "style", MAX_FILE, MAX_STYLES)


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
    _file(folder).write(row_of(style), instead_of)


def add_styles(folder: Path, styles: Iterable[Style]) -> dict[str, str]:
    """Those that are not there yet: the names that they had by those that they got. Where another
    one has a name, a number comes behind it. Raises WorldError as `save_style` does."""
    return _file(folder).add(map(row_of, styles))


def delete_styles(folder: Path, names: Iterable[str]) -> tuple[RemovedRow, ...]:
    """Take styles out; what `put_back` needs. Raises WorldError as `save_style` does."""
    return _file(folder).delete(names)


def put_back(folder: Path, removed: Iterable[RemovedRow]) -> None:
    """Where they stood, but for those whose names others have now. Raises WorldError as
    `save_style` does."""
    _file(folder).put_back(removed)


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
