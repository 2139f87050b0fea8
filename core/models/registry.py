"""Models used in place: a list of paths beside the models folder's own files, and putting files in or out of that folder."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

from core.durable import replace_file
from core.errors import WorldError
from core.models.inspect import inspect

FOLDERS = {"checkpoint": "", "lora": "loras", "vae": "vae", "embedding": "embeddings",
           "controlnet": "controlnet", "upscaler": "upscale_models"}
FILE, TRASH = "registered.json", ".trash"
PREDICTIONS = ("v", "epsilon")
MAX_LIST = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Registered:
    """One model used in place, or a model of the folder whose hash is known or whose prediction a person chose."""

    path: str
    kind: str
    in_place: bool = True
    sha256: str = ""
    prediction: str = ""


def read(models: Path) -> tuple[Registered, ...]:
    """All that is registered; () where the list is missing or unreadable (the files themselves are never touched)."""
    return tuple(row for row in map(_row, read_list(models / FILE)) if row is not None)


def read_list(path: Path) -> list[Any]:
    """A JSON list; [] where it is missing, unreadable or no list."""
    try:
        if path.stat().st_size > MAX_LIST:
            return []
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return []
    return cast("list[Any]", found) if isinstance(found, list) else []


def _row(found: Any) -> Registered | None:
    if not isinstance(found, dict):
        return None
    row = cast("dict[str, Any]", found)
    path, kind, digest, prediction = row.get("path"), row.get("kind"), row.get("sha256", ""), row.get("prediction", "")
    if isinstance(path, str) and kind in FOLDERS and isinstance(digest, str):
        return Registered(path, str(kind), row.get("in_place") is not False, digest, prediction if prediction in PREDICTIONS else "")
    return None


def _write(models: Path, rows: tuple[Registered, ...]) -> None:
    write_list(models / FILE, [asdict(row) for row in rows])


def write_list(path: Path, rows: list[Any]) -> None:
    """Replace a JSON list, so that a crash leaves the old or the new one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, json.dumps(rows, indent=1).encode())
    except OSError as fault:
        raise WorldError(f"The list of models cannot be written: {fault.strerror or fault}.",
                         "Check the disk and its permissions.") from fault


def add(models: Path, path: Path, *, copy: bool = False) -> Path:
    """Register a model where it lies, or copy it in; where it is now. WorldError where it is no model that can be used."""
    if not path.exists():
        raise WorldError(f"There is no {path}.", "Check the path.")
    found = inspect(path)
    if found.kind not in FOLDERS:
        raise WorldError(f"{path.name} cannot be added: {' '.join(found.problems) or f'it is {found.kind}.'}",
                         "Models, LoRAs, VAEs, embeddings, ControlNets and upscalers can.")
    path = path.resolve()
    if copy:
        target = models / FOLDERS[found.kind] / path.name
        if target.exists():
            raise WorldError(f"{target} exists already.", "Rename the file first.")
        _copied(path, target)
        return target
    if not path.is_relative_to(models.resolve()):
        others = tuple(row for row in read(models) if row.path != str(path))
        _write(models, (*others, Registered(str(path), found.kind)))
    return path


def _copied(source: Path, target: Path) -> None:
    partial = target.with_name(target.name + ".partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, partial)
        else:
            shutil.copyfile(source, partial)
        os.replace(partial, target)
    except OSError as fault:
        shutil.rmtree(partial, ignore_errors=True)
        partial.unlink(missing_ok=True)
        raise WorldError(f"{source.name} cannot be copied: {fault.strerror or fault}.",
                         "Free some space, or use the model in place.") from fault


def remove(models: Path, path: Path) -> str:
    """"forgotten" for a model used in place, whose file stays; "trashed" for one of the folder, which moves into its trash."""
    rows = read(models)
    others = tuple(row for row in rows if row.path != str(path))
    if not path.is_relative_to(models.resolve()):
        if len(others) == len(rows):
            raise WorldError(f"{path.name} is not registered and not in the models folder.", "The built-in starter cannot be removed.")
        _write(models, others)
        return "forgotten"
    target = models / TRASH / f"{path.name}.{secrets.token_hex(4)}"
    try:
        target.parent.mkdir(exist_ok=True)
        os.replace(path, target)
    except OSError as fault:
        raise WorldError(f"{path.name} cannot be moved to the trash: {fault.strerror or fault}.", "Close programs that use it.") from fault
    if len(others) != len(rows):
        _write(models, others)
    return "trashed"


def verify(models: Path, path: Path, kind: str, hearing: Callable[[int], None] = lambda done: None) -> tuple[str, str]:
    """(state, sha256): "remembered" at the first time, then "unchanged" or "changed" against what was remembered."""
    digest = hashlib.sha256()
    files = sorted(path.rglob("*.safetensors")) if path.is_dir() else [path]
    try:
        for file in files:
            with open(file, "rb") as weights:
                while block := weights.read(2**22):
                    digest.update(block)
                    hearing(len(block))
    except OSError as fault:
        raise WorldError(f"{path.name} cannot be read: {fault.strerror or fault}.", "Check the disk, or get a new copy.") from fault
    now, rows = digest.hexdigest(), read(models)
    known = next((row for row in rows if row.path == str(path)), None)
    if known is not None and known.sha256:
        return ("unchanged" if known.sha256 == now else "changed"), now
    _put(models, path, kind, sha256=now)
    return "remembered", now


def choose_prediction(models: Path, path: Path, kind: str, prediction: str) -> None:
    """Remember what a person says a model predicts: "v" or "epsilon"; "" leaves it to the file."""
    _put(models, path, kind, prediction=prediction)


def _put(models: Path, path: Path, kind: str, **values: str) -> None:
    """Change what is remembered of a model; one of the models folder gets a row that is not in place."""
    rows = read(models)
    known = next((row for row in rows if row.path == str(path)), Registered(str(path), kind, False))
    _write(models, (*(other for other in rows if other.path != str(path)), replace(known, **values)))
