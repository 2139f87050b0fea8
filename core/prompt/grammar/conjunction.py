"""`AND` between texts that a picture is to follow all at once, each with a weight
(Liu et al. 2022, Compositional Visual Generation with Composable Diffusion Models)."""

from __future__ import annotations

import re
from typing import NamedTuple

_AND = re.compile(r"\bAND\b")
_WEIGHT = re.compile(r"(\s*+):\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))\s*\Z", re.ASCII)


class JoinedText(NamedTuple):
    """One of the texts; [start, end) is where it stands in the prompt, its weight and blanks
    behind it left out."""

    text: str
    weight: float
    start: int
    end: int


def split_conjunction(prompt: str, *, exact: bool = False) -> tuple[JoinedText, ...]:
    """The texts between the ANDs of a prompt, in order; never fails.

    `exact`: to the letter as AUTOMATIC1111 reads it, where even a prompt without AND has a weight
    when it ends with a colon and a number. Elsewhere such a number needs a blank before its colon,
    so that "16:9" stays words.
    """
    joins = [match.span() for match in _AND.finditer(prompt)]
    starts = [0, *(end for _, end in joins)]
    ends = [*(start for start, _ in joins), len(prompt)]
    is_alone = not joins
    return tuple(
        _weighted(prompt, start, end, needs_blank=is_alone and not exact)
        for start, end in zip(starts, ends, strict=True)
    )


def _weighted(prompt: str, start: int, end: int, *, needs_blank: bool) -> JoinedText:
    match = _last_weight(prompt, start, end)
    if match is None or (needs_blank and not match[1]):
        behind = start + len(prompt[start:end].rstrip())
        return JoinedText(prompt[start:behind], 1.0, start, behind)
    return JoinedText(prompt[start : match.start()], float(match[2]), start, match.start())


def _last_weight(prompt: str, start: int, end: int) -> re.Match[str] | None:
    """The colon and number that a text ends with."""
    colon = prompt.rfind(":", start, end)
    if colon < 0:
        return None
    blanks = len(prompt[start:colon]) - len(prompt[start:colon].rstrip())
    return _WEIGHT.match(prompt[:end], colon - blanks)
