"""What is offered for the text left of the cursor: LoRAs behind `<`, wildcards behind `__`, else
embeddings, styles and tags that the words just typed begin."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING

from core.prompt.wildcards.drawing import WILDCARD, can_be_asked

if TYPE_CHECKING:
    from core.prompt.completion.tag_index import TagIndex

LEAST = 2  # characters of a word before anything is offered for it
LEAST_OF_STYLE = 3
MOST = 20  # that are offered at a time
LOOKED_AT = 300  # characters left of the cursor
WORDS = 5  # of a phrase from which a tag may begin
_LORA = re.compile(r"<(?:[A-Za-z]{1,12}:)?[^<>\n:]*$")
_OPEN_WILDCARD = re.compile(r"(?<!\w)__(?!_)((?:[^\W_]|[*/. -]|_(?!_))*)$")
_PHRASE = re.compile(r"(?:[^,\n()\[\]{}|<>\\]|\\.)*$")
_BEGINNINGS = re.compile(r"(?<![^\s:.;])(?=[^\s:.;])")
_BRACKETS = re.compile(r"[()\[\]]")
_WORD = re.compile(r"[^\W_]{2}")


class Source(Enum):
    """Where a suggestion comes from."""

    NAME = "name"  # a LoRA or an embedding
    WILDCARD = "wildcard"
    STYLE = "style"
    TAG = "tag"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`text` may take the place of the last `length` characters left of the cursor. A style's is
    its name, which is no text of a prompt. `alias` is the tag's other name that was typed."""

    source: Source
    text: str
    length: int
    count: int = 0
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """`is_meant`: what was typed can only be a name, so that the first one may stand chosen."""

    suggestions: tuple[Suggestion, ...] = ()
    is_meant: bool = False


NOTHING = Offered()


@dataclass(frozen=True, slots=True)
class Names:
    """Names by `keys`, which are sorted, and in which capitals are small."""

    keys: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def beginning(self, typed: str) -> list[str]:
        """The first MOST that begin so."""
        wanted = typed.casefold()
        first = bisect_left(self.keys, wanted)
        near = zip(self.keys[first : first + MOST], self.names[first : first + MOST], strict=True)
        return [name for key, name in near if key.startswith(wanted)]

    def holding(self, typed: str) -> list[str]:
        """The first MOST that begin so, or else hold it."""
        found = self.beginning(typed)
        wanted = typed.casefold()
        inner = (at for at, key in enumerate(self.keys) if key.find(wanted) > 0)
        return [*found, *(self.names[at] for at in islice(inner, MOST - len(found)))]


def names_of(names: Iterable[str]) -> Names:
    """Names, to be looked up."""
    rows = sorted((name.casefold(), name) for name in names)
    return Names(tuple(key for key, _ in rows), tuple(name for _, name in rows))


def loras_of(tags: Iterable[str]) -> Names:
    """LoRAs' whole tags, to be looked up by the name in them."""
    rows = sorted((tag.partition(":")[2].rpartition(":")[0].casefold(), tag) for tag in tags)
    return Names(tuple(key for key, _ in rows), tuple(tag for _, tag in rows))


_NONE = Names()


@dataclass(frozen=True, slots=True)
class Words:
    """All that can be offered; `loras` are whole tags. `spaces`: tags are written with blanks in
    the place of underscores."""

    loras: Names = _NONE
    embeddings: Names = _NONE
    wildcards: Names = _NONE
    styles: Names = _NONE
    tags: TagIndex | None = None
    spaces: bool = True


def wants_wildcards(before: str) -> bool:
    """Whether the text left of the cursor ends within the name of a wildcard."""
    return _wildcard_begun(_near(before)) is not None


def suggestions(before: str, words: Words) -> Offered:
    """For the text left of the cursor, of which the last line counts. Takes some hundred
    microseconds."""
    near = _near(before)
    begun = _wildcard_begun(near)
    if begun is not None:
        found = filter(can_be_asked, words.wildcards.holding(begun))
        all_found = (Suggestion(Source.WILDCARD, f"__{n}__", len(begun) + 2) for n in found)
        return Offered(tuple(all_found), is_meant=True)
    if match := _LORA.search(near):
        return _unless_whole(match[0], _of_loras(match[0], words.loras), is_meant=True)
    phrase = _PHRASE.search(near)
    typed = phrase[0].lstrip() if phrase else ""
    if len(typed.rstrip()) < LEAST:
        return NOTHING
    begun_here = _beginnings(typed)
    found = [
        *_longest(begun_here, words.embeddings, Source.NAME),
        *_styles(typed, words.styles),
        *_tags(begun_here, words),
    ]
    return _unless_whole(typed, found[:MOST], is_meant=False)


def _near(before: str) -> str:
    return before[-LOOKED_AT:].rpartition("\n")[2]


def _wildcard_begun(near: str) -> str | None:
    """What stands behind the two signs that begin a wildcard; None where none is open."""
    match = _OPEN_WILDCARD.search(WILDCARD.sub(lambda whole: " " * len(whole[0]), near))
    return match[1] if match else None


def _of_loras(typed: str, loras: Names) -> list[Suggestion]:
    """Tags of LoRAs: "<lyco:" and its kin ask for the same, and so does a single "<"."""
    _, colon, name = typed.partition(":")
    if not colon and not "lora:".startswith(typed[1:].casefold()):
        name = typed[1:]
    return [Suggestion(Source.NAME, tag, len(typed)) for tag in loras.holding(name)]


def _beginnings(typed: str) -> list[str]:
    """What was typed, from each of its last words on; the longest first."""
    places = [match.start() for match in _BEGINNINGS.finditer(typed)][-WORDS:]
    return [rest for at in places if len((rest := typed[at:]).rstrip()) >= LEAST]


def _longest(begun: list[str], names: Names, source: Source) -> list[Suggestion]:
    """Names that begin as the most of what was typed."""
    for typed in begun:
        if found := names.beginning(typed):
            return [Suggestion(source, name, len(typed)) for name in found]
    return []


def _styles(typed: str, styles: Names) -> list[Suggestion]:
    """Those whose names a whole phrase begins: words within one are seldom meant as a style."""
    found = styles.beginning(typed) if len(typed.rstrip()) >= LEAST_OF_STYLE else []
    return [Suggestion(Source.STYLE, name, len(typed)) for name in found]


def _tags(begun: list[str], words: Words) -> Iterator[Suggestion]:
    if words.tags is None:
        return
    for typed in begun:
        found = words.tags.find(typed.replace("\\", ""), MOST)
        for tag in found:
            text = tag_text(tag.name, spaces=words.spaces)
            alias = tag_text(tag.alias, spaces=words.spaces)
            yield Suggestion(Source.TAG, text, len(typed), tag.count, alias)
        if found:
            return


def tag_text(name: str, *, spaces: bool) -> str:
    """A tag as it is written into a prompt, its brackets escaped. Signs such as >_< keep their
    underscores."""
    if spaces and _WORD.search(name):
        name = name.replace("_", " ")
    return _BRACKETS.sub(r"\\\g<0>", name)


def _unless_whole(typed: str, found: list[Suggestion], *, is_meant: bool) -> Offered:
    """Nothing where the only suggestion is what stands there."""
    if len(found) == 1 and typed[-found[0].length :].casefold() == found[0].text.casefold():
        return NOTHING
    return Offered(tuple(found), is_meant)
