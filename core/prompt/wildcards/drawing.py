"""What becomes of choices and wildcards when they are drawn: `{a|b}`, `{0.3::a|b}`, `{2$$a|b|c}`,
`{2-3$$, $$a|b|c}` and `__name__`, in each other; the dialect of Dynamic Prompts.

What is drawn depends on the seed, the text and the files alone.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from core.prompt.grammar.problem import Problem
from core.prompt.wildcards.files import Value

MOST_DRAWS = 10_000  # in one text
LONGEST = 100_000  # characters that a text may become
DEEPEST = 24  # wildcards and braces in each other
# one may follow another, or stand before the end of a word ("two __animal__s")
WILDCARD = re.compile(r"(?<![^\W_])__((?:[^\W_]|[*/. -]|_(?!_)){1,120}+)__")
_SIGN = re.compile(rf"\\.|[{{}}|]|{WILDCARD.pattern}", re.DOTALL)
_COUNT = re.compile(
    r"\s*(?:(\d{1,4})?(-)(\d{1,4})?|(\d{1,4}))\$\$(?:([^{}|$]{0,40})\$\$)?", re.ASCII
)
_WEIGHT = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})::", re.ASCII)


class Source(Protocol):
    """Where values of wildcards come from."""

    def values(self, name: str) -> tuple[Value, ...]:
        """What `name` may stand for; nothing where it is not known."""
        ...


@dataclass(frozen=True, slots=True)
class Drawn:
    """A text with all drawn; `problems` say at which places of the template something is left as
    it stood."""

    text: str
    problems: tuple[Problem, ...] = ()


def has_choices(text: str) -> bool:
    """Whether anything of a text may be drawn."""
    return ("{" in text and "}" in text) or "__" in text


def can_be_asked(name: str) -> bool:
    """Whether a prompt can name a wildcard: not every file's name is one."""
    match = WILDCARD.fullmatch(f"__{name}__")
    return match is not None and match[1] == name


def draw(text: str, source: Source, seed: int, *, which: str = "") -> Drawn:
    """The text with a choice for each of its places, the same for the same `seed`. `which` tells
    apart several texts of one picture. Never fails: what cannot be drawn stays as it stands."""
    if not has_choices(text):
        return Drawn(text)
    drawing = _Drawing(source, random.Random(f"{seed} {which}"))
    drawn = drawing.text(text, 0, len(text), (), 0)
    problems = {problem.start: problem for problem in drawing.problems}
    if drawing.is_over:
        words = f"The text would become longer than {LONGEST:,} characters, or be drawn too often."
        return Drawn(text, (Problem(0, len(text), words),))
    return Drawn(drawn, tuple(problems[start] for start in sorted(problems)))


def choice_places(text: str) -> tuple[tuple[int, int], ...]:
    """Where choices and wildcards stand, [start, end); of those in each other the outer ones."""
    if not has_choices(text):
        return ()
    pairs = _braces_of(text).values()
    found = [(pair.start, pair.end + 1) for pair in pairs if _is_choice(text, pair)]
    found += [match.span() for match in WILDCARD.finditer(text)]
    outer: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if not outer or start >= outer[-1][1]:
            outer.append((start, end))
    return tuple(outer)


class ChoiceSign(NamedTuple):
    """[start, end) is a wildcard (`is_name`), or a sign of a choice that stands in `depth` others:
    its brace with how many are taken, a bar with how often, the brace that closes it."""

    start: int
    end: int
    is_name: bool = False
    depth: int = 0


def choice_signs(text: str) -> Iterator[ChoiceSign]:
    """The wildcards of a text and the signs of its choices, in no order; what they choose between
    stands beside them."""
    if not has_choices(text):
        return
    behind: list[int] = []  # where the choices end that are not over yet
    for _, pair in sorted(_braces_of(text).items()):
        if not _is_choice(text, pair):
            continue
        while behind and behind[-1] <= pair.start:
            behind.pop()
        for at in (pair.start, *pair.bars):
            count = _COUNT.match(text, at + 1, pair.end) if at == pair.start else None
            end = count.end() if count else at + 1
            weight = _WEIGHT.match(text, end, pair.end)
            yield ChoiceSign(at, weight.end() if weight else end, depth=len(behind))
        yield ChoiceSign(pair.end, pair.end + 1, depth=len(behind))
        behind.append(pair.end + 1)
    for match in _SIGN.finditer(text):
        if match[1]:
            yield ChoiceSign(*match.span(), is_name=True)


@dataclass(slots=True)
class _Braces:
    """A pair of braces at [start, end] with the bars right inside."""

    start: int
    end: int = -1
    bars: list[int] = field(default_factory=list[int])


def _braces_of(text: str) -> dict[int, _Braces]:
    """The pairs of a text by their places."""
    found: dict[int, _Braces] = {}
    still_open: list[_Braces] = []
    for match in _SIGN.finditer(text):
        sign, at = match[0], match.start()
        if sign == "{":
            still_open.append(_Braces(at))
        elif sign == "}" and still_open:
            braces = still_open.pop()
            braces.end = at
            found[braces.start] = braces
        elif sign == "|" and still_open:
            still_open[-1].bars.append(at)
    return found


