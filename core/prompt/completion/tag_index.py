"""Tags by their beginnings: sorted once, found in some hundred microseconds among hundreds of
thousands.

All lies in a few arrays of numpy, about 100 bytes a name; Python strings for it would take several
times as much.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

KEY = 24  # bytes of a name that it is sorted by; what follows is compared when it is found
MOST_WORDS = 10  # of a name behind its first by which it is found, too
_PORTION = 256  # things that are done before other threads get their turn
_LOOKED_AT = 2_000  # names with the same KEY bytes that are compared whole
_BEHIND = b"\xff" * KEY  # behind every text: UTF-8 has no such byte
_WORST = 8  # times as many as are wanted are looked at, since a tag may have several names
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag as its list has it: how many pictures have it there, and its other names."""

    name: str
    count: int = 0
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag that was found; `alias` is the name of it that was typed, "" for its own."""

    name: str
    count: int
    alias: str = ""


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Places in the names' texts, sorted by what stands there: `keys` [n] of KEY bytes, `entries`
    [n] the names they lie in, `counts` [n]."""

    keys: NDArray[np.bytes_]
    entries: NDArray[np.int32]
    counts: NDArray[np.int32]

    def best(self, key: bytes, most: int) -> list[int]:
        """The entries whose keys begin with this one: the whole name first, then those with the
        highest counts."""
        first = int(np.searchsorted(self.keys, np.bytes_(key[:KEY])))
        behind = int(np.searchsorted(self.keys, np.bytes_((key + _BEHIND)[:KEY]), side="right"))
        counts = self.counts[first:behind]
        most = most if len(key) <= KEY else _LOOKED_AT
        if len(counts) > most:
            chosen = np.argpartition(counts, -most)[-most:]
        else:
            chosen = np.arange(len(counts))
        order = chosen[np.lexsort((chosen, -counts[chosen]))].tolist()
        if order and self.keys[first] == key:
            order.insert(0, 0)
        return self.entries[first:behind][order].tolist()


@dataclass(frozen=True, slots=True)
class TagIndex:
    """Names and other names of tags, one behind the other in `text` (UTF-8); entry n lies at
    `ends[n - 1]:ends[n]` and belongs to the tag whose own name is entry `owners[n]`. `whole` are
    sorted by their beginnings, `inner` by those of their later words."""

    text: bytes
    ends: NDArray[np.uint32]
    owners: NDArray[np.int32]
    of_entry: NDArray[np.int32]
    whole: _Sorted
    inner: _Sorted

    def __len__(self) -> int:
        """How many tags there are."""
        return int(np.count_nonzero(self.owners == np.arange(len(self.owners))))

    def find(self, typed: str, most: int = 20) -> list[Tag]:
        """The tags of which a name begins so, then those in which a later word does, each kind by
        their counts; capitals, blanks and underscores are alike. At most `most`."""
        key = key_of(typed).encode("utf-8", "replace")
        if not key:
            return []
        found = dict[int, Tag]()  # by the entry of its own name
        for table, is_inner in ((self.whole, False), (self.inner, True)):
            for entry in table.best(key, most * _WORST):
                if len(found) >= most:
                    break
                owner = int(self.owners[entry])
                if owner not in found and self._has(entry, key, is_inner=is_inner):
                    alias = self._name(entry) if entry != owner else ""
                    found[owner] = Tag(self._name(owner), int(self.of_entry[owner]), alias)
        return list(found.values())

    def _has(self, entry: int, key: bytes, *, is_inner: bool) -> bool:
        """Whether that name has the whole of a key that may be longer than KEY."""
        if len(key) <= KEY:
            return True
        name = key_of(self._name(entry)).encode()
        return b"_" + key in name if is_inner else name.startswith(key)

    def _name(self, entry: int) -> str:
        start = int(self.ends[entry - 1]) if entry else 0
        return self.text[start : int(self.ends[entry])].decode()


def gently(things: Iterable[T]) -> Iterator[T]:
    """The things, with pauses in which other threads get their turn."""
    waiting = iter(things)
    while portion := list(islice(waiting, _PORTION)):
        yield from portion
        time.sleep(0.0002)  # zero would often give Python's lock back to this very thread


def key_of(name: str) -> str:
    """A name as it is compared."""
    return name.casefold().replace(" ", "_")


@dataclass(slots=True)
class _Gathered:
    """Keys in portions, so that none of numpy's steps keeps other threads waiting for long."""

    keys: list[NDArray[np.bytes_]] = field(default_factory=list["NDArray[np.bytes_]"])
    entries: array[int] = field(default_factory=lambda: array("i"))
    fresh: list[bytes] = field(default_factory=list[bytes])

    def add(self, key: str, entry: int) -> None:
        """One more place that is found by its key."""
        self.fresh.append(key[:KEY].encode("utf-8", "replace")[:KEY])
        self.entries.append(entry)
        if len(self.fresh) >= _PORTION:
            self._close_portion()

    def _close_portion(self) -> None:
        if self.fresh:
            self.keys.append(np.array(self.fresh, dtype=f"S{KEY}"))
            self.fresh.clear()

    def sorted(self, counts: NDArray[np.int32]) -> _Sorted:
        """All of it in order; `counts` by entry. numpy sorts without Python's lock."""
        self._close_portion()
        keys = np.concatenate([*self.keys, np.empty(0, dtype=f"S{KEY}")])
        order = np.argsort(keys, kind="stable")
        entries = np.array(self.entries, dtype=np.int32)[order]
        return _Sorted(keys[order], entries, counts[entries])


def index_of(rows: Iterable[TagRow]) -> TagIndex:
    """The index of these tags, whose names differ. Takes about a second for 200,000: not for the
    GUI thread, which gets its turn after every portion."""
    text = bytearray()
    ends, owners, counts = array("I"), array("i"), array("i")
    whole, inner = _Gathered(), _Gathered()
    for row in gently(rows):
        owner = len(ends)
        for name in (row.name, *row.aliases):
            entry = len(ends)
            text += name.encode("utf-8", "replace")
            ends.append(len(text))
            owners.append(owner)
            counts.append(min(max(row.count, 0), 2**31 - 1))
            whole.add(key := key_of(name), entry)
            for word in _later_words(key):
                inner.add(word, entry)
    by_entry = np.array(counts, dtype=np.int32)
    return TagIndex(
        text=bytes(text),
        ends=np.array(ends, dtype=np.uint32),
        owners=np.array(owners, dtype=np.int32),
        of_entry=by_entry,
        whole=whole.sorted(by_entry),
        inner=inner.sorted(by_entry),
    )


def _later_words(key: str) -> Iterator[str]:
    """What begins with each word behind the first: "hair" of "long_hair"."""
    at = key.find("_", 1)
    for _ in range(MOST_WORDS):
        if not 0 < at < len(key) - 1:
            return
        if key[at + 1] != "_":
            yield key[at + 1 :]
        at = key.find("_", at + 1)
