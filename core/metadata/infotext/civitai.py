"""What Civitai writes behind the web UI's pairs: a list of all models that were used, by its names
or its numbers for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.system.json_files import list_or_empty, parse_json, table_or_empty

_WHOLE = ("checkpoint", "model")  # what it calls a whole model


def model_named(text: str) -> str:
    """The name of the whole model in a list ("Civitai resources"); "" where it has none."""
    titles = (row.get("modelName") for row in _rows(text) if row.get("type") in _WHOLE)
    return next((title.strip() for title in titles if isinstance(title, str) and title.strip()), "")


def remarks(text: str) -> Iterator[str]:
    """Sentences about those that are no whole model, or have no name but a number of the site's."""
    for row in _rows(text):
        kind = str(row.get("type"))[:40]
        title = row.get("modelName")
        number = row.get("air") or row.get("modelVersionId")
        if not isinstance(title, str) and isinstance(number, str | int):
            title = f"{str(number)[:200]} of Civitai"
        elif kind in _WHOLE:
            continue
        if isinstance(title, str):
            weight = "" if kind in _WHOLE else f", weight {row.get('weight', 1)}"
            yield f"{kind}: {title[:200]}{weight}"


def _rows(text: str) -> Iterator[dict[str, Any]]:
    try:
        rows = list_or_empty(parse_json(text))
    except ValueError:
        return
    for row in rows:
        if table := table_or_empty(row):
            yield table
