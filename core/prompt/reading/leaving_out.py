"""A text without some of its words: what held only them goes too, be it a comma, brackets with
their weight, or a side of AND or BREAK."""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.prompt.reading.kinds import Rules
from core.values.program import Program
from core.values.text_span import TextSpan

_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"
_WEIGHT = re.compile(rf":\s*{_NUMBER}\s*(?=\))")
# of square brackets that nothing else stands in, a change with its step too
_EMPTY = re.compile(rf"\]|::?\s*{_NUMBER}\s*\]")
_EMPTY_AFTER = re.compile(rf":\s*{_NUMBER}\s*\]")
_LAST_WEIGHT = re.compile(rf"\s*:\s*{_NUMBER}\s*(?=\bAND\b|\Z)")
_JOIN = re.compile(r"(?:AND|BREAK)\b")
_JOIN_BEFORE = re.compile(r"(?:(?<=\W)|\A)(?:AND|BREAK)\Z")
_ENDS = "])|:"  # of a stretch, behind it
_BEGINS = "[(|:"  # before it


def without_words(text: str, words: Iterable[TextSpan], rules: Rules) -> str:
    """The text without these words, which may be of either text: only those of this one count."""
    own = sorted({word for word in words if word.is_negative == rules.is_negative})
    for word in reversed(own):
        end = min(word.end, len(text))
        if 0 <= word.start < end:
            text = _closed(text[: word.start], text[end:], rules)
    return text


def _closed(before: str, behind: str, rules: Rules) -> str:
    """Both sides of what was left out, without what stood there for its sake."""
    while True:
        left, right = before.rstrip(" \t"), behind.lstrip(" \t")
        shorter = _without_brackets(left, right, rules)
        if shorter is None and _joins(rules):
            shorter = _without_join(left, right)
        if shorter is None:
            shorter = _without_comma(before, behind, rules)
        if shorter is None:
            return _met(before, behind, left, right)
        before, behind = shorter


def _joins(rules: Rules) -> bool:
    """Whether BREAK is more than a word of the text, and AND where it is no negative one."""
    return rules.program != Program.COMFYUI


def _without_brackets(left: str, right: str, rules: Rules) -> tuple[str, str] | None:
    if _is_sign(left, "("):
        match = _WEIGHT.match(right)
        rest = right[match.end() :] if match else right
        if rest.startswith(")"):
            return left[:-1], rest[1:]
    if rules.program == Program.COMFYUI:
        return None
    for begin, end in ((left, _EMPTY), (left.removesuffix(":"), _EMPTY_AFTER)):
        match = end.match(right)
        if match and _is_sign(begin, "["):
            return begin[:-1], right[match.end() :]
    return None


def _is_sign(left: str, sign: str) -> bool:
    """Whether the text ends with this sign, and no backslash makes it a plain one."""
    if not left.endswith(sign):
        return False
    bare = left[:-1].rstrip("\\")
    return (len(left) - 1 - len(bare)) % 2 == 0


def _without_join(left: str, right: str) -> tuple[str, str] | None:
    """A side of AND or BREAK that has no words left goes, and a weight with it."""
    before = _JOIN_BEFORE.search(left)
    if not (before or not left.strip()):
        return None
    weight = _LAST_WEIGHT.match(right)
    rest = right[weight.end() :] if weight else right
    behind = _JOIN.match(rest.lstrip())
    if behind:
        return left, rest.lstrip()[behind.end() :]
    if before and not rest.strip():
        return left[: before.start()], ""
    return None


def _without_comma(before: str, behind: str, rules: Rules) -> tuple[str, str] | None:
    left, right = before.rstrip(" \t"), behind.lstrip(" \t")
    begins = not left.strip() or left[-1] in ",\n" or any(_is_sign(left, one) for one in _BEGINS)
    ends = not right.strip() or right[0] in _ENDS + "\n"
    if _joins(rules):
        begins = begins or _JOIN_BEFORE.search(left) is not None
        ends = ends or _JOIN.match(right) is not None
    if begins and right.startswith(","):
        return before, right[1:]
    if ends and left.endswith(","):
        return left[:-1], behind
    return None


def _met(before: str, behind: str, left: str, right: str) -> str:
    """Both sides with a blank between where one stood, and none at the ends of a stretch."""
    blank = behind[: len(behind) - len(right)]
    if not right.startswith(":"):  # a blank before a colon means something
        blank = before[len(left) :] or blank
    begins = not left or left[-1] in "\n|:" or any(_is_sign(left, one) for one in "([")
    if begins or not right or right[0] in ",)]|\n":
        blank = ""
    elif left.endswith(",") and not blank:
        blank = " "
    return left + blank + right
