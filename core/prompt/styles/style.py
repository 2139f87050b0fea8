"""A style: words for a picture's texts, and where it has some, values that suit them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.system.errors import InvalidRequest
from core.values.request import Request
from core.values.request_parts.chosen_style import ChosenStyle

PLACE = "{prompt}"
# the parameters of a picture that a style may set, by their names in a Request
PARAMETERS = (
    "steps",
    "guidance",
    "sampler",
    "schedule",
    "width",
    "height",
    "clip_skip",
    "guidance_rescale",
)
StyleValue = int | float | str


@dataclass(frozen=True, slots=True)
class Style:
    """Words with a name. Where `prompt` or `negative` holds {prompt}, the picture's own words take
    that place; else it follows them.

    `parameters` are values by the names of PARAMETERS, in that order; they count only where a
    person asks for them. `preview` is the path of a picture that shows it, or "".
    """

    name: str
    prompt: str = ""
    negative: str = ""
    category: str = ""
    parameters: tuple[tuple[str, StyleValue], ...] = ()
    preview: str = ""

    def chosen(self) -> ChosenStyle:
        """As a request holds it."""
        return ChosenStyle(self.name, self.prompt, self.negative)


def good_parameters(values: Mapping[str, object]) -> tuple[tuple[str, StyleValue], ...]:
    """Those of `values` that a style may set and a request may hold, each alone."""
    return tuple(
        (name, value)
        for name in PARAMETERS
        if isinstance(value := values.get(name), int | float | str) and _is_good(name, value)
    )


def _is_good(name: str, value: StyleValue) -> bool:
    usual: Any = getattr(Request(), name)
    fits = isinstance(value, str) == isinstance(usual, str) and not isinstance(value, bool)
    if not fits or (isinstance(usual, int) and isinstance(value, float)):
        return False
    try:
        Request(**{name: value}).check()  # type: ignore[arg-type]
    except InvalidRequest:
        return False
    return True
