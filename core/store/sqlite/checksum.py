"""The sum that tells whether a picture's row is as it was written:
a damaged page may still read well."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

SUMMED = (
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


def row_sum(row: Mapping[str, Any] | Any) -> int:
    """CRC-32 over the columns that never change; `created` and `seconds` are floats there."""
    return zlib.crc32(repr([row[name] for name in SUMMED]).encode("utf-8", "replace"))
