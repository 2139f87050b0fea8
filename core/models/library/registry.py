"""Models used in place, a list of paths, and putting files into the models folder or out of it."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Generator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

from core.models.library.moved import moved_to
from core.system.atomic_files import (
    LOCK_SECONDS,
    locked,
    move_new,
    name_new,
    partial_beside,
    remove_partials,
    replace_file,
    sync_file,
    sync_folder,
    sync_tree,
)
from core.system.errors import WorldError, disk_refusals
from core.system.json_files import as_list, read_json, table_or_empty
from core.system.regular_files import blocks_of, resolved, walk_files
from core.values.model import ModelKind

FOLDERS = {
    ModelKind.CHECKPOINT: "",
    ModelKind.LORA: "loras",
    ModelKind.VAE: "vae",
    ModelKind.EMBEDDING: "embeddings",
    ModelKind.CONTROLNET: "controlnet",
    ModelKind.UPSCALER: "upscale_models",
}
FILE = "registered.json"
TRASH = ".trash"
LOCK = ".registered.lock"
DOWNLOADS = ".downloads"
GONE = ".gone-"  # a download that is over begins so until it is cleared away
PREDICTIONS = ("v", "epsilon")
MAX_LIST = 16 * 2**20
DEEPEST = 32  # folders within a model's folder
_CHECK_DISK = "Check the disk and its permissions."
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Registered:
    """One model used in place, or a model of the folder whose hash is known or whose
    prediction a person chose."""

    path: str
    kind: ModelKind
    in_place: bool = True
    sha256: str = ""
    prediction: str = ""


def read(models: Path) -> tuple[Registered, ...]:
    """All that is registered; () where the list is missing or unreadable (the files
    themselves are never touched)."""
    return tuple(row for row in map(_row, read_list(models / FILE)) if row is not None)


def read_list(path: Path) -> list[Any]:
    """A JSON list; [] where it is missing, unreadable or no list."""
    try:
        return as_list(read_json(path, MAX_LIST))
    except (OSError, ValueError):
        return []


@contextlib.contextmanager
def exclusive(models: Path, seconds: float = LOCK_SECONDS) -> Generator[None]:
    """Alone among all processes with the lists of a models folder. Raises WorldError where that is
    not to be had within `seconds`, or the models moved away."""
    with disk_refusals(f"The folder {models} cannot be made", _CHECK_DISK):
        models.mkdir(parents=True, exist_ok=True)
    with locked(models / LOCK, "The list of models", seconds):
        if (there := moved_to(models)) != models:
            raise WorldError(
                f"The models were moved to {there} meanwhile.",
                "Start Calotype again to go on with them.",
            )
        yield


def change_list(path: Path, change: Callable[[list[Any]], list[Any]]) -> None:
    """Change a list of the models folder, alone among all processes. Raises WorldError as
    `exclusive` does, and where the disk refuses.

    One that makes no sense is kept under another name.
    """
    with exclusive(path.parent):
        before = _kept_aside(path)
        after = change(before)
        if after != before:
            write_list(path, after)


def _kept_aside(path: Path) -> list[Any]:
    """The list before a change. Raises WorldError where it is there and the disk does not give it:
    it must not be replaced then."""
    try:
        return as_list(read_json(path, MAX_LIST))
    except FileNotFoundError:
        return []
    except ValueError as fault:
        why = str(fault)
    except OSError as fault:
        if path.is_file():
            raise WorldError(
                f"{path.name} cannot be read: {fault.strerror or fault}.", _CHECK_DISK
            ) from fault
        why = "it is no file"
    aside = path.with_name(f"{path.name}.bad-{time.time_ns()}")
    with disk_refusals(f"{path.name} is damaged and cannot be put aside", _CHECK_DISK):
        name_new(path, aside)
    _log.warning("%s was damaged (%s); it is kept as %s and begun anew", path.name, why, aside.name)
    return []


def _row(value: Any) -> Registered | None:
    row = table_or_empty(value)
    path = row.get("path")
    kind = _kind(row.get("kind"))
    digest = row.get("sha256", "")
    prediction = row.get("prediction", "")
    if isinstance(path, str) and kind is not None and isinstance(digest, str):
        return Registered(
            path=path,
            kind=kind,
            in_place=row.get("in_place") is not False,
            sha256=digest,
            prediction=prediction if prediction in PREDICTIONS else "",
        )
    return None


def _kind(text: object) -> ModelKind | None:
    """None for one that this version has no folder for."""
    try:
        kind = ModelKind(text)
    except ValueError:
        return None
    return kind if kind in FOLDERS else None


def write_list(path: Path, rows: list[Any]) -> None:
    """Replace a JSON list, so that a crash leaves the old or the new one. Raises WorldError where
    the disk refuses."""
    with disk_refusals("The list of models cannot be written", _CHECK_DISK):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, json.dumps(rows, indent=1).encode())


def add(models: Path, path: Path, *, copy: bool = False) -> Path:
    """Register a model where it lies, or copy it in; where it is now. Raises WorldError where it is
    no model that can be used, or cannot be copied or noted."""
    from core.models.files.inspection import inspect

    if not os.path.exists(path):
        raise WorldError(f"There is no {path}.", "Check the path.")
    inspection = inspect(path)
    if inspection.kind not in FOLDERS:
        raise WorldError(
            f"{path.name} cannot be added: {inspection.sentences or f'it is {inspection.kind}.'}",
            "Models, LoRAs, VAEs, embeddings, ControlNets and upscalers can.",
        )
    path = resolved(path)
    if copy:
        with exclusive(models):  # refused where the models were moved meanwhile
            target = models / FOLDERS[inspection.kind] / path.name
        _copied(path, target)
        return target
    if not _inside(models, path):
        row = Registered(str(path), inspection.kind)
        change_list(models / FILE, lambda rows: [*_others(rows, path), asdict(row)])
    return path


def _inside(models: Path, path: Path) -> bool:
    return path.is_relative_to(models) or path.is_relative_to(resolved(models))


def _others(rows: list[Any], path: Path) -> list[Any]:
    """Every row but that of `path`, also those that only a later version understands."""
    return [row for row in rows if table_or_empty(row).get("path") != str(path)]


def _copied(source: Path, target: Path) -> None:
    """Copy a model, what its links lead to instead of them; it gets its name when all of it lasts,
    and never that of another."""
    partial = partial_beside(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(target):
            raise FileExistsError
        if source.is_dir():
            _copied_folder(source, partial, ())
            sync_tree(partial)
        else:
            shutil.copyfile(source, partial)
            sync_file(partial)
        name_new(partial, target)
        sync_folder(target.parent)
    except FileExistsError as fault:
        raise WorldError(f"{target} exists already.", "Rename the file first.") from fault
    except OSError as fault:
        raise WorldError(
            f"{source.name} cannot be copied: {fault.strerror or fault}.",
            "Free some space, or use the model in place.",
        ) from fault
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        partial.unlink(missing_ok=True)


def _copied_folder(source: Path, target: Path, above: tuple[tuple[int, int], ...]) -> None:
    """Pipes, devices and links that lead nowhere or back into themselves are passed over."""
    own = source.stat()
    if (own.st_dev, own.st_ino) in above:
        return
    if len(above) > DEEPEST:
        raise OSError(f"its folders lie more than {DEEPEST} deep")
    target.mkdir()
    for path in sorted(source.iterdir()):
        if path.is_dir():
            _copied_folder(path, target / path.name, (*above, (own.st_dev, own.st_ino)))
        elif path.is_file():
            shutil.copyfile(path, target / path.name)


def sweep(models: Path) -> None:
    """After a start: what killed processes left half written among the models goes."""
    for name in {*FOLDERS.values(), TRASH}:
        remove_partials(models / name)
    for gone in (models / DOWNLOADS).glob(f"{GONE}*"):
        shutil.rmtree(gone, ignore_errors=True)


def remove(models: Path, path: Path) -> str:
    """ "forgotten" for a model used in place, whose file stays; "trashed" for one of the folder,
    which moves into its trash. Raises WorldError for one that is neither, or cannot be moved."""
    if not _inside(models, path):
        if all(row.path != str(path) for row in read(models)):
            raise WorldError(
                f"{path.name} is not registered and not in the models folder.",
                "The built-in starter cannot be removed.",
            )
        change_list(models / FILE, lambda rows: _others(rows, path))
        return "forgotten"
    target = models / TRASH / f"{path.name}.{os.urandom(4).hex()}"
    with disk_refusals(f"{path.name} cannot be moved to the trash", "Close programs that use it."):
        target.parent.mkdir(exist_ok=True)
        move_new(path, target)
    if any(row.path == str(path) for row in read(models)):
        change_list(models / FILE, lambda rows: _others(rows, path))
    return "trashed"


def verify(
    models: Path, path: Path, kind: ModelKind, hearing: Callable[[int], None] = lambda done: None
) -> tuple[str, str]:
    """(state, sha256): "remembered" at the first time, then "unchanged" or "changed" against what
    was remembered. `hearing` gets bytes. Raises WorldError where the model cannot be read, or its
    hash not be noted."""
    import hashlib

    digest = hashlib.sha256()
    files = [path]
    if path.is_dir():
        files = [file for file in walk_files(path) if file.suffix == ".safetensors"]
    with disk_refusals(f"{path.name} cannot be read", "Check the disk, or get a new copy."):
        for file in sorted(files):
            for block in blocks_of(file):
                digest.update(block)
                hearing(len(block))
    now = digest.hexdigest()
    known = _known(read(models), path)
    if known is None or not known.sha256:
        known = _put(models, path, kind, lambda row: replace(row, sha256=row.sha256 or now))
        if known is None:
            return "remembered", now
    return ("unchanged" if known.sha256 == now else "changed"), now


def _known(rows: tuple[Registered, ...], path: Path) -> Registered | None:
    return next((row for row in rows if row.path == str(path)), None)


def choose_prediction(models: Path, path: Path, kind: ModelKind, prediction: str) -> None:
    """Remember what a person says a model predicts: "v" or "epsilon"; "" leaves it to the file.
    Raises WorldError where that cannot be written."""
    _put(models, path, kind, lambda row: replace(row, prediction=prediction))


def _put(
    models: Path, path: Path, kind: ModelKind, change: Callable[[Registered], Registered]
) -> Registered | None:
    """Change what is remembered of a model; the row where that changes nothing, else None.

    One of the models folder gets a row that is not in place.
    """
    same: list[Registered] = []

    def put(rows: list[Any]) -> list[Any]:
        at = next((at for at, row in enumerate(rows) if _others([row], path) == []), len(rows))
        before = (_row(rows[at]) if at < len(rows) else None) or Registered(str(path), kind, False)
        after = change(before)
        if after == before and at < len(rows):
            same.append(before)
            return rows
        kept = cast("dict[str, Any]", rows[at]) if at < len(rows) else {}
        return [*_others(rows, path), {**kept, **asdict(after)}]

    change_list(models / FILE, put)
    return same[0] if same else None
