"""The pictures and models folders of the settings, as far as they can be used."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from core.models.library.moved import moved_to
from core.system import settings
from core.system.paths import Places, folder_problem

LONGEST_NAME = 255  # bytes of a part of a path
LONGEST_PATH = 4000  # bytes


@dataclass(frozen=True, slots=True)
class FolderProblem:
    """A chosen folder that cannot be used: the setting's name, and what to say of it."""

    setting: str
    words: str


def with_chosen_folders(where: Places, chosen: settings.Settings) -> Places:
    """The places with the pictures and models folders a person chose, as far as they can be used.

    Models that were moved are where the move put them.
    """
    return check_folders(where, chosen)[0]


def check_folders(
    where: Places, chosen: settings.Settings
) -> tuple[Places, tuple[FolderProblem, ...]]:
    """The places with the folders a person chose, and those that cannot be used,
    such as on a drive that is not plugged in.

    Models are then looked for in the usual folder. Pictures are not put elsewhere: the gallery's
    rows lie in the folder that was chosen, and it comes back with its drive; only what never can be
    a folder counts for nothing.
    """
    troubles: list[FolderProblem] = []
    models, why = _folder(chosen.models_folder, moved_to)
    if why:
        models = None
        troubles.append(_models_trouble(chosen.models_folder, why))
    pictures, why = _folder(chosen.pictures_folder)
    if why:
        instead = "" if pictures else f" Until then pictures go to {where.pictures}."
        troubles.append(_pictures_trouble(_shown(chosen.pictures_folder), why, instead))
    elif (
        pictures is None and where.pictures.is_symlink() and (why := folder_problem(where.pictures))
    ):
        # to a drive that is gone
        troubles.append(_pictures_trouble(str(where.pictures), why))
    places = replace(
        where, pictures=pictures or where.pictures, models=models or moved_to(where.models)
    )
    return places, tuple(troubles)


def _models_trouble(folder: str, why: str) -> FolderProblem:
    return FolderProblem(
        "models_folder",
        f"The models folder {_shown(folder)} cannot be used: {why}. Its "
        "models are not there until it can; plug its drive in, or choose another in "
        "Settings (models_folder in settings.json).",
    )


def _pictures_trouble(folder: str, why: str, instead: str = "") -> FolderProblem:
    return FolderProblem(
        "pictures_folder",
        f"The pictures folder {folder} cannot be used: {why}. "
        "Plug its drive in, or choose another in Settings "
        f"(pictures_folder in settings.json).{instead}",
    )


def _folder(
    setting: str, now: Callable[[Path], Path] = lambda folder: folder
) -> tuple[Path | None, str]:
    """The folder a setting names, as it is called `now`, made where it was not there,
    and why it cannot be used.

    None where it names none.
    """
    if not setting:
        return None, ""
    try:
        folder = Path(setting).expanduser()
        setting.encode()
        if "\0" in setting:
            return None, "no folder can have that name"
    except (ValueError, RuntimeError):  # a lone surrogate, a home that is not there
        return None, "no folder can have that name"
    if not folder.is_absolute():
        return None, "it does not say where it begins"
    if (
        any(len(os.fsencode(part)) > LONGEST_NAME for part in folder.parts)
        or len(os.fsencode(folder)) > LONGEST_PATH
    ):
        return None, "no folder can have so long a name"
    folder = now(folder)
    return folder, folder_problem(folder)


def _shown(setting: str) -> str:
    text = "".join(
        c if c.isprintable() else "?" for c in setting.encode("utf-8", "replace").decode()
    )
    return text if len(text) <= 200 else f"{text[:200]}..."
