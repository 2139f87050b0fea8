"""Axes over the words of a prompt: search and replace, order, what is added, wildcards, and lines
of a file of prompts."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.prompt.wildcards.files import Wildcards
from core.service.sweeps.axes.file_lines import asked_by, line_words, lines_of
from core.service.sweeps.axes.kind import RANK_LINES, RANK_WORDS, Known
from core.service.sweeps.axes.ranges import joined_texts, once, parts_of
from core.system.errors import InvalidRequest
from core.values.request import Request
from core.values.sweeping.sweep import MAX_VALUES, Axis

MOST_PARTS = 9  # of a prompt matrix: 512 prompts
_MOST_ORDERED = 6  # phrases: 720 orders


def _replaced(request: Request, old: str, new: str, subject: str) -> Request:
    """The request with all places of a text in both prompts rewritten. Raises InvalidRequest where
    neither holds it."""
    if old not in request.prompt and old not in request.negative_prompt:
        raise InvalidRequest(
            "axis", f'{subject} "{old[:80]}" is not in the prompt.', "Write it as it stands there."
        )
    return replace(
        request,
        prompt=request.prompt.replace(old, new),
        negative_prompt=request.negative_prompt.replace(old, new),
    )


@dataclass(frozen=True, slots=True)
class ReplaceAxis:
    """Words of the prompt replaced by others; the first value is what is looked for. `old` "" is
    how it is typed: a stored axis names it."""

    old: str = ""

    @property
    def name(self) -> str:
        """With what is looked for."""
        return f"replace:{self.old}" if self.old else "replace"

    @property
    def label(self) -> str:
        """What is replaced."""
        return f'"{self.old}"' if self.old else "Words replaced"

    @property
    def rank(self) -> int:
        """Behind what writes the prompt."""
        return RANK_WORDS

    def read(self, typed: str, known: Known) -> Axis:
        """Texts, of which the first stands in the prompt. Raises InvalidRequest for less than two
        of them."""
        values = parts_of(typed)
        if self.old:
            values = once((self.old, *values))
        if len(values) < 2 or not values[0] or "|" in values[0]:
            raise InvalidRequest(
                "axis",
                f'"{typed[:80]}" does not say what is replaced by what.',
                "Write a word of the prompt, then what shall stand there: red, green, blue.",
            )
        axis = Axis(f"replace:{values[0]}", values)
        axis.check()
        return axis

    def put(self, request: Request, value: str, known: Known) -> Request:
        """With this text in its place."""
        return _replaced(request, self.old, value, "What is replaced,")

    def shown(self, value: str) -> str:
        """The text."""
        return value or "nothing"


@dataclass(frozen=True, slots=True)
class OrderAxis:
    """Phrases of the prompt in all orders, or in those that are given."""

    name: str = "order"
    label: str = "Order"
    rank: int = RANK_WORDS

    def read(self, typed: str, known: Known) -> Axis:
        """Phrases between commas, or in quotes orders of the same ones. Raises InvalidRequest for
        less than two, or too many to put in order."""
        parts = parts_of(typed)
        given = [parts_of(part) for part in parts]
        if len({frozenset(order) for order in given}) == 1 and len(given[0]) > 1:
            axis = Axis(self.name, once(joined_texts(order) for order in given))
            axis.check()
            return axis
        if not 2 <= len(parts) <= _MOST_ORDERED or not all(parts):
            raise InvalidRequest(
                "axis",
                f"{len(parts)} phrases cannot be put in order.",
                f"Give two to {_MOST_ORDERED} phrases of the prompt, as in a house, snow, night.",
            )
        if math.factorial(len(parts)) > MAX_VALUES:
            raise InvalidRequest("axis", "These are too many orders.", "Give fewer phrases.")
        orders = itertools.permutations(parts)
        axis = Axis(self.name, tuple(joined_texts(order) for order in orders))
        axis.check()
        return axis

    def put(self, request: Request, value: str, known: Known) -> Request:
        """With the phrases in this order, in the places that they have. Raises InvalidRequest
        where one is not there."""
        wanted = parts_of(value)
        prompt = request.prompt
        places: list[tuple[int, int]] = []
        for part in wanted:
            at = prompt.find(part)
            while any(start < at + len(part) and at < end for start, end in places):
                at = prompt.find(part, at + 1)
                if at < 0:
                    break
            if at < 0:
                raise InvalidRequest(
                    "axis", f'"{part[:80]}" is not in the prompt.', "Write it as it stands there."
                )
            places.append((at, at + len(part)))
        pieces: list[str] = []
        before = 0
        for (start, end), part in zip(sorted(places), wanted, strict=True):
            pieces += (prompt[before:start], part)
            before = end
        return replace(request, prompt="".join((*pieces, prompt[before:])))

    def shown(self, value: str) -> str:
        """The phrases."""
        return ", ".join(parts_of(value))


@dataclass(frozen=True, slots=True)
class AddAxis:
    """Words that are put behind the prompt; "" adds none. `number` tells two such axes apart, of a
    prompt matrix."""

    number: str = ""

    @property
    def name(self) -> str:
        """With its number."""
        return f"add:{self.number}" if self.number else "add"

    @property
    def label(self) -> str:
        """What it does."""
        return "Added"

    @property
    def rank(self) -> int:
        """Behind what writes the prompt."""
        return RANK_WORDS

    def read(self, typed: str, known: Known) -> Axis:
        """Texts. Raises InvalidRequest for none."""
        axis = Axis(self.name, parts_of(typed))
        axis.check()
        return axis

    def put(self, request: Request, value: str, known: Known) -> Request:
        """With these words behind the others."""
        if not value:
            return request
        return replace(request, prompt=", ".join(filter(None, (request.prompt.strip(), value))))

    def shown(self, value: str) -> str:
        """The words."""
        return value or "nothing"


@dataclass(frozen=True, slots=True)
class MatrixAxis(AddAxis):
    """Parts of a prompt with bars between, each added or not: all choices of them. Its axis adds
    words."""

    number: str = "matrix"

    @property
    def name(self) -> str:
        """As it is typed; its axis is called by what it does."""
        return "matrix"

    @property
    def label(self) -> str:
        """As other programs call it."""
        return "Prompt matrix"

    def read(self, typed: str, known: Known) -> Axis:
        """Parts with bars between. Raises InvalidRequest for none, or too many."""
        parts = [part.strip() for part in typed.split("|") if part.strip()]
        if not 1 <= len(parts) <= MOST_PARTS:
            raise InvalidRequest(
                "axis",
                f"{len(parts)} parts make no prompt matrix.",
                f"Write one to {MOST_PARTS} with bars between, as in at night|in snow.",
            )
        axis = Axis(f"add:{self.number}", choices_of(parts))
        axis.check()
        return axis


def choices_of(parts: Sequence[str]) -> tuple[str, ...]:
    """All choices of parts, none first: the first part changes fastest."""
    switches = itertools.product((False, True), repeat=len(parts))
    chosen = (
        ", ".join(part for part, on in zip(parts, reversed(row), strict=True) if on)
        for row in switches
    )
    return tuple(dict.fromkeys(chosen))


@dataclass(frozen=True, slots=True)
class WildcardAxis:
    """What one wildcard of the prompt stands for."""

    wildcard: str

    @property
    def name(self) -> str:
        """With the wildcard's."""
        return f"wildcard:{self.wildcard}"

    @property
    def label(self) -> str:
        """As it stands in the prompt."""
        return f"__{self.wildcard}__"

    @property
    def rank(self) -> int:
        """Behind what writes the prompt."""
        return RANK_WORDS

    def read(self, typed: str, known: Known) -> Axis:
        """Texts; "all" are those of its file. Raises InvalidRequest where there is no such
        wildcard."""
        values: list[str] = []
        for part in parts_of(typed or "all"):
            if part.lower() != "all":
                values.append(part)
                continue
            found = Wildcards(known.places.wildcards).values(self.wildcard)
            if not found:
                raise InvalidRequest(
                    "axis",
                    f'There is no wildcard "{self.wildcard[:80]}".',
                    "Put a text file of this name into the folder wildcards.",
                )
            values += (value.text for value in found)
        axis = Axis(self.name, once(values))
        axis.check()
        return axis

    def put(self, request: Request, value: str, known: Known) -> Request:
        """With this text in its place."""
        return _replaced(request, f"__{self.wildcard}__", value, "The wildcard")

    def shown(self, value: str) -> str:
        """The text."""
        return value


@dataclass(frozen=True, slots=True)
class LineAxis:
    """Lines of a file of prompts as the web UI's script reads them: a prompt each, or options."""

    name: str = "line"
    label: str = "Prompt"
    rank: int = RANK_LINES

    def read(self, typed: str, known: Known) -> Axis:
        """The lines of a text. Raises InvalidRequest for the first that makes no sense."""
        axis = Axis(self.name, lines_of(typed, known))
        axis.check()
        return axis

    def put(self, request: Request, value: str, known: Known) -> Request:
        """With what the line says."""
        return asked_by(value, request, known)

    def shown(self, value: str) -> str:
        """The line's prompt, or all of it."""
        return line_words(value)
