"""What every kind of axis can do, and what it may look things up in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from core.models.library.library import Library
from core.models.library.model_entry import ModelEntry
from core.prompt.styles.files import OWN, FoundStyles, styles_in
from core.system.errors import ModelMissing
from core.system.paths import Places
from core.values.request import Request
from core.values.sweeping.sweep import Axis


@dataclass
class Known:
    """What there is here, looked up when it is first asked for: not in the GUI thread. `base` is
    the request that is varied."""

    library: Library
    places: Places
    base: Request

    @cached_property
    def entry(self) -> ModelEntry:
        """The model of the base. Raises ModelMissing where it is not here."""
        return self.library.find(self.base.model)

    @cached_property
    def styles(self) -> FoundStyles:
        """Our styles and the person's."""
        return styles_in(OWN, self.places.styles)

    @cached_property
    def _entries(self) -> dict[str, ModelEntry]:
        return {}

    def model(self, model: str) -> ModelEntry:
        """The model of an id or path, looked for once. Raises ModelMissing."""
        if model not in self._entries:
            self._entries[model] = self.library.find(model)
        return self._entries[model]

    @cached_property
    def _usable(self) -> set[str]:
        return set()

    def usable(self, model: str) -> ModelEntry:
        """The same, of a model whose files are whole: looked at once. Raises ModelMissing."""
        entry = self.model(model)
        if model not in self._usable:
            entry.ref()
            self._usable.add(model)
        return entry

    @cached_property
    def _loras(self) -> dict[str, str]:
        return {}

    def same_lora(self, first: str, second: str) -> bool:
        """Whether two names are of one LoRA's file, however each is written."""
        return first == second or self._lora_path(first) == self._lora_path(second)

    def _lora_path(self, lora: str) -> str:
        """The name itself where there is none."""
        if lora not in self._loras:
            try:
                self._loras[lora] = self.library.find_lora(lora).path
            except ModelMissing:
                self._loras[lora] = lora
        return self._loras[lora]


class AxisKind(Protocol):
    """A parameter, or something else of a request, that is varied. `name` is what stored axes call
    it, `label` is for people; of several in one sweep those of lower `rank` are put first: what
    writes a prompt before what changes words of it."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def rank(self) -> int: ...

    def read(self, typed: str, known: Known) -> Axis:
        """The axis with all its values. Raises KnownError for what makes no sense."""
        ...

    def put(self, request: Request, value: str, known: Known) -> Request:
        """The request with a value. Raises KnownError where it cannot have it."""
        ...

    def shown(self, value: str) -> str:
        """A value for people. Looks nothing up."""
        ...


RANK_LINES = 0  # a whole line of a file of prompts
RANK_PROMPT = 1
RANK_PARAMETER = 2
RANK_WORDS = 3  # what changes words of the prompt
RANK_LORA = 4  # tags of it


def joined(values: Iterable[str]) -> str:
    """Names in a sentence, not too many."""
    names = list(values)
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return ", ".join(names[:20]) + more
