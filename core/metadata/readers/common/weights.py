"""Words as Compel weighs them, which InvokeAI has: `word++`, `(words)1.2`, in our brackets; and
NovelAI's `{words}`, `[words]` and `1.5::words::`.

Plain brackets mean nothing there, and more here: they are left out or made plain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.values.declared.limits import MAX_PROMPT
from core.values.declared.parameter import in_full

_PLUS, _MINUS = 1.1, 0.9  # by each sign
_DEEPEST = 64  # brackets within brackets
_SUFFIX = re.compile(r"\+{1,32}|-{1,32}|\d{1,3}(?:\.\d{1,6})?|\.\d{1,6}")
_WEIGHED_WORD = re.compile(
    r"(?<![\w)+-])([^\s,()\[\]+\-\\][^\s,()\[\]+\\]{0,200}?)(\+{1,32}|-{1,32})(?=[\s,()]|$)"
)
_OF_SEVERAL = re.compile(r"\)\s{0,8}\.(blend|and|swap)\(|\.(swap)\(")
_BRACES = re.compile(r"[{}\[\]]")
_NUMBERED = re.compile(r"(?<![\w.])(-?\d{1,3}(?:\.\d{1,4})?)::(.{0,4000}?)(?:::|$)", re.DOTALL)
_STRENGTH = 1.05  # of a brace of NovelAI's


@dataclass(frozen=True, slots=True)
class Weighed:
    """A text in our spelling; `respelt` where anything of it was spelt otherwise, `notes` about
    what could not be."""

    text: str
    respelt: bool = False
    notes: tuple[str, ...] = ()


def from_compel(text: str) -> Weighed:
    """Compel's weights as ours: a factor of 1.1 for each plus, 0.9 for each minus."""
    if len(text) > MAX_PROMPT or not re.search(r"[()\[\]+]|-(?:[\s,)]|$)", text):
        return Weighed(text)
    several = _OF_SEVERAL.search(text)
    if several is not None:
        name = several[1] or several[2]
        return Weighed(_plain(text), True, (f"its .{name}(...) is words like others here",))
    spelt = _brackets(text)
    return Weighed(spelt, spelt != text)


def _brackets(text: str) -> str:
    """Brackets with their weights; those that nobody closes or opens are plain."""
    parts: list[list[str]] = [[]]
    at = 0
    while at < len(text):
        sign = text[at]
        at += 1
        if sign == "\\" and at < len(text):
            parts[-1].append(text[at - 1 : at + 1])
            at += 1
        elif sign == "(" and len(parts) <= _DEEPEST:
            parts.append([])
        elif sign == ")" and len(parts) > 1:
            inner = _words("".join(parts.pop()))
            suffix = _SUFFIX.match(text, at)
            at = at if suffix is None else suffix.end()
            parts[-1].append(_weighed(inner, _weight(suffix[0] if suffix else "")))
        elif sign in "()[]":
            parts[-1].append("\\" + sign)
        else:
            parts[-1].append(sign)
    return _words("\\(".join("".join(part) for part in parts))


def _words(text: str) -> str:
    return _WEIGHED_WORD.sub(lambda match: _weighed(match[1], _weight(match[2])), text)


def _weight(suffix: str) -> float:
    if not suffix:
        return 1.0
    if suffix[0] == "+":
        return _PLUS ** len(suffix)
    if suffix[0] == "-":
        return _MINUS ** len(suffix)
    return float(suffix)


def _weighed(text: str, weight: float) -> str:
    return text if weight == 1 else f"({text}:{in_full(round(weight, 4))})"


def _plain(text: str) -> str:
    return re.sub(r"(?<!\\)([()\[\]])", r"\\\1", text)


def from_novelai(text: str) -> Weighed:
    """NovelAI's weights as ours: a factor of 1.05 for each brace, 1 / 1.05 for each square bracket,
    and numbers between colons. Round brackets are plain there."""
    if len(text) > MAX_PROMPT or not re.search(r"[{}\[\]()]|::", text):
        return Weighed(text)
    numbered = _NUMBERED.sub(_with_number, re.sub(r"(?<!\\)([()])", r"\\\1", text))
    return Weighed(_braces(numbered), True)


def _with_number(match: re.Match[str]) -> str:
    weight = float(match[1])
    return f"({match[2].strip()}:{in_full(weight)})" if weight else ""


def _braces(text: str) -> str:
    parts: list[tuple[str, list[str]]] = [("", [])]
    at = 0
    for match in _BRACES.finditer(text):
        parts[-1][1].append(text[at : match.start()])
        at = match.end()
        sign = match[0]
        if sign in "{[":
            if len(parts) <= _DEEPEST:
                parts.append((sign, []))
        elif len(parts) > 1 and parts[-1][0] == {"}": "{", "]": "["}[sign]:
            opening, inner = parts.pop()
            weight = _STRENGTH if opening == "{" else 1 / _STRENGTH
            parts[-1][1].append(f"({''.join(inner)}:{in_full(round(weight, 4))})")
    parts[-1][1].append(text[at:])
    while len(parts) > 1:
        _, inner = parts.pop()
        parts[-1][1].append("".join(inner))
    return "".join(parts[0][1])