def _is_choice(text: str, pair: _Braces) -> bool:
    """Whether braces hold a choice, and not words."""
    is_variable = text[max(0, pair.start - 1)] == "$"
    counted = _COUNT.match(text, pair.start + 1, pair.end)
    return not is_variable and (bool(pair.bars) or counted is not None)


class _Drawing:
    """One text being drawn, and those of the wildcards in it."""

    def __init__(self, source: Source, chance: random.Random) -> None:
        self._source = source
        self._chance = chance
        self._draws = 0
        self._length = 0
        self._place = (0, 0)  # in the template: of the wildcard that is being drawn
        self.problems: list[Problem] = []

    @property
    def is_over(self) -> bool:
        """Whether it became too much."""
        return self._draws > MOST_DRAWS or self._length > LONGEST

    def text(self, text: str, start: int, end: int, names: tuple[str, ...], depth: int) -> str:
        """[start, end) of a text, drawn; `names` are the wildcards that it came from, `depth` says
        in how many others it stands."""
        self._length += end - start
        return self._part(text, _braces_of(text), start, end, names, depth)

    def _part(
        self,
        text: str,
        braces: dict[int, _Braces],
        start: int,
        end: int,
        names: tuple[str, ...],
        depth: int,
    ) -> str:
        parts: list[str] = []
        at = start
        while at < end and not self.is_over:
            match = _SIGN.search(text, at, end)
            if match is None:
                break
            parts.append(text[at : match.start()])
            at = match.end()
            pair = braces.get(match.start())
            if match[1]:
                parts.append(self._wildcard(match, names, depth))
            elif pair is None or depth >= DEEPEST or text[max(0, pair.start - 1)] == "$":
                parts.append(match[0])
            else:
                parts.append(self._choice(text, braces, pair, names, depth + 1))
                at = pair.end + 1
        parts.append(text[at:end])
        return "".join(parts)

    def _choice(
        self,
        text: str,
        braces: dict[int, _Braces],
        pair: _Braces,
        names: tuple[str, ...],
        depth: int,
    ) -> str:
        first = pair.start + 1
        count = _COUNT.match(text, first, pair.end)
        if not pair.bars and count is None:
            inner = self._part(text, braces, first, pair.end, names, depth)
            return f"{{{inner}}}"
        self._draws += 1
        starts = [count.end() if count else first, *(bar + 1 for bar in pair.bars)]
        places = list(zip(starts, [*pair.bars, pair.end], strict=True))
        only = text[slice(*places[0])].strip()
        options: list[tuple[float, tuple[str, int, int]]] = []
        if count and len(places) == 1 and (match := WILDCARD.fullmatch(only)):
            values = self._source.values(match[1])
            options = [(value.weight, (value.text, 0, len(value.text))) for value in values]
        if not options:
            for start, end in places:
                weight = _WEIGHT.match(text, start, end)
                start = weight.end() if weight else start
                options.append((float(weight[1]) if weight else 1.0, (text, start, end)))
        least, most = _how_many(count, len(options))
        wanted = least + int(self._chance.random() * (most - least + 1))
        chosen = [options[index][1] for index in self._several(options, wanted)]
        separator = ", " if count is None or count[5] is None else count[5]
        return separator.join(
            self._part(whole, braces, start, end, names, depth)
            if whole is text
            else self.text(whole, start, end, names, depth)
            for whole, start, end in chosen
        )

    def _several(
        self, options: Sequence[tuple[float, tuple[str, int, int]]], count: int
    ) -> list[int]:
        """So many different ones, in the order in which they are drawn."""
        left = dict(enumerate(weight for weight, _ in options))
        chosen: list[int] = []
        while left and len(chosen) < count:
            index = self._index(list(left.values()))
            chosen.append(list(left)[index])
            del left[chosen[-1]]
        return chosen

    def _index(self, weights: Sequence[float]) -> int:
        """One place, each as often as its weight says."""
        whole = sum(weights)
        if whole <= 0:
            return int(self._chance.random() * len(weights))
        point = self._chance.random() * whole
        for index, weight in enumerate(weights):
            point -= weight
            if point < 0:
                return index
        return len(weights) - 1

    def _wildcard(self, match: re.Match[str], names: tuple[str, ...], depth: int) -> str:
        name = match[1]
        self._draws += 1
        if not names:
            self._place = match.span()
        if name.casefold() in names or depth >= DEEPEST:
            self._tell(f'The wildcard "{name}" leads back to itself.')
            return match[0]
        values = self._source.values(name)
        if not values:
            self._tell(f'There is no wildcard "{name}".')
            return match[0]
        value = values[self._index([each.weight for each in values])]
        return self.text(value.text, 0, len(value.text), (*names, name.casefold()), depth + 1)

    def _tell(self, words: str) -> None:
        """A problem, at the place in the template where it begins."""
        self.problems.append(Problem(*self._place, words))


def _how_many(count: re.Match[str] | None, options: int) -> tuple[int, int]:
    """The least and the most that are taken of so many."""
    if count is None:
        return 1, 1
    if count[4] is not None:
        least = most = int(count[4])
    else:
        least = int(count[1] or 1)
        most = options if count[3] is None else int(count[3])
    least, most = sorted((min(least, options), min(most, options)))
    return least, most
