"""Styles in files: AUTOMATIC1111's CSV, and the JSON of Fooocus, InvokeAI and this program."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from core.prompt.styles.style import PLACE, Style
from core.system.errors import InvalidRequest
from core.system.json_files import list_or_empty, read_json
from core.system.paths import RESOURCES
from core.system.regular_files import items_in, read_limited

MAX_FILE = 2**23  # bytes
MAX_STYLES = 10_000  # of one file
LONGEST = 20_000  # characters of a text
LONGEST_NAME = 200
OWN = RESOURCES / "styles"
_PROMPT = ("prompt", "positive_prompt", "text")
_NEGATIVE = ("negative_prompt", "negative", "negative_text")


@dataclass(frozen=True, slots=True)
class FoundStyles:
    """Styles by their names, and a sentence for each file or row that could not be used."""

    styles: Mapping[str, Style]
    troubles: tuple[str, ...] = ()


def styles_in(*folders: Path) -> FoundStyles:
    """Those of all files in folders; of one name the last one counts. A file that cannot be used
    costs itself only."""
    found: dict[str, Style] = {}
    troubles: list[str] = []
    for folder in folders:
        for path in sorted(items_in(folder)):
            if path.suffix.lower() not in (".csv", ".json"):
                continue
            try:
                found |= {style.name: style for style in read_styles(path)}
            except (OSError, ValueError) as fault:
                reason = " ".join(str(fault).split())[:120]
                troubles.append(f"The styles of {path.name} cannot be used: {reason}.")
    return FoundStyles(found, tuple(troubles))


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


def read_styles(path: Path) -> tuple[Style, ...]:
    """The styles of a file, in its order; rows without a name or without words are left out.

    Raises OSError where it cannot be read, ValueError where it is none of the known kinds or too
    large.
    """
    is_table = path.suffix.lower() == ".csv"
    rows = _rows_of_csv(path) if is_table else _rows_of_json(path)
    styles = tuple(style for row in rows if (style := _style(row)))
    if not styles:
        raise ValueError("it holds no styles")
    if len(styles) > MAX_STYLES:
        raise ValueError(f"it holds more than {MAX_STYLES:,} styles")
    return styles


def _rows_of_csv(path: Path) -> Iterator[Mapping[str, object]]:
    text = read_limited(path, MAX_FILE).decode("utf-8-sig", "replace")
    try:
        yield from csv.DictReader(io.StringIO(text, newline=""), strict=True)
    except csv.Error as fault:
        raise ValueError(f"it is no table of styles ({fault})") from fault


def _rows_of_json(path: Path) -> Iterator[Mapping[str, object]]:
    for row in list_or_empty(read_json(path, MAX_FILE)):
        if isinstance(row, dict):
            table = cast("dict[str, object]", row)
            preset = table.get("preset_data")  # of InvokeAI's database
            inner = cast("dict[str, object]", preset) if isinstance(preset, dict) else {}
            yield table | inner


def _style(row: Mapping[str, object]) -> Style | None:
    """None for a row without a name or without words."""
    style = Style(
        name=_text(row, ("name",))[:LONGEST_NAME].strip(),
        prompt=_text(row, _PROMPT),
        negative=_text(row, _NEGATIVE),
        category=_text(row, ("category",))[:LONGEST_NAME],
    )
    if not style.name or not (style.prompt or style.negative):
        return None
    # alone it would add nothing
    return replace(style, negative="") if style.negative == PLACE else style


def _text(row: Mapping[str, object], names: Iterable[str]) -> str:
    """The first of these that is a text."""
    values = (row.get(name) for name in names)
    return next((value[:LONGEST] for value in values if isinstance(value, str)), "")
