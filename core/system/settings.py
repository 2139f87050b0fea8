"""The settings: each field of `Settings` declares once what there is to know of it. Reading,
checking, the Settings room and the note about a restart follow the declaration."""

from __future__ import annotations

import contextlib
import json
import os
import time
import typing
from dataclasses import KW_ONLY, dataclass, field, fields, replace
from enum import Enum
from pathlib import Path
from typing import Any, Generic, TypeVar

from core.system.atomic_files import locked, partial_beside, replace_file
from core.system.errors import WorldError
from core.system.json import Malformed, from_plain, to_plain
from core.system.json_files import read_table

MAX_FILE = 4 * 2**20  # bytes; a session holds a prompt, which may be long
_DECLARED = "declared"  # the key in a field's metadata
T = TypeVar("T")


class Kind(Enum):
    """What a setting is, and so which control the Settings room draws for it."""

    SWITCH = "switch"
    CHOICE = "choice"
    TEXT = "text"
    FOLDER = "folder"
    WHOLE = "whole number"
    FRACTION = "fraction"
    OWN = "own"  # the room has an editor for this one alone


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a setting may have, and its words. One that `needs_device` is offered only where
    the engine finds a device of that type."""

    value: str
    label: str
    needs_device: bool = False


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """What is declared of a field of `Settings`, whose type is the default's.

    A text is a `folder`, or any. A number lies from `low` to `high`, `step` is that of its arrows,
    `units` stand behind a 1 and behind all other numbers. `restart`: a change takes effect at the
    next start. `hidden`: is kept, but not drawn.
    """

    default: T
    label: str
    help: str
    _: KW_ONLY
    choices: tuple[Choice, ...] = ()
    folder: bool = False
    low: float = 0
    high: float = 0
    step: float = 1
    units: tuple[str, str] = ("", "")
    restart: bool = False
    hidden: bool = False

    @property
    def kind(self) -> Kind:
        """As default and choices tell."""
        if self.choices:
            return Kind.CHOICE
        match self.default:
            case bool():
                return Kind.SWITCH
            case int():
                return Kind.WHOLE
            case float():
                return Kind.FRACTION
            case str():
                return Kind.FOLDER if self.folder else Kind.TEXT
            case _:
                return Kind.OWN

    def check(self, name: str, value: Any) -> None:
        """Raises ValueError where `value` is none of the choices, or out of range."""
        if self.kind is Kind.CHOICE:
            values = [choice.value for choice in self.choices]
            if value not in values:
                raise ValueError(f"{name} must be one of {', '.join(values)}, not {value!r}")
        elif self.kind in (Kind.WHOLE, Kind.FRACTION) and not self.low <= value <= self.high:
            raise ValueError(f"{name} must be from {self.low:g} to {self.high:g}")


def declare(setting: Setting[T]) -> T:
    """The field of a setting. Raises ValueError for a default that the setting itself forbids."""
    setting.check(setting.label, setting.default)
    return field(default=setting.default, metadata={_DECLARED: setting})


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user chose for the whole program."""

    theme: str = declare(
        Setting(
            "dark",
            "Theme",
            "How the window is coloured.",
            choices=(
                Choice("system", "As the system"),
                Choice("dark", "Dark"),
                Choice("light", "Light"),
            ),
        )
    )
    language: str = declare(
        Setting(
            "system",
            "Language",
            "The language of the window; a restart applies it.",
            choices=(Choice("system", "As the system"), Choice("en", "English")),
            restart=True,
            hidden=True,  # a choice between one language is none
        )
    )
    pictures_folder: str = declare(
        Setting(
            "",
            "Pictures folder",
            "Where finished pictures are kept; empty means the usual place.",
            folder=True,
            restart=True,
        )
    )
    models_folder: str = declare(
        Setting(
            "",
            "Models folder",
            "Where downloaded models are kept; empty means the usual place.",
            folder=True,
            restart=True,
        )
    )
    picture_format: str = declare(
        Setting(
            "png",
            "Picture format",
            "PNG and WebP keep every pixel, JPEG and AVIF are smaller. All carry the recipe.",
            choices=(
                Choice("png", "PNG"),
                Choice("webp", "WebP"),
                Choice("jpeg", "JPEG"),
                Choice("avif", "AVIF"),
            ),
        )
    )
    trash_days: int = declare(
        Setting(
            30,
            "Days in the trash",
            "How long deleted pictures can be restored. Those that have lain in the trash for "
            "longer go into the system's trash when Calotype starts.",
            low=1,
            high=365,
            units=("day", "days"),
            restart=True,
        )
    )
    device: str = declare(
        Setting(
            "auto",
            "Device",
            "What computes the pictures; auto takes the fastest there is.",
            choices=(
                Choice("auto", "Automatic"),
                Choice("cpu", "CPU"),
                Choice("cuda", "NVIDIA or AMD (CUDA)", needs_device=True),
                Choice("mps", "Apple (MPS)", needs_device=True),
                Choice("xpu", "Intel (XPU)", needs_device=True),
            ),
        )
    )
    weights: str = declare(
        Setting(
            "full",
            "Weights",
            "8 bit takes half of a graphics card's memory, on a processor a quarter, "
            "for nearly the same picture. bf16 is for processors that multiply such matrices "
            "(AMX, AVX512-BF16); others refuse it.",
            choices=(
                Choice("full", "As they are"),
                Choice("8bit", "8 bit"),
                Choice("bf16", "bf16"),
            ),
        )
    )
    model_minutes: int = declare(
        Setting(
            30,
            "Models stay in memory",
            "How long after the last picture models are kept ready; then their memory is given "
            "back, and the next picture loads its model again. 0 keeps them until Calotype ends.",
            high=1440,
            units=("minute", "minutes"),
        )
    )
    recordings_mb: int = declare(
        Setting(
            1000,
            "Room for recordings",
            "How much disk space the steps of pictures that you looked at in Insight may take; the "
            "oldest go first, and can be made again.",
            high=1_000_000,
            units=("megabyte", "megabytes"),
        )
    )
    tag_spaces: bool = declare(
        Setting(
            True,
            "Tags with blanks",
            "Tags that are completed while you type have blanks in the place of underscores. Lists "
            "of tags (CSV: name, category, count, other names) lie in the data folder under tags.",
        )
    )
    previews: bool = declare(Setting(True, "Live previews", "Show the picture while it develops."))
    live_holds_queue: bool = declare(
        Setting(
            True,
            "Painting holds the queue",
            "While you paint live no picture of the queue is begun, until 10 seconds after the "
            "last stroke. Off: live pictures are made between those of the queue.",
        )
    )
    downloads_yield: bool = declare(
        Setting(True, "Downloads step back", "Slow downloads down while a picture is being made.")
    )
    offline: bool = declare(
        Setting(
            False,
            "Stay offline",
            "Refuse every connection, also those you ask for, such as downloads.",
        )
    )
    updates: bool = declare(
        Setting(
            False,
            "Look for updates",
            "Ask once at each start whether a newer version is there; nothing is installed.",
        )
    )
    mirror: str = declare(
        Setting(
            "",
            "Hub address",
            "Another address of the model hub, such as a mirror; empty means the usual one.",
        )
    )
    proxy: str = declare(
        Setting(
            "",
            "Proxy",
            "An address such as http://host:port for downloads; empty means the system's.",
        )
    )
    shortcuts: tuple[tuple[str, str], ...] = declare(
        Setting((), "Shortcuts", "Keys that differ from the defaults.")
    )

    def with_value(self, name: str, value: Any) -> Settings:
        """A copy with one field changed. Raises ValueError where `value` is none of its choices, or
        a number out of its range."""
        declared(name).check(name, value)
        return replace(self, **{name: value})


