"""Numbers and texts of a node's inputs: as they stand, or behind the nodes that hold, pass on, join
and multiply them.

A node of a kind that is not known gives nothing: it may make anything of what it is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeVar

from core.metadata.readers.comfyui.graph import Graph, Link, Node
from core.metadata.readers.common.gathered import in_short, number_of, whole_of

T = TypeVar("T")

_DEPTH = 48
_LONGEST_TEXT = 100_000  # characters; joined texts may double with every node
# nodes that hold one value, by a word of their class, and the inputs that it lies in
_HOLDERS = re.compile(
    r"primitive|literal|constant|seed|text ?box|multiline|prompt ?text|text ?prompt|string|"
    r"^easy (?:positive|negative)$|"
    r"^(?:.{0,20}\W)?(?:int|integer|float|number|value|text|note|boolean|prompt)s?(?:\W.{0,20})?$",
    re.IGNORECASE,
)
_NOT_HOLDERS = re.compile(
    r"replace|trim|regex|split|random|wildcard|file|load|save|translat|llm|gpt|ollama|caption|"
    r"tagger|florence|csv|list|switch|select|style|random|encode|format|compare|length|parse|"
    r"math|expression|convert|process|extract|remove|filter|case|count|index|sub ?string|slice|"
    r"reverse|upper|lower|prefix|suffix|append|insert|round|increment|decrement|subtract|"
    r"multipl(?!e)|divi[ds]|clamp|offset|shuffle|combin|merge|join|concat|repeat|strip|template|"
    r"\badd\b|\bsum\b|\bmin\b|\bmax\b|\bcut\b",
    re.IGNORECASE,
)
_WORDS_WITHIN = re.compile(r"(?<=[a-z])(?=[A-Z])")  # where one begins: "SeedOffset"
_TEXTS = ("text", "Text", "string", "String", "value", "prompt", "positive", "negative", "str")
_NUMBERS = ("value", "Value", "number", "int", "integer", "float", "seed", "noise_seed")
_REROUTE = re.compile(r"reroute|^get ?node$|^set ?node$|anything ?everywhere", re.IGNORECASE)
_SHOWS = re.compile(r"show ?text|preview ?(?:any|text)|display ?(?:any|text)", re.IGNORECASE)
# nodes that put texts one behind the other: the inputs in their order, and the one for what
# stands between them
_JOINERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "StringConcatenate": (("string_a", "string_b"), ("delimiter",)),
    "Text Concatenate": (("text_a", "text_b", "text_c", "text_d"), ("delimiter",)),
    "Text Concatenate (JPS)": (("text1", "text2", "text3", "text4", "text5"), ("delimiter",)),
    "CR Text Concatenate": (("text1", "text2"), ("separator",)),
    "ConcatStringSingle": (("string_a", "string_b"), ()),
    "JoinStrings": (("string1", "string2"), ("delimiter",)),
    "JoinStringMulti": (tuple(f"string_{number}" for number in range(1, 25)), ("delimiter",)),
    "ttN concat": (("text1", "text2", "text3"), ("delimiter",)),
    "TextConcatenate": (("text1", "text2"), ("separator", "delimiter")),
    "Text_Concatenator": (("text1", "text2"), ()),
    "easy promptConcat": (("prompt1", "prompt2"), ("separator",)),
}
# nodes that draw words by chance, and the input in which the drawn ones are saved
_DRAWN = {"ImpactWildcardProcessor": "populated_text"}
_CLEANED = frozenset({"Text Concatenate"})  # which leaves out the blanks around its texts
_ESCAPES = {"\\n": "\n", "\\t": "\t"}


class Scalars:
    """Values behind links; `unknown` gathers the nodes where that ended."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.unknown: dict[str, Node] = {}
        self._unread: dict[str, None] = {}

    def whole(self, node: Node, *names: str) -> int | None:
        """A whole number that a node is given; None where it has none, or one that is not known."""
        return self._read(node, names, whole_of(self._value(node, names, wants_text=False)))

    def number(self, node: Node, *names: str) -> float | None:
        """A finite number that a node is given."""
        return self._read(node, names, number_of(self._value(node, names, wants_text=False)))

    def text(self, node: Node, *names: str) -> str | None:
        """A text that a node is given; None where it has none, or one that is not known."""
        value = self._value(node, names, wants_text=True)
        return self._read(node, names, value if isinstance(value, str) else None)

    def _read(self, node: Node, names: tuple[str, ...], value: T | None) -> T | None:
        """The value itself; where it is none, what stands there all the same is noted."""
        if value is None and (literal := node.literal(*names)) not in (None, ""):
            name = next(name for name in names if node.literal(name) is literal)
            self._unread[f"{node.shown}: {name} {in_short(literal)}"] = None
        return value

    def _value(self, node: Node, names: tuple[str, ...], *, wants_text: bool) -> object:
        for name in names:
            value = node.inputs.get(name)
            if isinstance(value, Link):
                return self.behind(value, wants_text=wants_text)
            if value is not None:
                return value
        return None

    def behind(self, link: Link, *, wants_text: bool, depth: int = 0) -> object:
        """The value that comes out of a node's output; None where that is not known."""
        end = self._graph.through(link)
        node = self._graph.nodes.get(end.node) if end is not None else None
        if end is None or node is None or depth > _DEPTH:
            return None
        value = self._out_of(node, end.slot, wants_text, depth)
        if value is None:
            self.unknown[node.id] = node
        return value

    def _out_of(self, node: Node, slot: int, wants_text: bool, depth: int) -> object:
        if _REROUTE.search(node.kind) or _SHOWS.search(node.kind):
            inner = next(iter(node.links().values()), None)
            if inner is None:
                return None
            return self.behind(inner, wants_text=wants_text, depth=depth + 1)
        if node.kind in _JOINERS:
            return self._joined(node, depth)
        if node.kind in _DRAWN:
            return node.literal(_DRAWN[node.kind]) or None
        if (own := node.literal(self._graph.passed_on(node))) is not None:
            return own
        if not wants_text:
            number = self._reckoned(node, slot, depth)
            if number is not None:
                return number
        return self._held(node, wants_text, depth)

    def _held(self, node: Node, wants_text: bool, depth: int) -> object:
        """What a node holds that is there to hold one value."""
        kind = node.kind.replace("_", " ")
        if not _HOLDERS.search(kind) or _NOT_HOLDERS.search(_WORDS_WITHIN.sub(" ", kind)):
            return None
        for name in _TEXTS if wants_text else _NUMBERS:
            value = node.inputs.get(name)
            if isinstance(value, Link):
                return self.behind(value, wants_text=wants_text, depth=depth + 1)
            if isinstance(value, str) if wants_text else number_of(value) is not None:
                return value
        return None

    def _joined(self, node: Node, depth: int) -> str | None:
        names, between = _JOINERS[node.kind]
        parts: list[str] = []
        for name in names:
            value = node.inputs.get(name)
            if isinstance(value, Link):
                value = self.behind(value, wants_text=True, depth=depth + 1)
                if not isinstance(value, str):
                    return None
            if isinstance(value, str):
                parts.append(value)
        if sum(map(len, parts)) > _LONGEST_TEXT:
            return None
        delimiter = node.literal(*between) if between else ""
        delimiter = delimiter if isinstance(delimiter, str) else ""
        delimiter = _ESCAPES.get(delimiter, delimiter)
        if node.kind in _CLEANED and node.literal("clean_whitespace") in (True, "true"):
            parts = [part.strip() for part in parts]
            parts = [part for part in parts if part]
        return delimiter.join(parts)

    def _reckoned(self, node: Node, slot: int, depth: int) -> float | None:
        """Products of two numbers, and the sides of a node that offers sizes."""
        if node.kind == "CR Integer Multiple":
            factors = [self._part(node, name, depth) for name in ("integer", "multiple")]
            first, second = factors
            return None if first is None or second is None else float(int(first * second))
        sides = sides_of(node)
        if sides is None or not 0 <= slot - sides.first < 2:
            return None
        return sides.scaled()[slot - sides.first]

    def _part(self, node: Node, name: str, depth: int) -> float | None:
        value = node.inputs.get(name)
        if isinstance(value, Link):
            value = self.behind(value, wants_text=False, depth=depth + 1)
        return number_of(value)

    def notes(self) -> Iterator[str]:
        """A sentence for each node whose value is not known, and for each value that is none."""
        yield from self._unread
        for node in self.unknown.values():
            yield f"{node.shown}: what it gives is not known here"


class Sides:
    """Width and height as a node offers them for latents (`width`, `height`), and as numbers at its
    outputs `first` and the one behind, `scale` times as large."""

    def __init__(self, width: int, height: int, scale: float, first: int) -> None:
        self.width = width
        self.height = height
        self.first = first
        self._scale = scale

    def scaled(self) -> tuple[float, float]:
        """The numbers at the outputs."""
        return int(self.width * self._scale), int(self.height * self._scale)


_DIMENSIONS = re.compile(r"\s*(\d{2,5})\s*x\s*(\d{2,5})\b", re.IGNORECASE)


def sides_of(node: Node) -> Sides | None:
    """The size that is chosen in a node whose list is of sizes ("1216 x 832 (landscape)")."""
    if node.kind != "SDXL Empty Latent Image (rgthree)":
        return None
    match = _DIMENSIONS.match(str(node.literal("dimensions")))
    scale = number_of(node.literal("clip_scale"))
    if match is None or scale is None:
        return None
    return Sides(int(match[1]), int(match[2]), scale, 1)
