"""What a file is by its first bytes, whatever it is called: one table of what is found where a
model should be, and what then helps.

`content_of` looks at a file, `content_of_start` at what has come of a download so far.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import msgspec

from core.system.regular_files import open_regular

ENOUGH = 1024  # bytes from which `content_of_start` tells all that it can tell
MAX_HEADER = 100 * 2**20  # a longer header is none
_DIRECTORY = 4 * 2**20  # of a zip archive's end are searched for names
_AGAIN = "Get a new copy of the file."
_UNPACK = "Unpack it, and use the .safetensors file inside."
_OTHER = "Look for the model as a .safetensors file."
_DIRECT = "Use the address of the file itself; it may need a login."


@dataclass(frozen=True, slots=True)
class ContentKind:
    """A kind of content: `words` name it ("a web page"), `remedy` is a sentence."""

    id: str
    words: str
    remedy: str = _OTHER


SAFETENSORS = ContentKind("safetensors", "a safetensors file")
UNKNOWN = ContentKind("unknown", "something unknown")
EMPTY = ContentKind("empty", "an empty file", _AGAIN)
CUT = ContentKind("cut", "the beginning of a safetensors file that is cut off", _AGAIN)
PICKLE = ContentKind(
    "pickle",
    "a pickle (.ckpt, .pt, .bin), which can run any program hidden in it",
    "Use a .safetensors file.",
)
ZIP = ContentKind("zip", "a zip archive", _UNPACK)
TEXT = ContentKind("text", "text", _DIRECT)
JSON = ContentKind("json", "a text of JSON", _DIRECT)
XML = ContentKind("xml", "a text of XML, as servers answer when they refuse", _DIRECT)
_ROWS: tuple[tuple[str, ContentKind], ...] = (  # patterns of the first bytes, the surest first
    (
        r"version https://(git-lfs|hawser)\.github\.com/spec/",
        ContentKind(
            "lfs",
            "a Git LFS pointer, which stands for a file that was not fetched",
            'Run "git lfs pull" in the folder it comes from, or download the file itself.',
        ),
    ),
    (r"GGUF", ContentKind("gguf", "a GGUF file, which Calotype cannot load")),
    (r"PK\x03\x04.{26}[^\x00]{1,200}/data\.pkl", PICKLE),  # the name of the first member
    # a member without a name: no archive of files, so taken for the more dangerous one
    (r"PK\x03\x04.{22}\x00\x00", PICKLE),
    (r"PK(\x03\x04|\x05\x06|\x07\x08)", ZIP),
    (r"\x1f\x8b\x08", ContentKind("gzip", "a gzip archive", _UNPACK)),
    (r"7z\xbc\xaf\x27\x1c", ContentKind("7z", "a 7z archive", _UNPACK)),
    (r"Rar!\x1a\x07", ContentKind("rar", "a RAR archive", _UNPACK)),
    (
        r"(\xfd7zXZ\x00|BZh[1-9]|\x28\xb5\x2f\xfd|\x04\x22\x4d\x18)",
        ContentKind("archive", "a compressed archive", _UNPACK),
    ),
    # as torch packed them before 2018
    (r"(sys_info|pickle|storages|tensors)\x00.{240,260}ustar", PICKLE),
    (r".{257}ustar", ContentKind("tar", "a tar archive", _UNPACK)),
    (r"%PDF-", ContentKind("pdf", "a PDF document")),
    (
        r"(\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a|RIFF.{4}WEBP|.{4}ftyp(avif|avis|heic|heix|mif1)|II\*\x00|MM\x00\*|BM.{4}\x00\x00\x00\x00)",
        ContentKind(
            "image", "a picture", "Open pictures in the gallery; a model is a .safetensors file."
        ),
    ),
    (r"(.{4}ftyp|\x1aE\xdf\xa3|OggS|ID3|fLaC|RIFF)", ContentKind("media", "a film or a sound")),
    (r"\x89HDF\r\n\x1a\n", ContentKind("hdf5", "a Keras file (HDF5)")),
    (r"\x93NUMPY", ContentKind("numpy", "a numpy file")),
    (r".{4}TFL3", ContentKind("tflite", "a TensorFlow Lite file")),
    (r"\x08[\x01-\x20][\x12\x1a\x22\x2a\x32\x3a\x42]", ContentKind("onnx", "an ONNX file")),
    (r"SQLite format 3\x00", ContentKind("sqlite", "a database")),
    (
        r"(MZ.{58}|\x7fELF|\xca\xfe\xba\xbe|[\xce\xcf]\xfa\xed\xfe|#!)",
        ContentKind("program", "a program"),
    ),
    (r"(\xef\xbb\xbf)?\s*<(\?xml(?!(?i:.{0,200}<(!doctype )?html))|Error>)", XML),
    (r"(\xef\xbb\xbf)?\s*<(!|\?|[A-Za-z])", ContentKind("html", "a web page", _DIRECT)),
    (r"(\xef\xbb\xbf)?\s*[\[{]", JSON),
    (r"\x80[\x02-\x05]", PICKLE),
    (
        r"\x00{64}",
        ContentKind(
            "zeros",
            (
                "a file that begins with nothing but zeros, as a crash or a "
                "broken download leaves them"
            ),
            _AGAIN,
        ),
    ),
    (r"(\xef\xbb\xbf)?[\t\n\r\x20-\x7e\x80-\xff]{16}", TEXT),
)
_PATTERNS = tuple(
    (re.compile(pattern.encode("latin-1"), re.DOTALL), content) for pattern, content in _ROWS
)


def content_of_start(start: bytes, size: int | None = None) -> ContentKind:
    """What begins with `start`: all of it, or at least ENOUGH bytes; `size` of the whole in bytes,
    None while nobody knows."""
    if size == 0 or not start:
        return EMPTY
    length = int.from_bytes(start[:8], "little")
    if start[8:9] == b"{" and 2 <= length <= MAX_HEADER:
        return SAFETENSORS if size is None or length + 8 <= size else CUT
    for pattern, content in _PATTERNS:
        if pattern.match(start):
            return content if content is not TEXT or _is_text(start) else UNKNOWN
    return TEXT if len(start) < 64 and _is_text(start) else UNKNOWN


def content_of(path: Path) -> ContentKind:
    """What lies at `path`. Raises OSError where it cannot be read or is no regular file."""
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        content = content_of_start(file.read(ENOUGH), size)
        if content is ZIP:  # a pickle of torch may hold other things before its "data.pkl"
            file.seek(max(0, size - _DIRECTORY))
            return PICKLE if b"/data.pkl" in file.read(_DIRECTORY) else ZIP
    return content


def _is_text(start: bytes) -> bool:
    for cut in range(4 if len(start) >= ENOUGH else 1):  # a sign may be cut in two at the end
        try:
            text = start[: len(start) - cut].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return all(sign.isprintable() or sign in "\t\n\r\f\ufeff" for sign in text)
    return False


class _Span(msgspec.Struct):
    data_offsets: tuple[int, int] = (0, 0)


_SPANS = msgspec.json.Decoder(dict[str, _Span])


def announced_size(path: Path, largest: int = 16 * 2**20) -> int | None:
    """How long a safetensors file is by its own header, of which at least the whole is at `path`;
    None where the header is not all there, longer than `largest` bytes, or damaged. Raises OSError
    where the file cannot be read."""
    with open_regular(path) as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= largest:
            return None
        raw = file.read(length)
    if len(raw) < length:
        return None
    try:
        spans = _SPANS.decode(raw)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None
    spans.pop("__metadata__", None)
    return 8 + length + max((span.data_offsets[1] for span in spans.values()), default=0)
