"""Values to JSON and back. Reading is strict about types and silent about unknown keys,
so that newer files still open."""

from __future__ import annotations

import json
import sys
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar, cast

T = TypeVar("T")
_LARGEST = sys.float_info.max  # NaN is not within it either


class Malformed(ValueError):
    """The JSON does not describe the value asked for; the text names the place."""


def to_plain(value: Any) -> Any:
    """Dataclasses become dicts, tuples lists, enums their ids."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in cast("list[Any]", value)]
    if isinstance(value, Enum):
        return value.value
    return value


def dumps(value: Any) -> str:
    """Compact JSON of a value; text may hold any Unicode character, lone surrogates are escaped.

    Raises ValueError for a number that is not finite.
    """
    return json.dumps(to_plain(value), ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def loads(kind: type[T], text: str) -> T:
    """The value of dataclass `kind` described by JSON `text`; raises Malformed."""
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise Malformed(f"not JSON: {fault}") from None
    return from_plain(kind, plain, kind.__name__)


def from_plain(kind: Any, plain: Any, where: str = "value") -> Any:
    """`plain` as a value of type `kind` (dataclass, tuple, union with None,
    scalar); raises Malformed."""
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        options = [option for option in typing.get_args(kind) if option is not type(None)]
        return None if plain is None else from_plain(options[0], plain, where)
    if origin is tuple:
        return _tuple_from(kind, plain, where)
    if isinstance(kind, type) and is_dataclass(kind):
        return _dataclass_from(kind, plain, where)
    return _scalar_from(kind, plain, where)


def _tuple_from(kind: Any, plain: Any, where: str) -> tuple[Any, ...]:
    inner = typing.get_args(kind)
    if not isinstance(plain, list):
        raise Malformed(f"{where} should be a list")
    items = cast("list[Any]", plain)
    if len(inner) == 2 and inner[1] is Ellipsis:
        return tuple(from_plain(inner[0], item, where) for item in items)
    if len(items) != len(inner):
        raise Malformed(f"{where} should have {len(inner)} items")
    return tuple(from_plain(part, item, where) for part, item in zip(inner, items, strict=True))


@lru_cache(maxsize=64)
def _hints(kind: type[Any]) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _dataclass_from(kind: type[Any], plain: Any, where: str) -> Any:
    if not isinstance(plain, Mapping):
        raise Malformed(f"{where} should be an object")
    given = cast("Mapping[str, Any]", plain)
    hints = _hints(kind)
    values: dict[str, Any] = {}
    for f in fields(kind):
        if f.name in given:
            values[f.name] = from_plain(hints[f.name], given[f.name], f"{where}.{f.name}")
        elif f.default is MISSING and f.default_factory is MISSING:
            raise Malformed(f"{where}.{f.name} is missing")
    return kind(**values)


def _scalar_from(kind: Any, plain: Any, where: str) -> Any:
    if isinstance(kind, type) and issubclass(kind, Enum):
        try:
            return kind(plain)
        except ValueError:
            raise Malformed(f"{where} has no value {plain!r}") from None
    if (
        kind is float
        and isinstance(plain, int | float)
        and not isinstance(plain, bool)
        and -_LARGEST <= plain <= _LARGEST
    ):
        return float(plain)
    if kind is int and isinstance(plain, int) and not isinstance(plain, bool):
        return plain
    if kind in (str, bool) and isinstance(plain, kind):
        return plain
    raise Malformed(f"{where} should be {kind}, not {type(plain).__name__}")
