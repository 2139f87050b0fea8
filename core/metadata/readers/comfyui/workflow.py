"""The editor's page as the graph that it runs: widgets by their names, what is switched off left
out, subgraphs and group nodes laid open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.metadata.readers.comfyui.graph import MAX_NODES, Graph, Link, Node
from core.metadata.readers.comfyui.group_nodes import PREFIXES, as_subgraph, groups_of
from core.metadata.readers.comfyui.widgets import widget_values
from core.metadata.readers.common.gathered import whole_of
from core.system.json_files import list_or_empty, table_or_empty

_MUTED = 2
_BYPASSED = 4
_DEEPEST = 8  # subgraphs within subgraphs
_HOPS = 64
_INSIDE, _OUTSIDE = "-10", "-20"  # where a subgraph's inputs come in and its outputs leave
_TYPED = frozenset({"STRING", "INT", "FLOAT", "COMBO", "BOOLEAN"})
_NOWHERE = Link("", 0)  # in the place of a value that is not known
_NOTES = frozenset({"Note", "MarkdownNote"})


@dataclass(slots=True)
class _Part:
    """One page, or a subgraph where it stands: links by their numbers, as (node, slot) of where
    they come from, and those that leave it by the slot."""

    nodes: dict[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    links: dict[int, tuple[str, int]] = field(default_factory=dict[int, tuple[str, int]])
    leaving: dict[int, tuple[str, int]] = field(default_factory=dict[int, tuple[str, int]])
    outer: tuple[str, str] | None = None  # the part and the node in which it stands
    inputs: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])  # names, types


@dataclass(frozen=True, slots=True)
class _Onwards:
    """A link of a part, by its number."""

    scope: str
    number: int


def from_workflow(table: Mapping[str, Any]) -> tuple[Graph, tuple[str, ...]] | None:
    """The graph of a page, and sentences about what it holds that cannot be read; None where it is
    no page."""
    if not isinstance(table.get("nodes"), list):
        return None
    page = _Page(table)
    page.lay_open("", table, None, 0)
    nodes = page.nodes()
    return (Graph(nodes), tuple(page.notes)) if nodes else None


class _Page:
    def __init__(self, table: Mapping[str, Any]) -> None:
        definitions = table_or_empty(table.get("definitions"))
        self._subgraphs = {
            str(each.get("id")): each
            for each in map(table_or_empty, list_or_empty(definitions.get("subgraphs")))
        }
        self._groups = groups_of(table)
        self._parts: dict[str, _Part] = {}
        self._count = 0
        self.notes: list[str] = []

    def lay_open(
        self, scope: str, table: Mapping[str, Any], outer: tuple[str, str] | None, depth: int
    ) -> None:
        """Take in a page's or subgraph's nodes and links; `scope` stands before their ids."""
        part = _Part(outer=outer, inputs=_named_inputs(table) if outer is not None else [])
        self._parts[scope] = part
        for each in map(table_or_empty, list_or_empty(table.get("links"))):
            self._link(part, each.get("id"), each.get("origin_id"), each.get("origin_slot"),
                       each.get("target_id"), each.get("target_slot"))  # fmt: skip
        for each in map(list_or_empty, list_or_empty(table.get("links"))):
            if len(each) >= 5:
                self._link(part, *each[:5])
        for each in map(table_or_empty, list_or_empty(table.get("nodes"))):
            kind, key = each.get("type"), each.get("id")
            if not isinstance(kind, str) or not isinstance(key, str | int):
                continue
            self._count += 1
            if self._count > MAX_NODES:
                return
            part.nodes[str(key)] = each
            inside = self._inside(kind, each) if depth < _DEEPEST else None
            if inside is not None:
                self.lay_open(f"{scope}{key}:", inside, (scope, str(key)), depth + 1)
            elif kind.startswith(PREFIXES):
                self.notes.append(f"group node {kind[9:80]}: what is in it is not read")

    def _inside(self, kind: str, node: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What a node stands for, where it is several; None for one that is itself."""
        if kind in self._groups:
            return as_subgraph(self._groups[kind], node)
        return self._subgraphs.get(kind)

    def _link(
        self, part: _Part, key: object, node: object, slot: object, to: object, to_slot: object
    ) -> None:
        number, place = whole_of(key), whole_of(slot)
        if number is None or place is None or not isinstance(node, str | int):
            return
        part.links[number] = (str(node), place)
        if str(to) == _OUTSIDE and (end := whole_of(to_slot)) is not None:
            part.leaving[end] = (str(node), place)

    def nodes(self) -> dict[str, Node]:
        """All nodes that are run, in one graph."""
        found: dict[str, Node] = {}
        for scope, part in self._parts.items():
            for key, each in part.nodes.items():
                kind = str(each["type"])
                if f"{scope}{key}:" in self._parts or kind in _NOTES or _mode(each) != 0:
                    continue
                title = each.get("title")
                found[f"{scope}{key}"] = Node(
                    f"{scope}{key}",
                    kind,
                    title if isinstance(title, str) else "",
                    self._inputs(scope, each),
                )
        return found

    def _inputs(self, scope: str, node: Mapping[str, Any]) -> dict[str, object]:
        inputs = widget_values(node)
        for each in map(table_or_empty, list_or_empty(node.get("inputs"))):
            number, name = whole_of(each.get("link")), each.get("name")
            if number is None or not isinstance(name, str):
                continue
            value = self._behind(scope, number)
            if value is not None:
                inputs[name] = value
        return inputs

    def _behind(self, scope: str, number: int) -> object:
        """What a link brings: a link to a node that is run, or the value of an outer widget."""
        for _ in range(_HOPS):
            source = self._parts[scope].links.get(number)
            if source is None:
                return None
            found = self._source(scope, source)
            if not isinstance(found, _Onwards):
                return found
            scope, number = found.scope, found.number
        return None

    def _source(self, scope: str, source: tuple[str, int]) -> object:
        """A link or a value; or where to go on from."""
        for _ in range(_HOPS):
            key, slot = source
            part = self._parts[scope]
            if key == _INSIDE:
                return self._from_outside(part, slot)
            node = part.nodes.get(key)
            inner = f"{scope}{key}:"
            if node is None or _mode(node) == _MUTED:
                return None
            if _mode(node) == _BYPASSED:
                number = _bypass(node, slot)
                return None if number is None else _Onwards(scope, number)
            if inner not in self._parts:
                return Link(f"{scope}{key}", slot)
            following = self._parts[inner].leaving.get(slot)
            if following is None:
                return None
            scope, source = inner, following
        return None

    def _from_outside(self, part: _Part, slot: int) -> object:
        """What comes in at a subgraph's input."""
        if part.outer is None:
            return None
        scope, key = part.outer
        node = self._parts[scope].nodes[key]
        name = part.inputs[slot][0] if 0 <= slot < len(part.inputs) else ""
        for given in map(table_or_empty, list_or_empty(node.get("inputs"))):
            if given.get("name") == name and (number := whole_of(given.get("link"))) is not None:
                return _Onwards(scope, number)
        return _own_value(node, part.inputs, name)


