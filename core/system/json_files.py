"""JSON from outside: files up to a size, answers of hosts. Whoever wants a table or a list says so
here, and gets it or a ValueError."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from core.system.regular_files import read_limited


def parse_json(text: str | bytes | bytearray) -> Any:
    """What a text says. Raises ValueError where it is no JSON or nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError as fault:
        raise ValueError("it is nested too deeply") from fault


def read_json(path: Path, limit: int) -> Any:
    """What a regular file says. Raises OSError where it cannot be read, ValueError where it has
    more than `limit` bytes or is no JSON."""
    return parse_json(read_limited(path, limit))


def read_table(path: Path, limit: int) -> dict[str, Any]:
    """A file's JSON object. Raises OSError and ValueError as `read_json` does, ValueError where it
    is anything else too."""
    return as_table(read_json(path, limit))


def table_in(path: Path, limit: int) -> dict[str, Any]:
    """A file's JSON object; {} where `read_table` raises."""
    try:
        return read_table(path, limit)
    except (OSError, ValueError):
        return {}


def as_table(value: object) -> dict[str, Any]:
    """A JSON object itself. Raises ValueError for anything else."""
    if not isinstance(value, dict):
        raise ValueError("it is no table")
    return cast("dict[str, Any]", value)


def as_list(value: object) -> list[Any]:
    """A JSON list itself. Raises ValueError for anything else."""
    if not isinstance(value, list):
        raise ValueError("it is no list")
    return cast("list[Any]", value)


def table_or_empty(value: object) -> dict[str, Any]:
    """A JSON object itself; {} for anything else."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def list_or_empty(value: object) -> list[Any]:
    """A JSON list itself; [] for anything else."""
    return cast("list[Any]", value) if isinstance(value, list) else []
