"""The tiles of a document in memory: those used last, and those that are not on the disk yet."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping

DEFAULT_LIMIT = 192 * 2**20  # bytes


class TileCache:
    """May be called from any thread. `load` reads a tile from where it is kept and raises
    WorldError; `limit` bounds the bytes of tiles that could be read again."""

    def __init__(self, load: Callable[[str], bytes], limit: int = DEFAULT_LIMIT) -> None:
        self._load = load
        self._limit = limit
        self._used: OrderedDict[str, bytes] = OrderedDict()  # the one used last at the end
        self._bytes = 0
        self._unsaved: dict[str, bytes] = {}
        self._live: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def read(self, name: str) -> bytes:
        """A tile's bytes. Raises WorldError where it cannot be read."""
        with self._lock:
            for tiles in (self._live, self._unsaved):
                if (here := tiles.get(name)) is not None:
                    return here
            if (used := self._used.get(name)) is not None:
                self._used.move_to_end(name)
                return used
        data = self._load(name)
        self._remember(name, data)
        return data

    def keep(self, tiles: Mapping[str, bytes]) -> None:
        """Tiles that nobody else has, until `saved`."""
        with self._lock:
            self._unsaved.update(tiles)

    def saved(self, names: Iterable[str]) -> None:
        """These can be loaded from now on."""
        for name in names:
            with self._lock:
                data = self._unsaved.pop(name, None)
            if data is not None:
                self._remember(name, data)

    def show(self, live: Mapping[str, bytes]) -> None:
        """Tiles that change while they are looked at, by names of their own; they replace those of
        the last call."""
        with self._lock:
            self._live = dict(live)

    def clear(self) -> None:
        """What can be read again is given back."""
        with self._lock:
            self._used.clear()
            self._bytes = 0

    def bytes_used(self) -> int:
        """Bytes of what could be read again, which the limit bounds."""
        return self._bytes

    def _remember(self, name: str, data: bytes) -> None:
        with self._lock:
            if name in self._used:
                return
            self._used[name] = data
            self._bytes += len(data)
            while self._bytes > self._limit and len(self._used) > 1:
                _, gone = self._used.popitem(last=False)
                self._bytes -= len(gone)
