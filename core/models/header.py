"""A safetensors file's header, read and checked without its weights; and what a file is by its first bytes.

Format: 8 bytes little-endian length n, n bytes of JSON {name: {dtype, shape, data_offsets}, "__metadata__": {str: str}},
then the tensors' bytes without gaps (https://github.com/huggingface/safetensors). The limits keep a hostile header from
taking time or memory: they are far above every real model (SDXL: about 2,500 tensors, 300 kB).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from core.errors import ModelMissing

MAX_HEADER, MAX_TENSORS, MAX_NUMBERS = 16 * 2**20, 20_000, 400_000
_REMEDY = "Get a new copy of the file."
_BITS = {"F64": 64, "I64": 64, "U64": 64, "F32": 32, "I32": 32, "U32": 32, "F16": 16, "BF16": 16, "I16": 16, "U16": 16, "I8": 8, "U8": 8,
         "BOOL": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "F4": 4, "C64": 64,
         "F6_E2M3": 6, "F6_E3M2": 6}


@dataclass(frozen=True, slots=True)
class Header:
    """What a safetensors header says: tensor shapes and number formats by name, and the text metadata."""

    shapes: Mapping[str, tuple[int, ...]]
    dtypes: Mapping[str, str]
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    bytes: int = 0


def content_kind(path: Path) -> str:
    """"safetensors", "pickle", "gguf", "image", "text" or "unknown", by the first bytes; the suffix is not asked."""
    with open(path, "rb") as file:
        start = file.read(16)
    if start[:4] == b"GGUF":
        return "gguf"
    if start[8:9] == b"{" and int.from_bytes(start[:8], "little") <= path.stat().st_size:
        return "safetensors"
    if start[:4] in (b"PK\x03\x04", b"PK\x05\x06") or start[:1] == b"\x80" or start[:3] == b"\x1f\x8b\x08" or _at(path, 257, 5) == b"ustar":
        return "pickle"
    if start[:8] == b"\x89PNG\r\n\x1a\n" or start[:3] == b"\xff\xd8\xff" or start[:4] == b"RIFF":
        return "image"
    if start[:1] in b"<{[" and start:
        return "text"
    return "unknown"


def _at(path: Path, offset: int, count: int) -> bytes:
    with open(path, "rb") as file:
        file.seek(offset)
        return file.read(count)


def read_header(path: Path) -> Header:
    """The checked header of a safetensors file; ModelMissing names what is wrong with it."""
    name = path.name
    try:
        size = path.stat().st_size
        with open(path, "rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if size < 10 or length < 2 or length > size - 8:
                raise ModelMissing(f"{name} is not a safetensors file, or it is cut off.", _REMEDY)
            if length > MAX_HEADER:
                raise ModelMissing(f"The header of {name} claims {length / 2**20:.0f} MiB; no model needs that much.", _REMEDY)
            raw = file.read(length)
    except OSError as fault:
        raise ModelMissing(f"{name} cannot be read: {fault.strerror or fault}.", "Check the file and its permissions.") from fault
    table = _parsed(raw, name)
    metadata = table.pop("__metadata__", {})
    texts = cast("dict[str, object]", metadata) if isinstance(metadata, dict) else {}
    shapes, dtypes = _tensors(table, size - 8 - length, name)
    return Header(shapes, dtypes, {key: value for key, value in texts.items() if isinstance(value, str)}, size)


def _parsed(raw: bytes, name: str) -> dict[str, object]:
    outside = _outside_strings(raw)
    if outside.count(b"{") > MAX_TENSORS + 2 or outside.count(b",") > MAX_NUMBERS:
        raise ModelMissing(f"{name} claims more than {MAX_TENSORS:,} tensors; no model has that many.", _REMEDY)
    try:
        table = json.loads(raw)
    except (ValueError, RecursionError) as fault:
        raise ModelMissing(f"The header of {name} is damaged.", _REMEDY) from fault
    if not isinstance(table, dict):
        raise ModelMissing(f"The header of {name} is no table of tensors.", _REMEDY)
    return cast("dict[str, object]", table)


def _outside_strings(raw: bytes) -> bytes:
    """The JSON without what stands in quotes, so that braces and commas in texts are not counted."""
    if raw.count(b"{") <= MAX_TENSORS + 2 and raw.count(b",") <= MAX_NUMBERS:
        return b""
    return b"".join(raw.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2])


def _tensors(table: dict[str, object], room: int, name: str) -> tuple[dict[str, tuple[int, ...]], dict[str, str]]:
    shapes: dict[str, tuple[int, ...]] = {}
    dtypes: dict[str, str] = {}
    spans: list[tuple[int, int]] = []
    for key, entry in table.items():
        try:
            values = cast("dict[str, Any]", entry)
            dtype, shape, (begin, end) = values["dtype"], values["shape"], values["data_offsets"]
            count = 1
            for n in shape:
                if type(n) is not int or not 0 <= n <= 2**40:
                    raise ValueError
                count *= n
            bits = _BITS[dtype] * count
            if type(begin) is not int or type(end) is not int or not 0 <= begin <= end <= room or (bits + 7) // 8 != end - begin:
                raise ValueError
        except (KeyError, TypeError, ValueError, AttributeError):
            raise ModelMissing(f'The tensor "{key[:80]}" in {name} is described wrongly, or the file is cut off.', _REMEDY) from None
        shapes[key], dtypes[key] = tuple(shape), dtype
        spans.append((begin, end))
    spans.sort()
    last = 0
    for begin, end in spans:
        if begin != last:
            raise ModelMissing(f"The tensors in {name} overlap or leave gaps.", _REMEDY)
        last = end
    if last != room:
        raise ModelMissing(f"{name} is longer than its header says.", _REMEDY)
    return shapes, dtypes
