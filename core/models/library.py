"""Which models are here: the starter inside the program, and diffusers folders in the models folder or named by path."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from core.engine.schedules import training_alphas_cumprod
from core.errors import ModelMissing
from core.job import ModelRef
from core.models.families import FAMILIES, Family
from core.models.inspect import inspect
from core.paths import RESOURCES

STARTER_ID = "starter"
_PARTS = ("unet", "vae", "text_encoder", "tokenizer")
_WEIGHTS = "*.safetensors"
MAX_CONFIG = 2**20
_BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "num_train_timesteps": 1000}


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model as `models list` shows it; `state` is "ready" or a sentence that says what is missing."""

    id: str
    name: str
    family: str
    kind: str
    source: str
    path: str
    bytes: int
    state: str
    license: str

    def ref(self) -> ModelRef:
        """What a job carries; ModelMissing where the model is not ready."""
        if self.state != "ready":
            raise ModelMissing(f'The model "{self.name}" cannot be used: {self.state}', "Choose another model, or complete its folder.")
        return ModelRef(self.id, self.name, self.family, self.path, content_hash(self.path))

    def alphas_cumprod(self) -> tuple[float, ...]:
        """The training noise as its scheduler configuration gives it; Stable Diffusion's where it says nothing."""
        config = _config(Path(self.path) / "scheduler", "scheduler_config.json")
        start, end, steps = (config.get(key, default) for key, default in _BETAS.items())
        if isinstance(start, float) and isinstance(end, float) and isinstance(steps, int) and 0 < start < end < 1 and 1 < steps <= 10_000:
            return training_alphas_cumprod(start, end, steps)
        return training_alphas_cumprod()

    @property
    def family_row(self) -> Family:
        """The row of its family."""
        return FAMILIES[self.family]


def _config(folder: Path, name: str = "config.json") -> dict[str, Any]:
    """A folder's config.json as a dict, {} where it is missing, large or foreign."""
    path = folder / name
    try:
        if path.stat().st_size > MAX_CONFIG:
            return {}
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _family_of(folder: Path) -> str:
    unet = _config(folder / "unet")
    width = unet.get("cross_attention_dim")
    if (folder / "text_encoder_2").is_dir():
        return "unsupported"
    return {768: "sd15", 1024: "sd21"}.get(width, "sd-unknown") if isinstance(width, int) else "sd-unknown"


def _state_of(folder: Path) -> str:
    for part in _PARTS:
        if not (folder / part).is_dir():
            return f"its folder {part} is missing."
        if part != "tokenizer" and not any((folder / part).glob(_WEIGHTS)):
            return f"{part} has no .safetensors weights."
        if part != "tokenizer" and not _config(folder / part):
            return f"{part}/config.json is missing or unreadable."
    return "ready"


def _entry(folder: Path, model_id: str, name: str, source: str, family: str = "", license: str = "") -> ModelEntry:
    family = family or _family_of(folder)
    state = _state_of(folder)
    if family == "unsupported":
        family, state = "sd-unknown", "models with two text encoders are not supported yet."
    size = sum(f.stat().st_size for f in folder.rglob(_WEIGHTS))
    return ModelEntry(model_id, name, family, "checkpoint", source, str(folder), size, state, license)


@lru_cache(maxsize=64)
def content_hash(folder: str) -> str:
    """sha256 over the weight files' names, sizes and headers: cheap, and different for different weights of one shape."""
    digest = hashlib.sha256()
    for path in sorted(Path(folder).rglob(_WEIGHTS)):
        with open(path, "rb") as weights:
            data = weights.read(2**16)
            weights.seek(max(0, path.stat().st_size - 2**16))
            digest.update(path.relative_to(folder).as_posix().encode() + data + weights.read(2**16))
        digest.update(str(path.stat().st_size).encode())
    return digest.hexdigest()


class Library:
    """Looks at the disk each time it is asked: a folder put in place is there at once."""

    def __init__(self, models: Path, starter: Path = RESOURCES / "starter") -> None:
        self._models, self._starter = models, starter

    def entries(self) -> tuple[ModelEntry, ...]:
        """The starter first, then every diffusers folder in the models folder by name."""
        found = [_entry(self._starter, STARTER_ID, "Starter", "built in", "starter", "Apache-2.0")]
        if self._models.is_dir():
            for folder in sorted(self._models.iterdir()):
                if (folder / "model_index.json").is_file() or (folder / "unet").is_dir():
                    found.append(_entry(folder, folder.name, folder.name, "models folder"))
        return tuple(found)

    def find(self, model: str) -> ModelEntry:
        """The model of this id or path; ModelMissing otherwise."""
        entries = self.entries()
        for entry in entries:
            if entry.id == model:
                return entry
        path = Path(model).expanduser()
        if ("/" in model or "\\" in model or path.is_absolute()) and path.is_dir():
            return _entry(path.resolve(), str(path.resolve()), path.name, "path")
        if path.is_file():
            raise ModelMissing(f"{path.name} is a single file, which this version cannot load yet.", "Use a diffusers folder.")
        raise ModelMissing(f'There is no model "{model}".', f"Choose one of: {', '.join(e.id for e in entries)}; or give a folder's path.")

    def loras(self) -> tuple[ModelRef, ...]:
        """The adapters at hand: those that come with the starter, then the files in the models folder's "loras"."""
        found = [ModelRef(path.stem, path.stem, "starter", str(path)) for path in sorted((self._starter / "loras").glob("*.safetensors"))]
        folder = self._models / "loras"
        if folder.is_dir():
            found += [ModelRef(path.stem, path.stem, "", str(path)) for path in sorted(folder.rglob("*.safetensors"))]
        return tuple(found)

    def find_lora(self, lora: str) -> ModelRef:
        """The adapter of this name or path; ModelMissing where there is none or the file is no LoRA."""
        path = Path(lora).expanduser()
        ref = next((ref for ref in self.loras() if ref.id == lora), None)
        if ref is None and path.is_file():
            ref = ModelRef(lora, path.stem, "", str(path.resolve()))
        if ref is None:
            known = ", ".join(one.id for one in self.loras())
            raise ModelMissing(f'There is no LoRA "{lora}".',
                               f"Known: {known}." if known else "Put the file into the models folder, under loras.")
        found = inspect(Path(ref.path))
        if found.kind != "lora":
            raise ModelMissing(f"{Path(ref.path).name} is no LoRA but {found.kind}.", " ".join(found.problems) or "Choose another file.")
        return ref
