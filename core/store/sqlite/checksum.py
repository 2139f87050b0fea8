"""The sum that tells whether a picture's row is as it was written:
a damaged page may still read well."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

CHECKED_COLUMNS = (
    "path",
    "created",
    "width",
    "height",
    "request",
    "job_id",
    "prompt",
    "negative",
    "model_name",
    "seconds",
    "sha256",
)


def row_checksum(row: Mapping[str, Any] | Any) -> int:
    """CRC-32 over the columns that never change; `created` and `seconds` are floats there."""
    return zlib.crc32(repr([row[name] for name in CHECKED_COLUMNS]).encode("utf-8", "replace"))
