"""Presets: the form under a name, in a file of the data folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from core.system.atomic_files import replace_file
from core.system.errors import InvalidRequest, KnownError, WorldError, disk_refusals
from core.system.json import Malformed, from_plain, to_plain
from core.system.json_files import as_list, read_json
from core.system.lists.named_rows import NamedRows, RemovedRow, Row, place_of
from core.values.request import Request
from core.values.request_parts.chosen_style import LONGEST_NAME
from core.values.request_parts.start_picture import StartPicture
from core.values.request_parts.sweep_place import SweepPlace

MAX_FILE = 2**24  # bytes
MOST = 2_000
# what belongs to one picture and to no preset
_OF_ONE_PICTURE = {"start": StartPicture(), "parent": "", "document": "", "sweep": SweepPlace()}
_WORDS = ("prompt", "negative_prompt", "styles")


@dataclass(frozen=True, slots=True)
class Preset:
    """A form under a name. Without `with_prompt` it says nothing of prompt, negative prompt and
    styles, and its LoRAs stand in the request's own field. `random_seed`: each picture gets another
    seed. `model_name` is what the model was called."""

    name: str
    request: Request
    with_prompt: bool = True
    random_seed: bool = True
    model_name: str = ""


@dataclass(frozen=True, slots=True)
class FoundPresets:
    """Those that can be used, in their order, and the names of the others."""

    presets: tuple[Preset, ...] = ()
    unread: tuple[str, ...] = ()


def without_picture(request: Request) -> Request:
    """What of a form a preset keeps."""
    return replace(request, **_OF_ONE_PICTURE, template="", negative_template="")


class PresetStore:
    """Every method that changes it raises WorldError where the file cannot be read, which is not
    written over then, or the disk refuses."""

    def __init__(self, path: Path, what: str = "Your presets", one: str = "preset") -> None:
        """`what` calls the file in sentences, `one` a row: noise levels that are kept under a name
        are presets too, of which no more is taken than those."""
        self._file = NamedRows(path, what, one, MAX_FILE, MOST)

    def all(self) -> FoundPresets:
        """Raises WorldError where the file cannot be read; one that is damaged, or of a later
        version, costs itself only."""
        return _found(self._file.rows())

    def save(self, preset: Preset, instead_of: str = "") -> None:
        """Write one in the place of that named `instead_of`, or behind all. Raises InvalidRequest
        where it has no name, or another has it."""
        _check_name(preset.name)
        self._file.write(_row(preset), instead_of)

    def put(self, preset: Preset) -> Preset | None:
        """Write one in the place of that which has its name, and give that back; behind all where
        there is none. Raises InvalidRequest where it has no name."""
        wanted = preset.name.strip().casefold()
        same = (old for old in self.all().presets if old.name.strip().casefold() == wanted)
        before = next(same, None)
        self.save(preset, "" if before is None else before.name)
        return before

    def rename(self, name: str, to: str) -> None:
        """Raises InvalidRequest where it is no name, or another has it."""
        _check_name(to)
        rows = self._file.rows()
        if (at := place_of(rows, name)) is not None:
            self._file.write(rows[at] | {"name": to}, name)

    def delete(self, names: Iterable[str]) -> tuple[RemovedRow, ...]:
        """What `put_back` needs."""
        return self._file.delete(names)

    def put_back(self, removed: Iterable[RemovedRow]) -> None:
        """Where they stood, but for those whose names others have now."""
        self._file.put_back(removed)

    def move(self, name: str, to: int) -> None:
        """It stands at `to` among those that can be used from now on."""
        shown = [preset.name for preset in self.all().presets]
        self._file.move(name, to, shown)

    def take_file(self, path: Path) -> tuple[str, ...]:
        """The presets of a file that `write_presets` wrote, by the names that they got. Raises
        WorldError where it holds none."""
        try:
            rows: list[object] = as_list(read_json(path, MAX_FILE))
            found = _found(cast("Row", row) for row in rows if isinstance(row, dict)).presets
        except (OSError, ValueError) as fault:
            reason = " ".join(str(getattr(fault, "strerror", None) or fault).split())[:160]
            raise WorldError(
                f"The presets of {path.name} cannot be used: {reason}.",
                "Choose a file that Calotype exported.",
            ) from fault
        if not found:
            raise WorldError(f"{path.name} holds no presets.", "Choose another file.")
        return tuple(self._file.add(map(_row, found)))


def holds_presets(path: Path) -> bool:
    """Whether a file is one that `write_presets` wrote, by its first row."""
    try:
        rows: list[object] = as_list(read_json(path, MAX_FILE))
    except (OSError, ValueError):
        return False
    first = next(iter(rows), None)
    return isinstance(first, dict) and "request" in first


def write_presets(path: Path, presets: Sequence[Preset]) -> None:
    """Into a file for others. Raises WorldError where the disk refuses."""
    data = json.dumps([_row(preset) for preset in presets], indent=1).encode()
    with disk_refusals(f"{path.name} cannot be written", "Choose another folder."):
        replace_file(path, data)


def _row(preset: Preset) -> Row:
    row: Row = to_plain(preset)
    request: Row = to_plain(without_picture(preset.request))
    left_out = (*_OF_ONE_PICTURE, *(() if preset.with_prompt else _WORDS))
    return row | {"request": {key: value for key, value in request.items() if key not in left_out}}


def _found(rows: Iterable[Row]) -> FoundPresets:
    presets: list[Preset] = []
    unread: list[str] = []
    for row in rows:
        try:
            preset: Preset = from_plain(Preset, row, "preset")
            _check_name(preset.name)
            preset = replace(preset, request=without_picture(preset.request))
            preset.request.check()
        except (Malformed, KnownError):
            unread.append(str(row.get("name", ""))[:LONGEST_NAME] or "?")
        else:
            presets.append(preset)
    return FoundPresets(tuple(presets), tuple(unread))


def _check_name(name: str) -> None:
    if not name.strip():
        raise InvalidRequest("name", "The preset has no name.", "Give it one.")
    if len(name) > LONGEST_NAME:
        raise InvalidRequest(
            "name", f"The name is longer than {LONGEST_NAME} characters.", "Shorten it."
        )
