"""Which prompts pictures were made with: read out of the gallery's rows, which hold them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from core.prompt.loras import lora_tag
from core.store.finding.search_index import SearchIndex
from core.store.finding.words import all_of, words_in
from core.system.json import Malformed, from_plain
from core.system.json_files import list_or_empty, parse_json, table_or_empty
from core.values.lora import Lora

ROWS = 800  # that are looked at for one page: some ten milliseconds
# the request is read only where it holds more than the columns: LoRAs, styles, or texts before they
# were drawn; quotes within a text are escaped, so these signs are keys
_ROW = """
    id, prompt, negative,
    CASE WHEN instr(request, '"loras":[{') OR instr(request, '"styles":[{')
        OR (instr(request, '"template":"')
            AND NOT (instr(request, '"template":""') AND instr(request, '"negative_template":""')))
    THEN request ELSE '' END
"""


@dataclass(frozen=True, slots=True)
class PromptPair:
    """Both texts as a person would type them: with tags for LoRAs, and choices not drawn."""

    prompt: str
    negative_prompt: str = ""


@dataclass(frozen=True, slots=True)
class PromptPage:
    """Different pairs, the newest first; `below` asks for the next page, None behind the last."""

    pairs: tuple[PromptPair, ...]
    below: int | None


class PromptHistory:
    """Every method raises WorldError where the database cannot be read."""

    def __init__(self, index: SearchIndex) -> None:
        self._index = index

    def page(self, words: str = "", below: int | None = None, rows: int = ROWS) -> PromptPage:
        """The pairs of the next `rows` pictures in which all words occur, the last one perhaps as a
        beginning; with ids below one of them. Pictures in the trash count, too."""
        typed = words_in(words)
        asked = _among_words(typed, below, rows) if typed else _among_rows(below, rows)
        found: list[tuple[int, str, str, str]] = self._index.asked(
            lambda db: [(row[0], row[1], row[2], row[3]) for row in db.execute(*asked)]
        )
        pairs = dict.fromkeys(_pair_of(*texts) for _, *texts in found)
        return PromptPage(tuple(pairs), found[-1][0] if len(found) == rows else None)


def _among_rows(below: int | None, rows: int) -> tuple[str, list[object]]:
    where = "" if below is None else "WHERE id < ?"
    values = [] if below is None else [below]
    return f"SELECT {_ROW} FROM gallery.pictures {where} ORDER BY id DESC LIMIT ?", [*values, rows]


def _among_words(typed: list[str], below: int | None, rows: int) -> tuple[str, list[object]]:
    """By the index of words, which runs from the newest backwards and ends at the limit."""
    where = "words MATCH ?"
    values: list[object] = [f"{{prompt negative}} : ({all_of(typed)}*)"]
    if below is not None:
        where += " AND words.rowid > (SELECT place FROM facts WHERE id = ?)"
        values.append(below)
    found = (
        "SELECT words.rowid AS place, facts.id AS picture FROM words "
        f"CROSS JOIN facts ON place = words.rowid WHERE {where} ORDER BY words.rowid LIMIT ?"
    )
    sql = f"SELECT {_ROW} FROM ({found}) CROSS JOIN gallery.pictures ON id = picture ORDER BY place"
    return sql, [*values, rows]


def _pair_of(prompt: str, negative: str, request: str) -> PromptPair:
    """The texts of a row; `request` is its JSON, or "" where that says no more."""
    if not request:
        return PromptPair(prompt, negative)
    try:
        plain = table_or_empty(parse_json(request))
    except ValueError:
        return PromptPair(prompt, negative)
    template = _text(plain, "template")
    if list_or_empty(plain.get("styles")):  # which were put around both texts, empty ones too
        return PromptPair(template, _text(plain, "negative_template"))
    before = f"{prompt} {_tags(list_or_empty(plain.get('loras')))}".strip()
    return PromptPair(template or before, _text(plain, "negative_template") or negative)


def _text(plain: dict[str, Any], name: str) -> str:
    value = plain.get(name)
    return value if isinstance(value, str) else ""


def _tags(loras: Iterable[object]) -> str:
    """Of those that can be read."""
    tags: list[str] = []
    for plain in loras:
        try:
            tags.append(lora_tag(cast("Lora", from_plain(Lora, plain))))
        except Malformed:
            continue
    return "".join(tags)
