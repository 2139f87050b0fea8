"""A file or folder that a person hands over, registered where it lies as one model or as many."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.models.library import registry
from core.models.library.external_folders import (
    candidates,
    detect,
    link_folder,
    linked_folders,
    unlink_folder,
)
from core.system.errors import WorldError
from core.system.regular_files import resolved
from core.values.model import ModelKind

# of diffusers; of other kinds a folder only holds the file
_FOLDERS_THAT_ARE_MODELS = (ModelKind.CHECKPOINT, ModelKind.VAE, ModelKind.CONTROLNET)
MOST_LOOKED_AT = 2_000  # files of a folder, until two models were found in it


class IntakeKind(StrEnum):
    """What a person handed over."""

    MODEL = "model"
    FOLDER = "folder"  # of many models
    PICKLE = "pickle"  # registered nowhere


@dataclass(frozen=True, slots=True)
class Intake:
    """What was taken in, and from which program's folder. `new`: it was not known before."""

    kind: IntakeKind
    path: str
    new: bool = False
    program: str = ""


def take_in(models: Path, path: Path) -> Intake:
    """Register a model, or the one model of a folder, in place, or link a folder of many. Raises
    WorldError where there is none, or it cannot be noted."""
    from core.models.files.inspection import inspect

    path = resolved(path)
    if not os.path.exists(path):
        raise WorldError(f"There is no {path}.", "Check the path.")
    inspection = inspect(path)
    if inspection.variant == "pickle":
        return Intake(IntakeKind.PICKLE, str(path))
    if not os.path.isdir(path) or inspection.kind in _FOLDERS_THAT_ARE_MODELS:
        return _registered(models, path)
    single = _only_model(path)
    if single is not None:
        return _registered(models, single)
    known = path in linked_folders(models)
    root = link_folder(models, path)
    return Intake(IntakeKind.FOLDER, str(root.path), not known, root.program)


def take_out(models: Path, intake: Intake) -> None:
    """Undo `take_in`; the files stay as they are. Raises WorldError where that cannot be
    written."""
    if not intake.new:
        return
    if intake.kind is IntakeKind.FOLDER:
        unlink_folder(models, Path(intake.path))
    else:
        registry.remove(models, Path(intake.path))


def _registered(models: Path, path: Path) -> Intake:
    known = any(row.path == str(path) for row in registry.read(models))
    there = registry.add(models, path)
    return Intake(
        IntakeKind.MODEL,
        str(there),
        not known and any(row.path == str(there) for row in registry.read(models)),
    )


def _only_model(folder: Path) -> Path | None:
    """The one model of a folder; None where there are several, or none."""
    from core.models.files.inspection import inspect

    models: list[Path] = []
    for count, candidate in enumerate(candidates(detect(folder))):
        if inspect(candidate.path).kind in registry.FOLDERS:
            models.append(candidate.path)
        if len(models) > 1 or count >= MOST_LOOKED_AT:
            return None
    return models[0] if models else None
