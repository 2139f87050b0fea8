"""A safetensors file's header, read and checked without its weights.

Format: 8 bytes little-endian length n, n bytes of JSON {name: {dtype, shape, data_offsets},
"__metadata__": {str: str}}, then the tensors' bytes without gaps
(https://github.com/huggingface/safetensors). The limits keep a hostile header from taking time or
memory: they are far above every real model (SDXL: about 2,500 tensors, 300 kB).
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from core.models.files.content import content_of
from core.system.errors import ModelMissing
from core.system.json_files import table_or_empty
from core.system.regular_files import open_regular

MAX_HEADER = 16 * 2**20  # bytes
MAX_TENSORS = 20_000
MAX_NUMBERS = 400_000  # in all descriptions of tensors together, as commas count them
MAX_RANK = 16
MAX_SIDE = 2**40
_REMEDY = "Get a new copy of the file."
_BITS = {
    "F64": 64,
    "I64": 64,
    "U64": 64,
    "F32": 32,
    "I32": 32,
    "U32": 32,
    "F16": 16,
    "BF16": 16,
    "I16": 16,
    "U16": 16,
    "I8": 8,
    "U8": 8,
    "BOOL": 8,
    "F8_E4M3": 8,
    "F8_E5M2": 8,
    "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8,
    "F8_E5M2FNUZ": 8,
    "F4": 4,
    "C64": 64,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
}


@dataclass(frozen=True, slots=True)
class Header:
    """What a safetensors header says: tensor shapes by name, the text metadata, and how many
    numbers of each format there are."""

    shapes: Mapping[str, tuple[int, ...]]
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    bytes: int = 0
    counts: Mapping[str, int] = field(default_factory=dict[str, int])


def content_kind(path: Path) -> str:
    """By the first bytes "safetensors", "pickle" or another id of `content.py`'s table; the suffix
    is not asked. Raises OSError where it cannot be read or is no regular file."""
    return content_of(path).id


def read_header(path: Path) -> Header:
    """The checked header of a safetensors file. Raises ModelMissing, which names what is wrong with
    it."""
    with _opened(path) as file:
        raw, size = _raw_header(file, path.name)
    table, texts = _parsed(raw, path.name)
    shapes, counts = _tensors(table, size - 8 - len(raw), path.name)
    return Header(shapes, texts, size, counts)


@dataclass(frozen=True, slots=True)
class RawTensor:
    """A tensor as it stands in its file: its format by the name there ("BF16"), its shape, and its
    bytes, little-endian."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes


def read_tensor(path: Path, tensor: str, most: int) -> RawTensor | None:
    """One tensor of a safetensors file, in whatever format; None where the file has none of this
    name, or it has more than `most` bytes. Raises ModelMissing as `read_header`."""
    with _opened(path) as file:
        raw, size = _raw_header(file, path.name)
        table, _ = _parsed(raw, path.name)
        _tensors(table, size - 8 - len(raw), path.name)
        entry = table.get(tensor)
        if entry is None or entry.data_offsets[1] - entry.data_offsets[0] > most:
            return None
        begin, end = entry.data_offsets
        file.seek(8 + len(raw) + begin)
        return RawTensor(entry.dtype, entry.shape, file.read(end - begin))


@contextlib.contextmanager
def _opened(path: Path) -> Generator[BinaryIO]:
    try:
        with open_regular(path) as file:
            yield file
    except OSError as fault:
        raise ModelMissing(
            f"{path.name} cannot be read: {fault.strerror or fault}.",
            "Check the file and its permissions.",
        ) from fault


def _raw_header(file: BinaryIO, name: str) -> tuple[bytes, int]:
    """The header's bytes, and the file's length."""
    size = os.fstat(file.fileno()).st_size
    length = int.from_bytes(file.read(8), "little")
    if size < 10 or length < 2 or length > size - 8:
        raise ModelMissing(f"{name} is not a safetensors file, or it is cut off.", _REMEDY)
    if length > MAX_HEADER:
        raise ModelMissing(
            f"The header of {name} claims {length / 2**20:.0f} MiB; no model needs that much.",
            _REMEDY,
        )
    return file.read(length), size


class _Entry(msgspec.Struct, gc=False):
    dtype: str = ""
    shape: tuple[int, ...] = ()
    data_offsets: tuple[int, int] = (-1, -1)


