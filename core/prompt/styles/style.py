"""A style, and what becomes of both texts of a picture with some."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

PLACE = "{prompt}"


@dataclass(frozen=True, slots=True)
class Style:
    """Words with a name. Where `prompt` or `negative` holds {prompt}, the picture's own words take
    that place; else it follows them."""

    name: str
    prompt: str = ""
    negative: str = ""
    category: str = ""


def with_styles(prompt: str, negative: str, styles: Iterable[Style]) -> tuple[str, str]:
    """Both texts with styles around them, one after the other."""
    for style in styles:
        prompt = _around(prompt, style.prompt)
        negative = _around(negative, style.negative)
    return prompt, negative


def _around(text: str, fragment: str) -> str:
    if PLACE in fragment:
        return fragment.replace(PLACE, text.strip())
    return ", ".join(part for part in (text.strip(), fragment.strip()) if part)
