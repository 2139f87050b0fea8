"""Styles in files: AUTOMATIC1111's CSV, and the JSON of Fooocus, InvokeAI and this program.

Ours is a list of objects with "name", "category", "prompt", "negative_prompt", and where there are
some "parameters" (an object by the names of `style.PARAMETERS`) and "preview": the name of a
picture beside the file, or the picture itself as a data URL.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from core.prompt.styles.style import PLACE, Style, good_parameters
from core.system.errors import InvalidRequest, WorldError
from core.system.json_files import list_or_empty, read_json, table_or_empty
from core.system.paths import RESOURCES, safe_join
from core.system.regular_files import items_in, read_words
from core.values.request_parts.chosen_style import LONGEST, LONGEST_NAME

MAX_FILE = 2**23  # bytes
MAX_STYLES = 10_000  # of one file
MINE = "mine.json"  # those that a person made or took over, of the data folder's styles
PREVIEWS = "previews"  # the folder beside it with their pictures
DATA = "data:image/"  # how a picture in a text begins
OWN = RESOURCES / "styles"
_PROMPT = ("prompt", "positive_prompt", "text")
_NEGATIVE = ("negative_prompt", "negative", "negative_text")


@dataclass(frozen=True, slots=True)
class FoundStyles:
    """Styles by their names, a sentence for each file or row that could not be used, and the names
    of those that a person can change: they stand in MINE."""

    styles: Mapping[str, Style]
    troubles: tuple[str, ...] = ()
    mine: frozenset[str] = frozenset()


def styles_in(*folders: Path) -> FoundStyles:
    """Those of all files in folders; of one name the last one counts, a person's own before others.
    A file that cannot be used costs itself only."""
    found: dict[str, Style] = {}
    mine: frozenset[str] = frozenset()
    troubles: list[str] = []
    for folder in folders:
        for path in sorted(items_in(folder), key=lambda path: (path.name == MINE, path.name)):
            if path.suffix.lower() not in (".csv", ".json"):
                continue
            try:
                read = {style.name: style for style in read_styles(path)}
                found |= read
                mine = frozenset(read) if path.name == MINE else mine
            except (OSError, ValueError) as fault:
                reason = " ".join(str(fault).split())[:120]
                troubles.append(f"The styles of {path.name} cannot be used: {reason}.")
    for folder in folders:
        found = _with_previews(found, folder / PREVIEWS)
    return FoundStyles(found, tuple(troubles), mine)


def preview_name(name: str) -> str:
    """The file in PREVIEWS of the style with this name, in whatever case."""
    digest = hashlib.sha256(name.casefold().encode("utf-8", "replace")).hexdigest()
    return f"{digest[:16]}.jpg"


def _with_previews(styles: dict[str, Style], folder: Path) -> dict[str, Style]:
    """With the pictures that were made of them here."""
    here = {path.name for path in items_in(folder)}
    if not here:
        return styles
    return {
        name: replace(style, preview=str(folder / file))
        if (file := preview_name(name)) in here
        else style
        for name, style in styles.items()
    }


def chosen_styles(found: FoundStyles, names: Iterable[str]) -> tuple[Style, ...]:
    """The styles of these names, in whatever case. Raises InvalidRequest where there is none."""
    by_name = {name.casefold(): style for name, style in found.styles.items()}
    chosen: list[Style] = []
    for name in names:
        style = by_name.get(name.strip().casefold())
        if style is None:
            raise InvalidRequest(
                "style",
                f'There is no style "{name[:LONGEST_NAME]}".',
                f"Known: {', '.join(found.styles)}.",
            )
        chosen.append(style)
    return tuple(chosen)


def read_styles(path: Path, limit: int = MAX_FILE) -> tuple[Style, ...]:
    """The styles of a file, in its order; rows without a name or without words are left out.

    Raises OSError where it cannot be read, ValueError where it is none of the known kinds or has
    more than `limit` bytes.
    """
    is_table = path.suffix.lower() == ".csv"
    rows = _rows_of_csv(path) if is_table else json_rows(path, limit)
    styles = tuple(style for row in rows if (style := _style(row, path.parent)))
    if not styles:
        raise ValueError("it holds no styles")
    if len(styles) > MAX_STYLES:
        raise ValueError(f"it holds more than {MAX_STYLES:,} styles")
    return styles


def _rows_of_csv(path: Path) -> Iterator[Mapping[str, object]]:
    text = read_words(path, MAX_FILE)
    names = text.partition("\n")[0]
    between = max(",;\t", key=names.count)  # which tables of some countries part by others
    try:
        rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=between, strict=True)
        yield from rows
    except csv.Error as fault:
        raise ValueError(f"it is no table of styles ({fault})") from fault


def json_rows(path: Path, limit: int) -> Iterator[Mapping[str, object]]:
    """The objects of a file that each may be a style. Raises OSError, ValueError as `read_styles`
    does."""
    whole = read_json(path, limit)
    rows: list[object] = [whole] if isinstance(whole, dict) else list_or_empty(whole)
    for row in rows:  # SD.Next has one a file
        if isinstance(row, dict):
            table = cast("dict[str, object]", row)
            preset = table.get("preset_data")  # of InvokeAI's database
            inner = cast("dict[str, object]", preset) if isinstance(preset, dict) else {}
            yield table | inner


def _style(row: Mapping[str, object], folder: Path) -> Style | None:
    """None for a row without a name or without words."""
    style = Style(
        name=_text(row, ("name",))[:LONGEST_NAME].strip(),
        prompt=_text(row, _PROMPT),
        negative=_text(row, _NEGATIVE),
        category=_text(row, ("category",))[:LONGEST_NAME],
        parameters=good_parameters(table_or_empty(row.get("parameters"))),
        preview=_preview(_text(row, ("preview",)), folder),
    )
    if not style.name or not (style.prompt or style.negative):
        return None
    # alone it would add nothing
    return replace(style, negative="") if style.negative == PLACE else style


def _preview(name: str, folder: Path) -> str:
    """The path of a picture that is named beside the file; one in the text itself is read where the
    file is taken over."""
    if not name or len(name) > LONGEST_NAME or name.startswith(DATA):
        return ""
    try:
        return str(safe_join(folder, name))
    except WorldError:
        return ""


def _text(row: Mapping[str, object], names: Iterable[str]) -> str:
    """The first of these that is a text."""
    values = (row.get(name) for name in names)
    return next((value[:LONGEST] for value in values if isinstance(value, str)), "")
