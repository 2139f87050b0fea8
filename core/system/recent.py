"""What was used last, kept in memory up to a number of things."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """At most `limit` values by key; the one longest unused goes first. Not for several threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._values: OrderedDict[K, V] = OrderedDict()

    def __contains__(self, key: K) -> bool:
        return key in self._values

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: K) -> V | None:
        """The value, which counts as used now; None where it is not kept."""
        if key not in self._values:
            return None
        self._values.move_to_end(key)
        return self._values[key]

    def keep(self, key: K, value: V) -> None:
        """Keep or replace a value, which counts as used now."""
        self._values[key] = value
        self._values.move_to_end(key)
        self.keep_at_most(self._limit)

    def values(self) -> list[V]:
        """All that are kept; none of them counts as used now."""
        return list(self._values.values())

    def keep_at_most(self, limit: int) -> None:
        """From now on no more than `limit` values."""
        self._limit = limit
        while len(self._values) > limit:
            self._values.popitem(last=False)

    def forget(self, key: K) -> None:
        """As if it had never been kept."""
        self._values.pop(key, None)

    def clear(self) -> None:
        """Keep nothing any more."""
        self._values.clear()
