"""The list of layers in an OpenRaster file: stack.xml, read without its declarations, so that no
entity of it grows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NoReturn
from xml.parsers import expat

from core.system.errors import WorldError
from core.values.editing.document import MAX_LAYERS, MAX_PIXELS, MAX_SIDE

_DEEPEST = 32  # groups within groups
_MOST = 10_000  # elements
_MOST_PIXELS = 2**20  # that a number says
_FARTHEST = 2 * MAX_SIDE  # pixels beside the document
_ANEW = "Save it anew in the program that it comes from."
_USUAL = "svg:src-over"


@dataclass(frozen=True, slots=True)
class ListedLayer:
    """One layer; `x`, `y` in pixels of the document, `opacity` 0 to 1, that of its groups in it."""

    name: str
    src: str
    x: int = 0
    y: int = 0
    opacity: float = 1.0
    visible: bool = True
    locked: bool = False
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Stack:
    """Size in pixels, the layers from the lowest, and what of them is not kept."""

    width: int
    height: int
    layers: tuple[ListedLayer, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Group:
    """What a group passes on to what is in it."""

    x: int = 0
    y: int = 0
    opacity: float = 1.0
    visible: bool = True


@dataclass(slots=True)
class _Found:
    """What was read so far; `groups` are those that are open."""

    name: str
    size: tuple[int, int] = (0, 0)
    layers: list[ListedLayer] = field(default_factory=lambda: list[ListedLayer]())
    groups: list[_Group] = field(default_factory=lambda: [_Group()])
    notes: list[str] = field(default_factory=lambda: list[str]())
    elements: int = 0
    depth: int = 0


def parse_stack(text: bytes, name: str) -> Stack:
    """The list that a stack.xml is; `name` is what sentences call its file. Raises WorldError where
    it is none, or beyond a limit."""
    found = _Found(name)
    parser = expat.ParserCreate()

    def refuse_declarations(*given: object) -> None:
        _refuse(found, "declares things of its own")

    parser.StartDoctypeDeclHandler = refuse_declarations
    parser.StartElementHandler = lambda tag, marks: _begin(found, tag, marks)
    parser.EndElementHandler = lambda tag: _end(found, tag)
    try:
        parser.Parse(text, True)
    except expat.ExpatError as fault:
        raise WorldError(f"The list of layers of {name} is damaged: {fault}.", _ANEW) from fault
    width, height = found.size
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE and width * height <= MAX_PIXELS):
        raise WorldError(
            f"{name} has {width} x {height} pixels, and a document at most {MAX_SIDE} a side.",
            "Scale it down first.",
        )
    if not 1 <= len(found.layers) <= MAX_LAYERS:
        raise WorldError(
            f"{name} has {len(found.layers)} layers, and a document 1 to {MAX_LAYERS}.",
            "Merge some there.",
        )
    return Stack(width, height, tuple(reversed(found.layers)), tuple(dict.fromkeys(found.notes)))


def _refuse(found: _Found, what: str) -> NoReturn:
    raise WorldError(f"The list of layers of {found.name} {what}.", _ANEW)


def _begin(found: _Found, tag: str, marks: Mapping[str, str]) -> None:
    found.elements += 1
    found.depth += 1
    if found.elements > _MOST or found.depth > _DEEPEST:
        _refuse(found, "is too long or too deep")
    match tag:
        case "image":
            found.size = (_whole(found, marks, "w"), _whole(found, marks, "h"))
        case "stack":
            found.groups.append(_inner(found, marks))
            if len(found.groups) > 2 and found.groups[-1].opacity < 1:
                found.notes.append(
                    f"Groups of {found.name} are taken apart: where their layers overlap, they "
                    "look a little different."
                )
        case "layer":
            _note_layer(found, marks)
        case _:  # texts and filters of later versions
            found.notes.append(f"{found.name} holds a {tag[:40]}, which is not kept.")


def _end(found: _Found, tag: str) -> None:
    found.depth -= 1
    if tag == "stack":
        found.groups.pop()


def _inner(found: _Found, marks: Mapping[str, str]) -> _Group:
    """A group, or a layer, seen from the document."""
    outer = found.groups[-1]
    if marks.get("composite-op", _USUAL) != _USUAL:
        found.notes.append(
            f"{found.name} mixes layers in other ways than the usual one, which is not kept."
        )
    return _Group(
        x=max(min(outer.x + _whole(found, marks, "x"), _FARTHEST), -_FARTHEST),
        y=max(min(outer.y + _whole(found, marks, "y"), _FARTHEST), -_FARTHEST),
        opacity=outer.opacity * _share(found, marks),
        visible=outer.visible and marks.get("visibility", "visible") != "hidden",
    )


def _note_layer(found: _Found, marks: Mapping[str, str]) -> None:
    at = _inner(found, marks)
    layer = ListedLayer(
        name=marks.get("name", ""),
        src=marks.get("src", ""),
        locked=marks.get("edit-locked") == "true",
        selected=marks.get("selected") == "true",
    )
    found.layers.append(replace(layer, x=at.x, y=at.y, opacity=at.opacity, visible=at.visible))


def _whole(found: _Found, marks: Mapping[str, str], mark: str) -> int:
    number = _number(found, marks, mark, 0.0)
    return round(max(min(number, _MOST_PIXELS), -_MOST_PIXELS))


def _share(found: _Found, marks: Mapping[str, str]) -> float:
    return max(min(_number(found, marks, "opacity", 1.0), 1.0), 0.0)


def _number(found: _Found, marks: Mapping[str, str], mark: str, otherwise: float) -> float:
    text = marks.get(mark)
    if text is None:
        return otherwise
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        _refuse(found, f"says {mark}={text[:20]!r}")
    return number
