"""A graph as it was run: nodes with their inputs, each a value or a link to the output of another
node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from core.metadata.readers.comfyui.pipes import given_out, in_pipe
from core.system.json_files import table_or_empty

MAX_NODES = 5000
_MOST_HOPS = 64
STEPS = 20_000  # nodes looked at for one picture: a graph of a thousand nodes takes a tenth


@dataclass(frozen=True, slots=True)
class Link:
    """Output `slot` of a node."""

    node: str
    slot: int


@dataclass(frozen=True, slots=True)
class Node:
    """`kind` is its class, `inputs` values as JSON has them, and links."""

    id: str
    kind: str
    title: str
    inputs: Mapping[str, object]

    def link(self, *names: str) -> Link | None:
        """The first of these inputs that is a link."""
        links = (self.inputs.get(name) for name in names)
        return next((value for value in links if isinstance(value, Link)), None)

    def links(self) -> dict[str, Link]:
        """All inputs that are links."""
        return {name: value for name, value in self.inputs.items() if isinstance(value, Link)}

    def literal(self, *names: str) -> Any:
        """The first of these inputs that is a value; None for none."""
        for name in names:
            value = self.inputs.get(name)
            if value is not None and not isinstance(value, Link):
                return value
        return None

    @property
    def shown(self) -> str:
        """What a note calls it."""
        kind = " ".join(self.kind[:80].split())
        return f"node {self.id[:60]} ({kind})"


class Graph:
    """All nodes by their ids. Following links counts steps, so that a graph in which everything is
    linked with everything is given up and not followed for ever."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self.nodes = nodes
        self._steps = 0

    def node(self, link: Link | None) -> Node | None:
        """The node that a link leads to, behind those that only pass it on; None where there is
        none, or too many were looked at."""
        if link is None or (end := self.through(link)) is None:
            return None
        return self.nodes.get(end.node)

    def through(self, link: Link) -> Link | None:
        """The same link behind nodes that pass on what they are given, or one of it."""
        for _ in range(_MOST_HOPS):
            self._steps += 1
            node = self.nodes.get(link.node)
            if self._steps > STEPS:
                return None
            onwards = node.inputs.get(self.passed_on(node)) if node is not None else None
            onwards = onwards or given_out(self.nodes, link)
            if not isinstance(onwards, Link):
                return link
            link = onwards
        return None

    def carried(self, pipe: Link | None, name: str) -> Link | None:
        """What a link that carries several things carries under a name."""
        return in_pipe(self.nodes, pipe, name)

    def passed_on(self, node: Node) -> str:
        """The input that a node passes on; "" for one that makes something of what it is given, or
        where which one it is is not known."""
        if node.kind.startswith("Reroute") and len(node.inputs) == 1:
            return next(iter(node.inputs))
        if node.kind == "ComfySwitchNode":
            chosen = self._truth(node.inputs.get("switch"))
            return "" if chosen is None else ("on_true" if chosen else "on_false")
        if node.kind == "Any Switch (rgthree)":
            return next((name for name in sorted(node.inputs) if name.startswith("any_")), "")
        if node.kind == "ImpactSwitch":
            chosen = node.literal("select")
            return f"input{chosen}" if isinstance(chosen, int) else ""
        return ""

    def _truth(self, value: object) -> bool | None:
        if isinstance(value, Link):
            holder = self.nodes.get(value.node)
            value = holder.literal("value", "boolean") if holder is not None else None
        return value if isinstance(value, bool) else None

    @property
    def exhausted(self) -> bool:
        """Whether it was given up."""
        return self._steps > STEPS

    def of_kind(self, *kinds: str) -> Iterator[Node]:
        """All nodes of these classes."""
        return (node for node in self.nodes.values() if node.kind in kinds)


def from_api(table: Mapping[str, Any]) -> Graph | None:
    """The graph that ComfyUI was asked to run (`prompt`); None where it is none."""
    nodes: dict[str, Node] = {}
    for key, value in list(table.items())[:MAX_NODES]:
        each = table_or_empty(value)
        kind = each.get("class_type")
        if not isinstance(kind, str):
            continue
        title = table_or_empty(each.get("_meta")).get("title")
        inputs = {name: _input(value) for name, value in table_or_empty(each.get("inputs")).items()}
        nodes[key] = Node(key, kind.strip(), title if isinstance(title, str) else "", inputs)
    return Graph(nodes) if nodes else None


def _input(value: object) -> object:
    """A list of a node and a number is a link; a list that is a value stands in a table."""
    if isinstance(value, list):
        parts = cast("list[object]", value)
        match parts:
            case [str() | int() as node, int() as slot] if not isinstance(slot, bool):
                return Link(str(node), slot)
            case _:
                return parts
    return value
