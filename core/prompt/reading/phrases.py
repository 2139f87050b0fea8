"""Phrases of a prompt: what stands between commas, and how one changes places with the next."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from core.prompt.grammar.comments import comment_places
from core.prompt.loras import tags

_SIGN = re.compile(r"\\.|[()\[\]{},|:\n]|\b(?:AND|BREAK)\b", re.DOTALL)
MOST_LISTS = 20  # brackets around that are looked at
_CLOSES = {")": "(", "]": "[", "}": "{"}


def move_phrase(text: str, start: int, end: int, *, forwards: bool) -> tuple[str, int, int]:
    """The text with the phrases that [start, end) touches and the one before or behind them in each
    other's place, and where [start, end) stands now; as it was where there is none.

    Phrases stand between commas, lines, AND and BREAK: those of the innermost bracket around that
    holds several, on one side of its colons and bars. Comments stay where they are.
    """
    phrases = list(_phrases(text, start, end))
    touched = [number for number, (a, b) in enumerate(phrases) if a <= end and b >= start]
    other = (touched[-1] + 1 if forwards else touched[0] - 1) if touched else -1
    if not 0 <= other < len(phrases):
        return text, start, end
    own = phrases[touched[0]][0], phrases[touched[-1]][1]
    first, second = sorted((own, phrases[other]))
    between = text[first[1] : second[0]]
    swapped = text[slice(*second)] + between + text[slice(*first)]
    by = len(between) + phrases[other][1] - phrases[other][0]
    by = by if forwards else -by
    start, end = max(start, own[0]) + by, min(end, own[1]) + by  # blanks beside them stay behind
    return text[: first[0]] + swapped + text[second[1] :], start, end


class _Sign(NamedTuple):
    at: int
    behind: int
    sign: str


def _phrases(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """[start, end) of each phrase of the innermost list of several that the place is in, without
    blanks around it."""
    signs = _signs(text)
    partners = _partners(signs)
    around = [
        (opening, closing)
        for opening, closing in partners.items()
        if signs[opening].at < start and end <= signs[closing].at
    ]
    for opening, closing in sorted(around, reverse=True)[:MOST_LISTS]:
        low, high = signs[opening].behind, signs[closing].at
        inner = [
            number
            for number in _side_by_side(partners, opening + 1, closing)
            if signs[number].sign in ":|"
        ]
        # of a bracket with colons or bars what stands between two of them
        low = max([low, *(signs[n].behind for n in inner if signs[n].behind <= start)])
        high = min([high, *(signs[n].at for n in inner if signs[n].at >= end)])
        found = list(_cut(text, signs, partners, low, high))
        if len(found) > 1:
            return found
    return list(_cut(text, signs, partners, 0, len(text)))


def _side_by_side(partners: dict[int, int], first: int, behind: int) -> Iterator[int]:
    """Which signs stand in no bracket among these."""
    number = first
    while number < behind:
        yield number
        number = partners.get(number, number) + 1


def _cut(
    text: str, signs: list[_Sign], partners: dict[int, int], low: int, high: int
) -> Iterator[tuple[int, int]]:
    """The phrases of a stretch of the text."""
    first, behind = bisect_left(signs, (low,)), bisect_left(signs, (high,))
    cuts = [
        signs[number]
        for number in _side_by_side(partners, first, behind)
        if signs[number].sign not in "()[]{}:|"
    ]
    starts = [low, *(cut.behind for cut in cuts)]
    ends = [*(cut.at for cut in cuts), high]
    for at, end in zip(starts, ends, strict=True):
        part = text[at:end]
        if part.strip():
            yield at + len(part) - len(part.lstrip()), at + len(part.rstrip())


def _signs(text: str) -> list[_Sign]:
    """All that opens, closes and parts; what stands in tags is neither."""
    comments = comment_places(text)
    hidden = sorted([*comments, *((tag.start, tag.end) for tag in tags(text))])
    found = [_Sign(start, end, "#") for start, end in comments]
    ends = [end for _, end in hidden]
    for match in _SIGN.finditer(text):
        number = bisect_right(ends, match.start())
        is_hidden = number < len(hidden) and hidden[number][0] <= match.start()
        if match[0][0] != "\\" and not is_hidden:
            found.append(_Sign(*match.span(), match[0]))
    return sorted(found)


def _partners(signs: list[_Sign]) -> dict[int, int]:
    """Which sign closes which; what is opened within a bracket and never closed is words."""
    partners: dict[int, int] = {}
    still_open: dict[str, list[int]] = {opening: [] for opening in _CLOSES.values()}
    for number, (_, _, sign) in enumerate(signs):
        if sign in still_open:
            still_open[sign].append(number)
        elif sign in _CLOSES and (same := still_open[_CLOSES[sign]]):
            opening = same.pop()
            partners[opening] = number
            for others in still_open.values():
                while others and others[-1] > opening:
                    others.pop()
    return partners
