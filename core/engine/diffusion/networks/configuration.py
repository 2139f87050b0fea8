"""What a network is built from: the contents of a part's config.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any


class Configuration(Mapping[str, Any]):
    """A part's configuration, read only: `config["in_channels"]`, `config.in_channels`,
    `config.get(name, default)`, `dict(config)`. Unknown keys are kept; `defaults` stand for those
    that are missing, as diffusers and transformers leave them out.
    """

    def __init__(
        self, values: Mapping[str, Any], defaults: Mapping[str, Any] | None = None
    ) -> None:
        self._values = {**(defaults or {}), **values}

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Configuration({self._values!r})"

    def __getattr__(self, name: str) -> Any:
        # asked before __init__ has run, by copy and pickle, there is nothing to look in
        values = self.__dict__.get("_values", {})
        if name in values:
            return values[name]
        raise AttributeError(f"the configuration has no {name}")

    def require(self, name: str, *allowed: object) -> None:
        """Raises ValueError, which names key and value, unless the value is one of `allowed`."""
        value = self[name]
        if value not in allowed:
            raise ValueError(f"{name} is {value!r}, which this network does not know")

    def integers(self, name: str, count: int) -> tuple[int, ...]:
        """`count` numbers: a list of so many, or one number for all. Raises ValueError for anything
        else."""
        value = self[name]
        numbers = [value] * count if isinstance(value, int) else value
        fits = isinstance(numbers, list | tuple) and len(numbers) == count
        if not fits or not all(type(number) is int and number > 0 for number in numbers):
            raise ValueError(f"{name} is {value!r}, which is not {count} whole numbers")
        return tuple(numbers)

    def numbers_or_none(self, name: str, count: int) -> None:
        """Raises ValueError unless the value is None or a list of `count` finite numbers."""
        value = self[name]
        if value is None:
            return
        fits = isinstance(value, list | tuple) and len(value) == count
        if not fits or not all(isinstance(n, int | float) and isfinite(n) for n in value):
            raise ValueError(f"{name} is {value!r}, which is not {count} numbers")