def _named_inputs(table: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = map(table_or_empty, list_or_empty(table.get("inputs")))
    return [(str(row.get("name")), str(row.get("type"))) for row in rows]


def _own_value(node: Mapping[str, Any], inputs: list[tuple[str, str]], name: str) -> object:
    """What the node of a subgraph itself holds for an input: its values are those of the inputs
    that can be typed in. None where it holds none, and what lies in the subgraph counts."""
    values = list_or_empty(node.get("widgets_values"))
    if not values:
        return None
    typed = [each for each, kind in inputs if kind in _TYPED]
    if len(typed) != len(values) or name not in typed:
        return _NOWHERE
    return values[typed.index(name)]


def _mode(node: Mapping[str, Any]) -> int:
    mode = node.get("mode")
    return mode if mode in (_MUTED, _BYPASSED) else 0


def _bypass(node: Mapping[str, Any], slot: int) -> int | None:
    """The number of the link that a node which is passed by gives on at an output: of the input of
    the same type."""
    outputs = list_or_empty(node.get("outputs"))
    kind = table_or_empty(outputs[slot]).get("type") if 0 <= slot < len(outputs) else None
    inputs = [table_or_empty(each) for each in list_or_empty(node.get("inputs"))]
    same = [each for each in inputs if each.get("type") == kind and kind is not None]
    if 0 <= slot < len(inputs) and inputs[slot] in same:
        same.insert(0, inputs[slot])
    return next((n for each in same if (n := whole_of(each.get("link"))) is not None), None)
