"""The settings: each field of `Settings` declares default, label and help;
the preferences page draws itself from them."""

from __future__ import annotations

import contextlib
import json
import os
import time
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from core.system.atomic_files import locked, partial_beside, replace_file
from core.system.errors import WorldError
from core.system.json import Malformed, from_plain, to_plain
from core.system.json_files import read_table

MAX_FILE = 4 * 2**20  # bytes; a session holds a prompt, which may be long


def _setting(
    default: Any, label: str, help_text: str, choices: tuple[str, ...] = (), kind: Any = None
) -> Any:
    """`kind` is the type where the default does not show it in full."""
    return field(
        default=default,
        metadata={"label": label, "help": help_text, "choices": choices, "kind": kind},
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user chose for the whole program."""

    theme: str = _setting(
        "dark", "Theme", "How the window is coloured.", ("system", "dark", "light")
    )
    language: str = _setting(
        "system", "Language", "The language of the window; a restart applies it.", ("system", "en")
    )
    pictures_folder: str = _setting(
        "", "Pictures folder", "Where finished pictures are kept; empty means the usual place."
    )
    models_folder: str = _setting(
        "", "Models folder", "Where downloaded models are kept; empty means the usual place."
    )
    picture_format: str = _setting(
        "png",
        "Picture format",
        "PNG and WebP keep every pixel, JPEG and AVIF are smaller. All carry the recipe.",
        ("png", "webp", "jpeg", "avif"),
    )
    device: str = _setting(
        "auto",
        "Device",
        "What computes the pictures; auto takes the fastest there is.",
        ("auto", "cpu", "cuda", "mps", "xpu"),
    )
    weights: str = _setting(
        "full",
        "Weights",
        "8 bit takes half of a graphics card's memory, on a processor a quarter, "
        "for nearly the same picture.",
        ("full", "8bit"),
    )
    previews: bool = _setting(True, "Live previews", "Show the picture while it develops.")
    downloads_yield: bool = _setting(
        True, "Downloads step back", "Slow downloads down while a picture is being made."
    )
    offline: bool = _setting(
        False, "Stay offline", "Refuse every connection, also those you ask for, such as downloads."
    )
    updates: bool = _setting(
        False,
        "Look for updates",
        "Ask once at each start whether a newer version is there; nothing is installed.",
    )
    mirror: str = _setting(
        "",
        "Hub address",
        "Another address of the model hub, such as a mirror; empty means the usual one.",
    )
    proxy: str = _setting(
        "", "Proxy", "An address such as http://host:port for downloads; empty means the system's."
    )
    shortcuts: tuple[tuple[str, str], ...] = _setting(
        (), "Shortcuts", "Keys that differ from the defaults.", kind=tuple[tuple[str, str], ...]
    )

    def with_value(self, name: str, value: Any) -> Settings:
        """A copy with one field changed. Raises ValueError where `value` is none of its choices."""
        kept = {f.name: f for f in fields(self)}[name]
        choices = kept.metadata["choices"]
        if choices and value not in choices:
            raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r}")
        return replace(self, **{name: value})


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
    dropped: list[str] = []
    for f in fields(Settings):
        if f.name in plain:
            try:
                kind = f.metadata["kind"] or getattr(Settings(), f.name).__class__
                value = from_plain(kind, plain[f.name], f.name)
                settings = settings.with_value(f.name, value)
            except (Malformed, ValueError):
                dropped.append(str(f.metadata["label"]))
    if not dropped:
        return settings, ""
    labels = ", ".join(dropped)
    return settings, f"Reset to default, because the saved value made no sense: {labels}."
