"""Values to JSON and back. Reading is strict about types and silent about unknown keys,
so that newer files still open."""

from __future__ import annotations

import json
import math
import threading
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar, cast

import msgspec

T = TypeVar("T")
_MEETING = threading.Lock()
_MET: set[Any] = set()  # types that msgspec has worked out


class Malformed(ValueError):
    """The JSON does not describe the value asked for; the text names the place."""


def to_plain(value: Any) -> Any:
    """Dataclasses become dicts, tuples lists, enums their ids."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: to_plain(getattr(value, name)) for name in _names(type(value))}
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
        # not msgspec.json: it refuses the lone surrogates that a prompt may hold
        plain = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise Malformed(f"not JSON: {fault}") from None
    return from_plain(kind, plain, kind.__name__)


def from_plain(kind: Any, plain: Any, where: str = "value") -> Any:
    """`plain` as a value of type `kind` (dataclass, tuple, union with None,
    scalar); raises Malformed."""
    try:
        value = _converted(plain, kind)
    except msgspec.ValidationError as fault:
        what, _, place = str(fault).replace("`", "").partition(" - at $")
        raise Malformed(f"{where}{place}: {what}") from None
    except UnicodeEncodeError:
        raise Malformed(f"{where} names something by half a character") from None
    _check_finite(value, where)
    return value


def _converted(plain: Any, kind: Any) -> Any:
    """As msgspec.convert. It works a dataclass out when it first meets it, and leaves it half done
    for other threads to see meanwhile, which takes the process with it: so one thread at a time
    meets it first."""
    if kind in _MET:
        return msgspec.convert(plain, kind)
    with _MEETING:
        try:
            return msgspec.convert(plain, kind)
        finally:
            _MET.add(kind)


def _check_finite(value: Any, where: str) -> None:
    """Raises Malformed for a number that JSON has no word for; Python's reader takes NaN,
    Infinity and 1e999 all the same."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Malformed(f"{where}: Expected a finite number, got {value}")
    elif isinstance(value, tuple):
        for item in cast("tuple[Any, ...]", value):
            _check_finite(item, where)
    elif is_dataclass(value):
        for name in _names(type(value)):
            _check_finite(getattr(value, name), f"{where}.{name}")


@lru_cache(maxsize=64)
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))
