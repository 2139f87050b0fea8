"""Folders of models that other programs keep, used in place: which program's they are,
and where in them models lie.

Layouts: AUTOMATIC1111 and Forge (models/Stable-diffusion, models/Lora ...), ComfyUI
(models/checkpoints ... and what its extra_model_paths.yaml adds), InvokeAI (invokeai.yaml,
models/BASE/KIND or models/KEY), Hugging Face's cache (models--OWNER--NAME/snapshots/REVISION).
Anything else is searched as a plain folder.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from core.models.library.registry import FOLDERS, change_list, read_list
from core.system.errors import WorldError
from core.system.regular_files import can_be_path, is_partial, read_limited, resolved

FILE = "roots.json"
SUFFIXES = (".safetensors", ".ckpt")
MAX_YAML = 2**16  # bytes of extra_model_paths.yaml
MAX_DEPTH = 12  # folders within folders
MAX_FOUND = 50_000  # models of one folder
MAX_REF = 256  # bytes of refs/main
_A1111 = (
    "models/Stable-diffusion",
    "models/Lora",
    "models/LyCORIS",
    "models/VAE",
    "models/VAE-approx",
    "embeddings",
    "models/ControlNet",
    "extensions/sd-webui-controlnet/models",
    "models/ESRGAN",
    "models/RealESRGAN",
)
_COMFY = (
    "models/checkpoints",
    "models/loras",
    "models/vae",
    "models/vae_approx",
    "models/embeddings",
    "models/diffusers",
    "models/controlnet",
    "models/upscale_models",
)
_EXTRA_KINDS = (
    "checkpoints",
    "loras",
    "vae",
    "vae_approx",
    "embeddings",
    "diffusers",
    "controlnet",
    "upscale_models",
)
_SKIPPED = frozenset(
    {"__pycache__", "node_modules", "venv", ".venv", ".git", ".quarantine", ".downloads", ".trash"}
)


@dataclass(frozen=True, slots=True)
class ExternalFolder:
    """`program` is "A1111 or Forge", "ComfyUI", "InvokeAI", "Hugging Face cache" or "" for a plain
    folder; `folders` hold models."""

    path: Path
    program: str
    folders: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file or folder that may be a model; `name` is how its program calls it."""

    path: Path
    name: str


def detect(path: Path) -> ExternalFolder:
    """Whose folder this is."""
    spellings = ("models/Stable-diffusion", "models/stable-diffusion")
    if any(os.path.isdir(path / part) for part in spellings):
        return ExternalFolder(path, "A1111 or Forge", _there(path, _A1111))
    if os.path.isdir(path / "models" / "checkpoints") or os.path.isdir(path / "comfy"):
        extra = _extra(path / "extra_model_paths.yaml")
        return ExternalFolder(path, "ComfyUI", (*_there(path, _COMFY), *extra))
    if os.path.isfile(path / "invokeai.yaml"):
        return ExternalFolder(path, "InvokeAI", _there(path, ("models",)))
    for folder in (path / "hub", path):
        if _snapshots(folder):
            return ExternalFolder(path, "Hugging Face cache", (folder,))
    return ExternalFolder(path, "", (path,))


def usual_folders() -> tuple[Path, ...]:
    """Where other programs keep their models on most machines, as far as they are there."""
    home = Path.home()
    names = (
        "stable-diffusion-webui",
        "stable-diffusion-webui-forge",
        "sd-webui-forge",
        "ComfyUI",
        "comfyui",
        "invokeai",
        "InvokeAI",
        "Documents/ComfyUI",
        "AI/ComfyUI",
        "AI/stable-diffusion-webui",
    )
    folders: dict[Path, Path] = {}
    for place in (*(home / name for name in names), hub_cache()):
        try:
            if place.is_dir() and detect(place).program:
                folders.setdefault(place.resolve(), place)
        except OSError:
            continue
    return tuple(folders.values())


def hub_cache() -> Path:
    """Where Hugging Face's programs keep what they download, whether it is there or not."""
    if chosen := os.environ.get("HF_HUB_CACHE"):
        return Path(chosen)
    home = os.environ.get("HF_HOME") or os.path.expanduser("~/.cache/huggingface")
    return Path(home) / "hub"


def candidates(root: ExternalFolder) -> Iterator[Candidate]:
    """Every file or folder under the root that may be a model, in the order of their names."""
    count = 0
    for folder in root.folders:
        paths = _cached(folder) if root.program == "Hugging Face cache" else _walk(folder, 0, set())
        for candidate in paths:
            count += 1
            if count > MAX_FOUND:
                return
            yield candidate


def _there(path: Path, parts: tuple[str, ...]) -> tuple[Path, ...]:
    return tuple(path / part for part in parts if os.path.isdir(path / part))