class _Texts(msgspec.Struct):
    metadata: Any = msgspec.field(default=None, name="__metadata__")


_TABLE = msgspec.json.Decoder(dict[str, _Entry])
_ONE = msgspec.json.Decoder(_Texts)
_RAW = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TENSOR = msgspec.json.Decoder(_Entry)


def _parsed(raw: bytes, name: str) -> tuple[dict[str, _Entry], Mapping[str, str]]:
    """The table of tensors, and the texts of the metadata."""
    outside = _outside_strings(raw)
    if outside.count(b"{") > MAX_TENSORS + 2 or outside.count(b",") > MAX_NUMBERS:
        raise ModelMissing(
            f"{name} claims more than {MAX_TENSORS:,} tensors; no model has that many.", _REMEDY
        )
    try:
        texts = _ONE.decode(raw).metadata if b'"__metadata__"' in raw else None
        try:
            table = _TABLE.decode(raw)
        except msgspec.ValidationError:
            # a text of the metadata may be called as a tensor's field is
            table = _one_by_one(raw, name)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as fault:
        raise ModelMissing(f"The header of {name} is damaged.", _REMEDY) from fault
    table.pop("__metadata__", None)
    return table, {
        key: value for key, value in table_or_empty(texts).items() if isinstance(value, str)
    }


def _one_by_one(raw: bytes, name: str) -> dict[str, _Entry]:
    """Slower, and names the tensor that is at fault. Raises ModelMissing."""
    table: dict[str, _Entry] = {}
    try:
        parts = _RAW.decode(raw)
    except msgspec.ValidationError as fault:
        raise ModelMissing(f"The header of {name} is no table of tensors.", _REMEDY) from fault
    for key, part in parts.items():
        if key != "__metadata__":
            try:
                table[key] = _TENSOR.decode(part)
            except msgspec.ValidationError:
                raise _wrong(key, name) from None
    return table


def _wrong(key: str, name: str) -> ModelMissing:
    return ModelMissing(
        f'The tensor "{key[:80]}" in {name} is described wrongly, or the file is cut off.', _REMEDY
    )


def _outside_strings(raw: bytes) -> bytes:
    """The JSON without what stands in quotes, so that braces and commas
    in texts are not counted."""
    if raw.count(b"{") <= MAX_TENSORS + 2 and (
        len(raw) <= MAX_NUMBERS or raw.count(b",") <= MAX_NUMBERS
    ):
        return b""
    return b"".join(raw.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2])


def _bytes_of(dtype: str, shape: tuple[int, ...]) -> int:
    """What a tensor takes; -1 for a format or shape that does not exist."""
    bits = _BITS.get(dtype)
    if bits is None or len(shape) > MAX_RANK:
        return -1
    if shape and not 0 <= min(shape) <= max(shape) <= MAX_SIDE:
        return -1
    return (bits * math.prod(shape) + 7) // 8


def _tensors(
    table: dict[str, _Entry], room: int, name: str
) -> tuple[dict[str, tuple[int, ...]], dict[str, int]]:
    """Shapes by name, and how many numbers there are of each format."""
    shapes: dict[str, tuple[int, ...]] = {}
    sizes: dict[tuple[str, tuple[int, ...]], int] = {}  # few shapes, many tensors
    counts: dict[str, int] = {}
    spans: list[tuple[int, int]] = []
    for key, entry in table.items():
        kind = entry.dtype, entry.shape
        if kind not in sizes:
            sizes[kind] = _bytes_of(*kind)
        size = sizes[kind]
        begin, end = entry.data_offsets
        if size < 0 or end - begin != size or not 0 <= begin <= room - size:
            raise _wrong(key, name)
        shapes[key] = entry.shape
        counts[entry.dtype] = counts.get(entry.dtype, 0) + size
        spans.append(entry.data_offsets)
    _without_gaps(spans, room, name)
    return shapes, {dtype: size * 8 // _BITS[dtype] for dtype, size in counts.items()}


def _without_gaps(spans: list[tuple[int, int]], room: int, name: str) -> None:
    spans.sort()
    last = 0
    for begin, end in spans:
        if begin != last:
            raise ModelMissing(f"The tensors in {name} overlap or leave gaps.", _REMEDY)
        last = end
    if last != room:
        raise ModelMissing(f"{name} is longer than its header says.", _REMEDY)