def declarations() -> dict[str, Setting[Any]]:
    """What every setting declares, by its name, in the order in which they are drawn."""
    return {f.name: f.metadata[_DECLARED] for f in fields(Settings)}


def declared(name: str) -> Setting[Any]:
    """What one setting declares. Raises KeyError where there is none of that name."""
    return declarations()[name]


def write_file(path: Path, data: bytes) -> None:
    """Replace `path` by `data` so that a crash at any instant leaves the old or the new content;
    the generation before stays as .old.

    One process at a time. Raises WorldError where the disk refuses, or another process keeps the
    file for a minute.
    """
    with _alone(path):
        _write(path, data)


def _alone(path: Path) -> contextlib.AbstractContextManager[None]:
    return locked(path.with_name(f".{path.name}.lock"), path.name)


def _write(path: Path, data: bytes) -> None:
    try:
        if path.is_file():
            _keep_generation(path)
        elif os.path.lexists(path):
            _move_aside(path)  # a folder or a pipe, which no file can replace
        replace_file(path, data)
    except OSError as fault:
        raise WorldError(
            f"{path.name} could not be saved: {fault.strerror}.",
            "Free some space or check the folder's permissions.",
        ) from fault


def _keep_generation(path: Path) -> None:
    """The file gets a second name, so that whoever reads meanwhile finds it; where a disk knows no
    links it has but the other one for an instant, and is found there."""
    old = path.with_name(path.name + ".old")
    twin = partial_beside(path)
    with contextlib.suppress(OSError):
        try:
            os.link(path, twin)
        except OSError:
            os.replace(path, old)
        else:
            os.replace(twin, old)
            twin.unlink(missing_ok=True)  # a rename between two names of one file does nothing


def save(path: Path, settings: Settings) -> None:
    """Write the settings; the generation before stays as settings.json.old.

    Raises WorldError as `write_file` does.
    """
    write_file(path, _text(settings))


def change(path: Path, **values: Any) -> None:
    """Change single settings, and leave the others as another process may have just written them.

    Raises WorldError as `write_file` does.
    """
    with _alone(path):
        _write(path, _text(replace(load(path)[0], **values)))


def _text(settings: Settings) -> bytes:
    return (json.dumps(to_plain(settings), indent=1) + "\n").encode()


def load(path: Path) -> tuple[Settings, str]:
    """The settings and, where the file was unreadable and moved aside, a notice.
    Single bad values fall back alone."""
    for candidate in (path, path.with_name(path.name + ".old")):
        try:
            return _from_dict(read_table(candidate, MAX_FILE))
        except FileNotFoundError:
            continue
        except (OSError, ValueError):
            _move_aside(candidate)
    moved = sorted(path.parent.glob(path.name + "*.bad-*")) if path.parent.is_dir() else []
    if not moved:
        return Settings(), ""
    return Settings(), f"The settings were unreadable and are kept as {moved[-1].name}."


def _move_aside(path: Path) -> None:
    with contextlib.suppress(OSError):
        os.replace(path, path.with_name(f"{path.name}.bad-{time.time_ns()}"))


def _from_dict(plain: dict[str, Any]) -> tuple[Settings, str]:
    settings = Settings()
    types = typing.get_type_hints(Settings)
    dropped: list[str] = []
    for name, setting in declarations().items():
        if name in plain:
            try:
                value = from_plain(types[name], plain[name], name)
                settings = settings.with_value(name, value)
            except (Malformed, ValueError):
                dropped.append(setting.label)
    if not dropped:
        return settings, ""
    labels = ", ".join(dropped)
    return settings, f"Reset to default, because the saved value made no sense: {labels}."