def _walk(folder: Path, depth: int, seen: set[tuple[int, int]]) -> Iterator[Candidate]:
    """Files by suffix, and diffusers folders, which are not looked into further;
    no folder twice, however it is linked."""
    try:
        own = folder.stat()
        if depth > MAX_DEPTH or (own.st_dev, own.st_ino) in seen:
            return
        seen.add((own.st_dev, own.st_ino))
        with os.scandir(folder) as listing:
            items = sorted(listing, key=lambda item: item.name.lower())
    except OSError:
        return
    names = {item.name for item in items}
    if depth and "model_index.json" in names:
        yield Candidate(folder, folder.name)
        return
    for item in items:
        try:
            if item.is_dir():
                if item.name not in _SKIPPED and not is_partial(item.name):
                    yield from _walk(Path(item.path), depth + 1, seen)
            elif item.name.lower().endswith(SUFFIXES) and item.is_file():
                yield Candidate(Path(item.path), Path(item.name).stem)
        except OSError:
            continue


def _snapshots(cache: Path) -> bool:
    try:
        return cache.is_dir() and any(path.name.startswith("models--") for path in cache.iterdir())
    except OSError:
        return False


def _cached(cache: Path) -> Iterator[Candidate]:
    """The snapshot of each repository that its "main" points to, or its newest:
    a pipeline, else its single files."""
    for repo in sorted(cache.glob("models--*")):
        name = repo.name.removeprefix("models--").replace("--", "/", 1)
        times = {path: _folder_time(path) for path in (repo / "snapshots").glob("*")}
        shots = sorted((path for path, time in times.items() if time), key=times.__getitem__)
        if not shots:
            continue
        try:
            revision = read_limited(repo / "refs" / "main", MAX_REF).decode().strip()
            main = repo / "snapshots" / revision
        except (OSError, ValueError):
            main = shots[-1]
        shot = main if main in shots else shots[-1]
        if os.path.isfile(shot / "model_index.json"):
            if os.path.isdir(shot / "unet") or os.path.isdir(shot / "transformer"):
                yield Candidate(shot, name)
            continue
        for file in sorted(shot.glob("*.safetensors")):
            if os.path.isfile(file):
                yield Candidate(file, f"{name}/{file.stem}")


def _folder_time(path: Path) -> int:
    """When a folder was changed, in nanoseconds; 0 for what is none, or cannot be read."""
    try:
        status = path.stat()
    except OSError:
        return 0
    return max(status.st_mtime_ns, 1) if stat.S_ISDIR(status.st_mode) else 0


def _extra(path: Path) -> tuple[Path, ...]:
    """The folders that ComfyUI's extra_model_paths.yaml adds; () where it is
    missing or makes no sense."""
    import yaml

    try:
        sections = yaml.safe_load(read_limited(path, MAX_YAML).decode("utf-8"))
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        # ValueError: too large, no UTF-8, an impossible date
        return ()
    folders: list[Path] = []
    for section in cast("dict[Any, Any]", sections).values() if isinstance(sections, dict) else ():
        if not isinstance(section, dict):
            continue
        table = cast("dict[Any, Any]", section)
        base = path.parent / _expanded(table.get("base_path"))
        for kind in _EXTRA_KINDS:
            lines = table.get(kind)
            for line in lines.splitlines() if isinstance(lines, str) else ():
                if line.strip():
                    folders.append(resolved(base / _expanded(line.strip())))
    return tuple(dict.fromkeys(folder for folder in folders if os.path.isdir(folder)))


def _expanded(text: object) -> Path:
    """A path as written there; only a text is one (an alias of YAML may stand
    for a list of a billion)."""
    return Path(os.path.expanduser(os.path.expandvars(text))) if isinstance(text, str) else Path()


def linked_folders(models: Path) -> tuple[Path, ...]:
    """The folders of other programs that a person linked."""
    return tuple(
        Path(text)
        for text in read_list(models / FILE)
        if isinstance(text, str) and text and can_be_path(text)
    )


def link_folder(models: Path, path: Path) -> ExternalFolder:
    """Use the models of a folder in place. Raises WorldError where it holds none, or the list
    cannot be written."""
    from core.models.files.inspection import inspect

    root = detect(resolved(path))
    if not any(
        inspection.kind in FOLDERS or inspection.variant == "pickle"
        for candidate in candidates(root)
        if (inspection := inspect(candidate.path))
    ):
        raise WorldError(
            f"{path} holds no models.",
            "Choose the folder of AUTOMATIC1111, ComfyUI, InvokeAI, or one with model files.",
        )
    change_list(
        models / FILE,
        lambda rows: [*(row for row in rows if row != str(root.path)), str(root.path)],
    )
    return root


def folder_moved(models: Path, old: Path, new: Path) -> None:
    """A linked folder lies elsewhere now. Raises WorldError where that cannot be written."""
    if old in linked_folders(models):
        change_list(
            models / FILE, lambda rows: [str(new) if row == str(old) else row for row in rows]
        )


def unlink_folder(models: Path, path: Path) -> bool:
    """Forget a linked folder, which stays as it is; whether it was linked. Raises WorldError where
    that cannot be written."""
    names = {str(path), str(resolved(path))}
    if not any(str(other) in names for other in linked_folders(models)):
        return False
    change_list(models / FILE, lambda rows: [row for row in rows if row not in names])
    return True
