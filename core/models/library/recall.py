"""Finding the model that a recipe was made with: by the hash of its file, then by its name.

What is known already is asked first: hashes that `models verify`, an installation or another
program's note has left, and our own fingerprint. Whole files are hashed at last, as many bytes at a
question as it is worth, and remembered for the next one.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from core.models.library.fingerprint import content_hash
from core.models.library.library import Library
from core.models.library.model_entry import ModelEntry
from core.system.json_files import list_or_empty, table_in, table_or_empty
from core.system.regular_files import open_regular, read_limited

MOST_HASHED = 8 * 2**30  # bytes at a question where no name fits
MOST_CHECKED = 2**29  # bytes at a question where only a name is to be checked
_LEGACY = 8  # digits of the web UI's first hash: of 64 kB behind the first megabyte
_LEGACY_START = 0x100000
_LEGACY_SIZE = 0x10000
_MAX_NOTE = 2**20
_HEX = re.compile(r"[0-9a-f]{8,64}")
_ENDING = re.compile(r"\.(?:safetensors|sft|ckpt|pth?|bin|gguf)$", re.IGNORECASE)
_WITH_HASH = re.compile(r"\s*\[[0-9a-fA-F]{6,64}\]\s*$")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RecalledModel:
    """`entry` is the model where it is here; `note` a sentence where it is not surely the one that
    was used.
    """

    entry: ModelEntry | None = None
    note: str = ""


def recall_model(
    library: Library, names: Sequence[str], digest: str, ours: bool = False
) -> RecalledModel:
    """The model of a recipe: `names` as the recipe calls it, the surest first; `digest` 8, 10 to 64
    digits of its hash, or "".

    `ours`: the hash is our fingerprint, otherwise that of the whole file, as others write it. Where
    only a name fits and the hash is known to be another, the note says so. Reads files: not for the
    window's thread.
    """
    entries = library.entries()
    digest = digest.lower().removeprefix("0x")
    if not _HEX.fullmatch(digest):
        digest = ""
    known = library.known_hashes()
    called = next(
        (matches for name in names if name.strip() and (matches := _called(entries, name))), ()
    )
    if digest:
        others = [entry for entry in entries if entry not in called]
        worth = MOST_CHECKED if called else MOST_HASHED
        by_hash = _by_hash([*called, *others], digest, known, worth)
        if by_hash is not None:
            return RecalledModel(by_hash)
    entry = _only(called)
    if entry is None and called:
        return RecalledModel(note=f'Several models here are called "{names[0][:100]}".')
    if entry is None:
        return RecalledModel()
    own = (_or_nothing(content_hash, entry.path),) if ours else _noted_of(entry, known)
    if len(digest) > _LEGACY and any(own) and not any(_fits(digest, one_hash) for one_hash in own):
        return RecalledModel(
            entry, f'"{entry.name}" here is another file than the one of that name that was used.'
        )
    return RecalledModel(entry)


def only_called(rows: Sequence[T], name: str, names_of: Callable[[T], Sequence[str]]) -> T | None:
    """The one row that a recipe's name fits, else None.
    Exact names before those without folder, ending, hash and case.
    """
    for ways in (_as_it_is, _plainly, _as_the_web_ui):
        wanted = ways(name)
        matches = [
            row for row in rows if wanted and any(ways(own) == wanted for own in names_of(row))
        ]
        if matches:
            return matches[0] if len(matches) == 1 else None
    return None


def _called(entries: Sequence[ModelEntry], name: str) -> tuple[ModelEntry, ...]:
    """All models that a name fits best."""
    for ways in (_as_it_is, _plainly, _as_the_web_ui):
        wanted = ways(name)
        matches = tuple(
            entry
            for entry in entries
            if wanted and wanted in {ways(own) for own in _names_of(entry)}
        )
        if matches:
            return matches
    return ()


def _names_of(entry: ModelEntry) -> tuple[str, ...]:
    return entry.id, entry.name, entry.path, os.path.basename(entry.path)


def _as_it_is(name: str) -> str:
    return name.strip()


def _plainly(name: str) -> str:
    """Without its folder, its ending, a hash in brackets behind it, and case."""
    name = _WITH_HASH.sub("", name.strip()[:1000])
    return _ENDING.sub("", re.split(r"[/\\]", name.rstrip("/\\"))[-1]).strip().casefold()


def _as_the_web_ui(name: str) -> str:
    """It leaves out the signs that part its pairs."""
    return _plainly(name).replace(",", "").replace(":", "")


def _only(candidates: Sequence[ModelEntry]) -> ModelEntry | None:
    """The one, or the first of several that are the same file."""
    if len(candidates) < 2:
        return next(iter(candidates), None)
    prints = {_or_nothing(content_hash, entry.path) for entry in candidates}
    return candidates[0] if len(prints) == 1 and prints != {""} else None


def _by_hash(
    entries: Sequence[ModelEntry], digest: str, known: Mapping[str, str], left: int
) -> ModelEntry | None:
    """The model of this hash, likelier ones first; None where none is found with the `left` bytes
    that may be read.
    """
    for candidate in entries:
        noted = (_or_nothing(content_hash, candidate.path), *_noted_of(candidate, known))
        if any(_fits(digest, own) for own in noted):
            return candidate
    files = [entry for entry in entries if os.path.isfile(entry.path)]
    if len(digest) == _LEGACY:
        return _only([file for file in files if _or_nothing(_legacy, file.path) == digest])
    likeliest = entries[0] if entries else None
    unknown = [file for file in files if file.path not in known]
    unknown.sort(key=lambda file: (file is not likeliest, file.bytes))
    return _by_reading(unknown, digest, left)


def _by_reading(files: Sequence[ModelEntry], digest: str, left: int) -> ModelEntry | None:
    """The first whole file of this hash; one that would take more than is `left` is passed over."""
    for file in files:
        stamp = _or_nothing(_stamp, file.path)
        cost = 0 if stamp in _HASHED else file.bytes
        if not stamp or cost > left:
            continue
        left -= cost
        if _fits(digest, _or_nothing(_whole, file.path)):
            return file
    return None


def _noted_of(entry: ModelEntry, known: Mapping[str, str]) -> tuple[str, ...]:
    """The hashes of a whole file that need no reading of it."""
    hashes = [
        known.get(entry.path, ""),
        *_beside(entry.path),
        _HASHED.get(_or_nothing(_stamp, entry.path), ""),
    ]
    return tuple(digest for digest in hashes if digest)


def _fits(digest: str, own: str) -> bool:
    """Whether two hashes, perhaps shortened, are the same."""
    return min(len(digest), len(own)) >= _LEGACY and (
        own.startswith(digest) or digest.startswith(own)
    )


def _beside(path: str) -> Iterator[str]:
    """What other programs have noted beside a file: NAME.sha256, NAME.civitai.info, NAME.json and
    the like.
    """
    stem = Path(path).with_suffix("") if os.path.isfile(path) else None
    if stem is None:
        return
    for ending in (".sha256", ".safetensors.sha256"):
        try:
            text = read_limited(stem.with_name(stem.name + ending), _MAX_NOTE).decode(
                "ascii", "replace"
            )
        except (OSError, ValueError):
            continue
        if text.split() and re.fullmatch(r"[0-9a-fA-F]{64}", text.split()[0]):
            yield text.split()[0].lower()
    for ending in (".civitai.info", ".json", ".metadata.json"):
        yield from _noted(stem.with_name(stem.name + ending))


def _noted(path: Path) -> Iterator[str]:
    table = table_in(path, _MAX_NOTE)
    for part in [table, *list_or_empty(table.get("files"))[:64]]:
        hashes = table_or_empty(table_or_empty(part).get("hashes"))
        for text in (table.get("sha256"), hashes.get("SHA256")):
            if isinstance(text, str) and re.fullmatch(r"[0-9a-fA-F]{64}", text):
                yield text.lower()


def _or_nothing(reckon: Callable[[str], str], path: str) -> str:
    try:
        return reckon(path)
    except (OSError, ValueError):
        return ""


# hashes of whole files by their stamps, for as long as the program runs
_HASHED: dict[str, str] = {}


def _stamp(path: str) -> str:
    status = os.stat(path)
    return f"{status.st_size} {status.st_mtime_ns} {path}"


def _whole(path: str) -> str:
    """The sha256 of a whole file, as the web UI writes its first ten digits."""
    stamp = _stamp(path)
    if stamp not in _HASHED:
        digest = hashlib.sha256()
        with open_regular(Path(path)) as weights:
            while block := weights.read(2**22):
                digest.update(block)
        _HASHED[stamp] = digest.hexdigest()
    return _HASHED[stamp]


def _legacy(path: str) -> str:
    return _legacy_of(path, _stamp(path))


@lru_cache(maxsize=1024)
def _legacy_of(path: str, stamp: str) -> str:
    with open_regular(Path(path)) as weights:
        weights.seek(_LEGACY_START)
        return hashlib.sha256(weights.read(_LEGACY_SIZE)).hexdigest()[:_LEGACY]
