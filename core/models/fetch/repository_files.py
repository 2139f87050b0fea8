"""Which files of a hub's repository make a model: configurations, tokenizers and safetensors.

Weights come in half precision where it is offered; never pickles and never code.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import PurePosixPath
from typing import Any

from core.models.fetch.hub_api import Repo, RepoFile
from core.system.errors import InvalidRequest, WorldError
from core.system.json_files import list_or_empty

MAX_FILES = 500  # of a pipeline
_NEVER = frozenset({"safety_checker", "feature_extractor", "image_encoder"})
_WEIGHTS = re.compile(
    r"(?:model|diffusion_pytorch_model)(?:\.(?P<early>fp16|bf16))?(?:-\d{5}-of-\d{5})?"
    r"(?:\.(?P<late>fp16|bf16))?\.safetensors"
)
_WEIGHTED = ("unet", "transformer", "vae", "text_encoder", "text_encoder_2", "text_encoder_3")
_TEXTS = (".json", ".txt", ".model")


def plain_name(name: str) -> str:
    """A name for a file or folder that is safe on every system."""
    kept = re.sub(r"[^\w .+()-]", "_", name).strip(" .")[:120]
    if not kept or re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", kept):
        kept = f"model {kept}".strip()
    return kept


def files_of(info: Repo) -> dict[str, RepoFile]:
    """The files by their paths; only paths that stay inside the model's folder."""
    return {file.path: file for file in info.files if _stays_inside(file.path)}


def _stays_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return (
        not path.is_absolute()
        and ".." not in path.parts
        and "\\" not in name
        and path.as_posix() == name
        and all(part == plain_name(part) for part in path.parts)
    )


def singles(files: Collection[str]) -> list[str]:
    """The safetensors files that lie in no folder."""
    return [path for path in files if "/" not in path and path.endswith(".safetensors")]


def only_file(files: Collection[str], repo: str) -> str:
    """The one safetensors file of a repository that is no pipeline. Raises InvalidRequest where
    there are several, WorldError where there is none."""
    candidates = singles(files)
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        raise InvalidRequest(
            "file",
            f"{repo} holds several models: {', '.join(candidates[:12])}.",
            "Choose one of them with --file NAME.",
        )
    pickles = [path for path in files if path.endswith((".ckpt", ".pt", ".bin", ".pth"))]
    if pickles:
        raise WorldError(
            f"{repo} offers its weights only as pickles, which can run programs hidden in them.",
            "Look for a safetensors version of the model.",
        )
    raise WorldError(f"{repo} holds no model that Calotype knows.", "Choose another repository.")


def needed(files: Collection[str], index: Mapping[str, Any], repo: str) -> list[str]:
    """The files of a pipeline that are needed, weights in half precision where they are offered.

    `index` is its model_index.json. Raises WorldError where it brings code, lacks safetensors, or
    wants too many files.
    """
    chosen = ["model_index.json"]
    for part in _parts(index):
        inside = _directly_in(part, files)
        _refuse_code(inside, repo)
        weights = _weights(inside)
        if not weights:
            _refuse_pickles(inside, part, repo)
            _refuse_missing_weights(part, repo)
        chosen += _texts(inside, weights) + weights
    _refuse_too_many(chosen, repo)
    return chosen


def _parts(index: Mapping[str, Any]) -> list[str]:
    """The parts that a pipeline's index declares, without those that are empty or never used."""
    parts: list[str] = []
    for part, declared in index.items():
        pair = list_or_empty(declared)
        if len(pair) == 2 and None not in pair and not part.startswith("_") and part not in _NEVER:
            parts.append(part)
    return parts


def _directly_in(part: str, files: Collection[str]) -> list[str]:
    return [
        path
        for path in files
        if path.startswith(f"{part}/") and "/" not in path.removeprefix(f"{part}/")
    ]


def _refuse_code(inside: list[str], repo: str) -> None:
    if any(path.endswith(".py") for path in inside):
        raise WorldError(
            f"{repo} brings program code, which Calotype never runs.", "Choose another model."
        )


def _refuse_pickles(inside: list[str], part: str, repo: str) -> None:
    if any(path.endswith((".bin", ".msgpack", ".ckpt", ".pt")) for path in inside):
        raise WorldError(
            f"{repo} offers its {part} only as a pickle, which can run programs hidden in it.",
            "Look for a safetensors version of the model.",
        )


def _refuse_missing_weights(part: str, repo: str) -> None:
    if part in _WEIGHTED:
        raise WorldError(f"{repo} lacks the weights of its {part}.", "Choose another model.")


def _refuse_too_many(chosen: list[str], repo: str) -> None:
    if len(chosen) > MAX_FILES:
        raise WorldError(
            f"{repo} wants {len(chosen)} files; no model needs that many.", "Choose another model."
        )


def _texts(inside: list[str], weights: list[str]) -> list[str]:
    """Configurations and tokenizers; of the lists of shards those of the chosen weights only."""
    lists = {
        f"{path.rpartition('/')[0]}/{name}"
        for path in weights
        if "-of-" in path
        for name in _indexes(path.rpartition("/")[2])
    }
    return [
        path
        for path in inside
        if path.endswith(_TEXTS) and (".index." not in path or path in lists)
    ]


def _indexes(shard: str) -> tuple[str, ...]:
    """How the list of shards beside this one may be called."""
    stem = re.sub(r"-\d{5}-of-\d{5}", "", shard).removesuffix(".safetensors")
    usual = f"{stem}.safetensors.index.json"
    plain = stem.removesuffix(".fp16")
    return (usual,) if stem == plain else (usual, f"{plain}.safetensors.index.fp16.json")


def _weights(inside: list[str]) -> list[str]:
    """One set of safetensors of a part: half precision, else the plain one."""
    known = {
        path: match for path in inside if (match := _WEIGHTS.fullmatch(path.rsplit("/", 1)[1]))
    }
    by_kind: dict[str, list[str]] = {}
    for path, match in known.items():
        by_kind.setdefault(match["early"] or match["late"] or "plain", []).append(path)
    return by_kind.get("fp16") or by_kind.get("plain") or by_kind.get("bf16") or []
