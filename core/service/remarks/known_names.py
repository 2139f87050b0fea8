"""What a prompt can name that is here, what it names that is not, and what may have been meant."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from core.models.library.naming import alike
from core.prompt.embeddings import SAID
from core.prompt.loras import LOOKED_AT, lora_tag, lora_tags
from core.prompt.wildcards.drawing import WILDCARD, can_be_asked
from core.prompt.wildcards.files import Wildcards
from core.system.paths import is_path
from core.values.job import ModelRef

LONGEST = 200  # characters of a name that others are compared with
LEAST = 3  # characters that a name has to begin as another one does
NEAR = 0.6  # of difflib's measure, from 0 to 1


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that a prompt names at [start, end) and that is not here; `suggestion` is what is
    here under a name like it, and `instead` the text that names that."""

    kind: str
    name: str
    start: int
    end: int
    suggestion: str = ""
    instead: str = ""


class KnownNames:
    """The LoRAs, embeddings and wildcards at hand. `wildcards` gives their files, and is asked
    where a text names one."""

    def __init__(
        self,
        loras: Sequence[ModelRef],
        embeddings: Sequence[ModelRef],
        wildcards: Callable[[], Wildcards],
    ) -> None:
        self.loras = loras
        self.embeddings = embeddings
        self.wildcards = wildcards
        self._here: dict[tuple[str, str], bool] = {}
        self._suggested: dict[tuple[str, str], str] = {}

    def unknown(self, text: str, *, is_negative: bool = False) -> Iterator[Unknown]:
        """What a text, without its comments, names in vain. Reads files where it names wildcards.
        Tags count in the prompt only."""
        if not is_negative:
            yield from self._unknown_loras(text)
        yield from self._unknown_embeddings(text)
        yield from self._unknown_wildcards(text)

    def _unknown_loras(self, text: str) -> Iterator[Unknown]:
        for start, end, lora in lora_tags(text, LOOKED_AT):
            if self._is_here("lora", lora.id, self.loras):
                continue
            meant = self._like("lora", lora.id, lambda: (ref.id for ref in self.loras))
            tag = lora_tag(replace(lora, id=meant)) if meant else ""
            yield Unknown("lora", lora.id, start, end, meant, tag)

    def _unknown_embeddings(self, text: str) -> Iterator[Unknown]:
        for match in islice(SAID.finditer(text), LOOKED_AT):
            name = match[1]
            if not self._is_here("embedding", name, self.embeddings):
                meant = self._like("embedding", name, lambda: (ref.name for ref in self.embeddings))
                instead = f"embedding:{meant}" if meant else ""
                yield Unknown("embedding", name, *match.span(), meant, instead)

    def _unknown_wildcards(self, text: str) -> Iterator[Unknown]:
        places = [*islice(WILDCARD.finditer(text), LOOKED_AT)]
        if not places:
            return
        source = self.wildcards()  # anew each time: they are written while the window is open
        names = {match[1] for match in places}
        meant_by = {
            name: suggestion(name, filter(can_be_asked, source.names()))
            for name in names
            if not source.values(name)
        }
        for match in places:
            if match[1] in meant_by:
                meant = meant_by[match[1]]
                instead = f"__{meant}__" if meant else ""
                yield Unknown("wildcard", match[1], *match.span(), meant, instead)

    def _is_here(self, kind: str, name: str, refs: Sequence[ModelRef]) -> bool:
        if (kind, name) not in self._here:
            is_listed = any(name in (ref.id, ref.path) for ref in refs)
            self._here[kind, name] = is_listed or alike(name, refs) is not None
        return self._here[kind, name]

    def _like(self, kind: str, name: str, names: Callable[[], Iterable[str]]) -> str:
        """The suggestion, looked for once: a text is read again and again."""
        if (kind, name) not in self._suggested:
            self._suggested[kind, name] = suggestion(
                name, (known for known in names() if not is_path(known))
            )
        return self._suggested[kind, name]


def suggestion(name: str, known: Iterable[str]) -> str:
    """The one of the known names that a mistyped one is nearest to; else the shortest that begins
    with it; "" where none is near."""
    wanted = name[:LONGEST].strip().casefold()
    short = wanted.replace("\\", "/").rpartition("/")[2]
    if not short:
        return ""
    names = {one[:LONGEST].casefold(): one for one in known}
    most = max(2, len(wanted) // 3)
    near = [one for one in names if abs(len(one) - len(wanted)) <= most]
    if found := difflib.get_close_matches(wanted, near, 1, NEAR):
        return names[found[0]]
    longer = [one for one in names if len(short) >= LEAST and one.startswith(short)]
    return names[min(longer, key=len)] if longer else ""
