"""ComfyUI's recipe in a picture: the graph that was run, read as a request.

The graph lies as `prompt` (what was run) and `workflow` (the editor's page) in a PNG's chunks, in
EXIF's fields for makers and models of cameras in WebP, and as one object in a user comment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.metadata.parsing import web_ui
from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.metadata.readers.comfyui.assembly import assembled
from core.metadata.readers.comfyui.graph import Graph, from_api
from core.metadata.readers.comfyui.workflow import from_workflow
from core.metadata.readers.common.gathered import Gathered, tables_in
from core.metadata.readers.common.relabelled import filled
from core.system.json_files import table_or_empty

_PREFIXES = ("prompt:", "workflow:", "Prompt:", "Workflow:")
_CLASS = '"class_type"'
_PAGE = '"nodes"'


def parse(texts: Mapping[str, str]) -> ParsedRecipe | None:
    """For the FORMATS table: the graph that was run, else the editor's page."""
    found = graph_in(texts)
    if found is None:
        return None
    graph, notes = found
    gathered = Gathered("comfyui", "ComfyUI")
    gathered.ignored += notes
    assembled(graph, gathered)
    return filled(gathered.parsed(), _text_beside(texts))


def _text_beside(texts: Mapping[str, str]) -> ParsedRecipe | None:
    """The web UI's text, which some savers write beside the graph."""
    plain = {key: text for key, text in texts.items() if key not in ("prompt", "workflow")}
    return web_ui.parse(plain)


def graph_in(texts: Mapping[str, str]) -> tuple[Graph, tuple[str, ...]] | None:
    """The graph among a picture's texts, with sentences about what of its page was left out."""
    places = sorted(texts, key=lambda key: key.lower() != "prompt")
    for key in places:
        if _CLASS in (text := texts[key]) and (graph := _run(_table(text))) is not None:
            return graph, ()
    for key in places:
        if _PAGE in (text := texts[key]):
            table = _table(text)
            page = from_workflow(table_or_empty(table.get("workflow")) or table)
            if page is not None:
                return page
    return None


def _run(table: dict[str, Any]) -> Graph | None:
    """The graph itself, or the one that another object holds."""
    if (graph := from_api(table)) is not None:
        return graph
    inner = table.get("prompt")
    return from_api(tables_in(inner) if isinstance(inner, str) else table_or_empty(inner))


def _table(text: str) -> dict[str, Any]:
    for prefix in _PREFIXES:
        text = text.removeprefix(prefix)
    return tables_in(text)
