"""Which embeddings a text names, and where: a look at each word of the text, however many names
there are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from core.values.program import Program

_RUN = re.compile(r"[\w-]+")
_SAID = "embedding:"
_EXTENSION = re.compile(r"\.(?:safetensors|pt|bin)(?![\w-])", re.IGNORECASE)


class EmbeddingNames:
    """Names as they are written in a prompt, in any case: as whole words, or behind "embedding:",
    which ComfyUI's ways want. Never changes."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._by_first_word: dict[str, list[str]] = {}
        for name in sorted(set(names), key=len, reverse=True):
            if first := _RUN.match(name):
                self._by_first_word.setdefault(first[0].lower(), []).append(name)

    def __bool__(self) -> bool:
        return bool(self._by_first_word)

    def places(self, text: str, program: Program) -> Iterator[tuple[int, int, str]]:
        """[start, end) of each, with what stands before and behind it that belongs to it, and its
        name."""
        at = 0
        for match in _RUN.finditer(text):
            start = match.start()
            if start < at:
                continue
            name = self._at(text, match)
            is_said = text[max(0, start - len(_SAID)) : start].lower() == _SAID
            if name is None or (program == Program.COMFYUI and not is_said):
                continue
            at = start + len(name)
            if is_said:
                start -= len(_SAID)
                at = extension.end() if (extension := _EXTENSION.match(text, at)) else at
            yield start, at, name

    def _at(self, text: str, first: re.Match[str]) -> str | None:
        """The longest name that begins with this word."""
        for name in self._by_first_word.get(first[0].lower(), ()):
            end = first.start() + len(name)
            if text[first.start() : end].lower() == name.lower() and not _RUN.match(text, end):
                return name
        return None
