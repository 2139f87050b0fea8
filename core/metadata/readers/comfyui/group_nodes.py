"""A group node of the editor's page, laid open as a subgraph: several nodes that a person made one
of, before there were subgraphs.

The page keeps each group once, in `extra.groupNodes`: its nodes, the links between them by their
places in that list, and which of its outputs are seen outside. A node of the group shows what is
left: inputs that nothing in it feeds, outputs that nothing in it takes, and all values in a row.
What does not fit together is not guessed: then the group stays closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.metadata.readers.comfyui.widgets import WIDGETS
from core.metadata.readers.common.gathered import whole_of
from core.system.json_files import list_or_empty, table_or_empty

PREFIXES = ("workflow>", "workflow/")
_FROM_OUTSIDE, _TO_OUTSIDE = -10, -20  # as subgraphs have it
_MOST = 500  # nodes of one group

Table = Mapping[str, Any]
Place = tuple[int, int]  # a node by its place in the group, and one of its slots


def groups_of(page: Table) -> dict[str, Table]:
    """All groups of a page, by the class of the nodes that stand for them."""
    kept = table_or_empty(table_or_empty(page.get("extra")).get("groupNodes"))
    return {
        f"{prefix}{name}": table_or_empty(group)
        for name, group in kept.items()
        for prefix in PREFIXES
    }


def as_subgraph(group: Table, node: Table) -> dict[str, Any] | None:
    """The group as the definition of a subgraph, for one node of it and with that node's values;
    None where node and group do not fit together."""
    inner = [dict(table_or_empty(each)) for each in list_or_empty(group.get("nodes"))]
    if not inner or len(inner) > _MOST or not _with_values(inner, node):
        return None
    within = list(_links_within(group))
    into = {target for _, target in within}
    entering = _entering(inner, into | set(_hidden(group, inner)), node)
    leaving = _leaving(group, inner, {source for source, _ in within}, node)
    if entering is None or leaving is None:
        return None
    ends: list[tuple[Place, Place]] = [*within]
    ends += [((_FROM_OUTSIDE, slot), target) for slot, target in entering]
    ends += [(source, (_TO_OUTSIDE, slot)) for slot, source in enumerate(leaving)]
    numbers = {target: number for number, (_, target) in enumerate(ends)}
    for place, each in enumerate(inner):
        each["id"] = place
        each["inputs"] = [
            {**table_or_empty(row), "link": numbers.get((place, slot))}
            for slot, row in enumerate(list_or_empty(each.get("inputs")))
        ]
    return {
        "nodes": inner,
        "links": [_link(number, *both) for number, both in enumerate(ends)],
        "inputs": [table_or_empty(row) for row in list_or_empty(node.get("inputs"))],
    }


def _link(number: int, source: Place, target: Place) -> dict[str, int]:
    return {
        "id": number,
        "origin_id": source[0],
        "origin_slot": source[1],
        "target_id": target[0],
        "target_slot": target[1],
    }


def _links_within(group: Table) -> Iterator[tuple[Place, Place]]:
    for each in map(list_or_empty, list_or_empty(group.get("links"))):
        numbers = [whole for value in each[:4] if (whole := whole_of(value)) is not None]
        if len(numbers) == 4:
            yield (numbers[0], numbers[1]), (numbers[2], numbers[3])


def _with_values(inner: list[dict[str, Any]], node: Table) -> bool:
    """Give the nodes the values that the group's node holds, one after the other; whether they are
    as many."""
    given = list_or_empty(node.get("widgets_values"))
    at = 0
    for each in inner:
        own = list_or_empty(each.get("widgets_values"))
        places = _own_places(each, own)
        if places is None:
            return False
        values = [*own]
        for place, value in zip(places, given[at : at + len(places)], strict=False):
            values[place] = value
        at += len(places)
        each["widgets_values"] = values
    return at == len(given)


def _own_places(node: Table, values: list[Any]) -> list[int] | None:
    """Which of a node's values its group shows: not those that became inputs. None where it cannot
    be told which those are."""
    kind = node.get("type")
    became = {
        table_or_empty(row.get("widget")).get("name")
        for row in map(table_or_empty, list_or_empty(node.get("inputs")))
        if row.get("widget") and whole_of(row.get("link")) is not None
    }
    if not became:
        return list(range(len(values)))
    names = WIDGETS.get(kind, ()) if isinstance(kind, str) else ()
    if len(names) != len(values) or not became <= set(names):
        return None
    return [place for place, name in enumerate(names) if name not in became]


def _chosen(group: Table, place: int, side: str) -> Table:
    """What a person chose for a node's inputs or outputs, by their names or slots."""
    config = table_or_empty(group.get("config"))
    return table_or_empty(table_or_empty(config.get(str(place))).get(side))


def _hidden(group: Table, inner: list[dict[str, Any]]) -> Iterator[Place]:
    """Inputs that are not to be seen outside."""
    for place, each in enumerate(inner):
        chosen = _chosen(group, place, "input")
        for slot, row in enumerate(map(table_or_empty, list_or_empty(each.get("inputs")))):
            if table_or_empty(chosen.get(str(row.get("name")))).get("visible") is False:
                yield place, slot


def _entering(
    inner: list[dict[str, Any]], closed: set[Place], node: Table
) -> list[tuple[int, Place]] | None:
    """Which input of the group's node goes to which of an inner one that is not `closed`, for those
    that are linked. They stand in one order, called alike or with a title before; None where one
    has no place."""
    free = [
        ((place, slot), str(table_or_empty(row).get("name")))
        for place, each in enumerate(inner)
        for slot, row in enumerate(list_or_empty(each.get("inputs")))
        if (place, slot) not in closed
    ]
    found: list[tuple[int, Place]] = []
    for slot, row in enumerate(map(table_or_empty, list_or_empty(node.get("inputs")))):
        name = str(row.get("name"))
        following = (at for at, (_, inner_name) in enumerate(free) if _alike(name, inner_name))
        at = next(following, None)
        if at is None:
            if whole_of(row.get("link")) is not None:
                return None
            continue
        if whole_of(row.get("link")) is not None:
            found.append((slot, free[at][0]))
        del free[: at + 1]
    return found


def _alike(name: str, inner: str) -> bool:
    return name == inner or name.endswith(f" {inner}")


def _leaving(
    group: Table, inner: list[dict[str, Any]], taken: set[Place], node: Table
) -> list[Place] | None:
    """What comes out at each output of the group's node; None where they are not as many."""
    seen = {
        (place, slot)
        for each in map(list_or_empty, list_or_empty(group.get("external")))
        if len(each) >= 2
        and (place := whole_of(each[0])) is not None
        and (slot := whole_of(each[1])) is not None
    }
    found: list[Place] = []
    for place, each in enumerate(inner):
        outputs = _chosen(group, place, "output")
        for slot in range(len(list_or_empty(each.get("outputs")))):
            shown = table_or_empty(outputs.get(str(slot))).get("visible")
            if not isinstance(shown, bool):
                shown = (place, slot) not in taken or (place, slot) in seen
            if shown:
                found.append((place, slot))
    return found if len(found) == len(list_or_empty(node.get("outputs"))) else None
