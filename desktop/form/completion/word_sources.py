"""Wildcards, styles and tags for completion: read in a thread when they are first wanted, and
again when their files have changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.prompt.completion.suggestions import Words, names_of
from core.prompt.styles.style import Style
from core.system.errors import KnownError
from core.system.paths import Places
from desktop.state.tasks import NetworkTasks

AGAIN_S = 3.0  # after which a look at the files is worth while again


@dataclass(frozen=True, slots=True)
class _Read:
    """What files held as `Words`, and a sentence for each that could not be used. `signature` tells
    whether they have changed since."""

    signature: object
    words: Words
    troubles: tuple[str, ...] = ()
    styles: Mapping[str, Style] = field(default_factory=dict[str, Style])


class WordSources(QObject):
    """`words_came` when there is more to offer, with all of it; `said` a sentence about a file that
    cannot be used, once for every change of it."""

    words_came = Signal(object)  # Words
    said = Signal(str)

    def __init__(self, places: Places, *, spaces: bool, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._places = places
        self._words = Words(spaces=spaces)
        self._styles: Mapping[str, Style] = {}
        self._errands = NetworkTasks(self._failed, self)
        self._signatures: dict[str, object] = {}  # of what was read last
        self._looked: dict[str, float] = {}  # when, by the monotonic clock
        self._looking: set[str] = set()
        self._readers: dict[str, Callable[[Places, object], _Read | None]] = {
            "wildcards": _read_wildcards,
            "styles": _read_styles,
            "tags": _read_tags,
        }

    def use_spaces(self, on: bool) -> None:
        """Whether tags are written with blanks."""
        if on != self._words.spaces:
            self._use(replace(self._words, spaces=on))

    def style(self, name: str) -> Style | None:
        """The style of that name, where it was offered."""
        return self._styles.get(name)

    def want(self, what: str) -> None:
        """Somebody types the name of a wildcard ("wildcards"), or words that may be a style or a
        tag ("words")."""
        for name in ("wildcards",) if what == "wildcards" else ("styles", "tags"):
            is_fresh = time.monotonic() - self._looked.get(name, -AGAIN_S) < AGAIN_S
            if not is_fresh and name not in self._looking:
                self._looking.add(name)
                look = partial(self._readers[name], self._places, self._signatures.get(name))
                self._errands.submit(look, partial(self._read, name), self._failed)

    def end(self) -> None:
        """The window closes."""
        self._errands.close()

    def _read(self, name: str, read: _Read | None) -> None:
        self._looking.discard(name)
        self._looked[name] = time.monotonic()
        if read is None:  # nothing has changed
            return
        self._signatures[name] = read.signature
        for trouble in read.troubles:
            self.said.emit(trouble)
        if name == "styles":
            self._styles = read.styles
        self._use(replace(self._words, **{name: getattr(read.words, name)}))

    def _use(self, words: Words) -> None:
        self._words = words
        self.words_came.emit(words)

    def _failed(self, error: KnownError) -> None:
        self._looking.clear()
        self.said.emit(str(error))


def _read_tags(places: Places, known: object) -> _Read | None:
    """None where the files are as they were."""
    from core.prompt.completion.tag_files import signature_of, tags_of

    signature = signature_of(places.tags, ".csv")
    if signature == (known or ()):
        return None
    found = tags_of(signature)
    return _Read(signature, Words(tags=found.index), found.troubles)


def _read_styles(places: Places, known: object) -> _Read | None:
    from core.prompt.completion.tag_files import signature_of
    from core.prompt.styles.files import OWN, styles_in

    signature = ("own", *signature_of(places.styles, ".csv", ".json"))
    if signature == known:
        return None
    found = styles_in(OWN, places.styles)
    words = Words(styles=names_of(found.styles))
    return _Read(signature, words, found.troubles, found.styles)


def _read_wildcards(places: Places, known: object) -> _Read | None:
    from core.prompt.wildcards.files import Wildcards

    source = Wildcards(places.wildcards)
    signature = ("read", *((str(path), _changed(path)) for path in source.files()))
    if signature == known:
        return None
    words = Words(wildcards=names_of(source.listed()))
    return _Read(signature, words, tuple(source.troubles))


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
