"""What a text tells, and what was made of it: between the text's reader and the readers of one
matter each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.metadata.infotext.pairs import Pair
from core.system.errors import InvalidRequest
from core.values.declared.parameter import parameters

TRUE = frozenset({"true", "1", "yes", "on"})
FALSE = frozenset({"false", "0", "no", "off", "none", ""})


@dataclass(frozen=True, slots=True)
class Told:
    """The pairs of a text by their names, and the fields of a request that are `known` from it.

    `web_ui`: it is the web UI's or a fork's; `ours`: this program wrote it.
    """

    pairs: Mapping[str, Pair]
    known: Mapping[str, object]
    web_ui: bool = False
    ours: bool = False

    def text(self, name: str) -> str:
        """The value of a pair as it stands, "" where there is none."""
        pair = self.pairs.get(name)
        return "" if pair is None else pair.value.strip()

    def word(self, name: str) -> str:
        """The value in lower case, with single blanks."""
        return " ".join(self.text(name).lower().split())

    def number(self, name: str) -> float | None:
        """The value as a finite number; None where it is none."""
        pair = self.pairs.get(name)
        number = None if pair is None else pair.number(float)
        return None if number is None else float(number)

    def whole(self, name: str) -> int | None:
        """The value as a whole number; None where it is none."""
        pair = self.pairs.get(name)
        number = None if pair is None else pair.number(int)
        return None if number is None else int(number)

    def size(self, name: str) -> tuple[int, int] | None:
        """Width and height in pixels; None where it is no size."""
        pair = self.pairs.get(name)
        return None if pair is None else pair.size()


@dataclass(slots=True)
class Understood:
    """`values` are fields of a request, `said` how the text puts some of them, `taken` the names of
    the pairs that are understood, `notes` sentences about what is only approximated."""

    values: dict[str, object] = field(default_factory=lambda: dict[str, object]())
    said: dict[str, str] = field(default_factory=lambda: dict[str, str]())
    taken: set[str] = field(default_factory=lambda: set[str]())
    notes: list[str] = field(default_factory=lambda: list[str]())

    def take(self, told: Told, names: Iterable[str]) -> None:
        """These pairs are understood, as far as the text has them."""
        self.taken.update(name for name in names if name in told.pairs)

    def note(self, told: Told, name: str, sentence: str) -> None:
        """A pair is understood, and what it asks for is done otherwise: `sentence` says how."""
        self.taken.add(name)
        self.notes.append(f"{told.pairs[name].shown}: {sentence}")


def is_allowed(kind: type[Any], name: str, value: object) -> bool:
    """Whether the field `name` of a declared dataclass may hold this value."""
    try:
        parameters(kind)[name].check(name, value)
    except InvalidRequest:
        return False
    return True
