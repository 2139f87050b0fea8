"""Which loader takes a model: one row for each class of denoiser that has a wrapper of its own;
others run as diffusers' pipelines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from core.engine.diffusion.families import flow, generic, sd
from core.engine.diffusion.families.generic import GenericPipeline
from core.engine.diffusion.families.model import Model
from core.engine.diffusion.parts.device import ComputeDevice
from core.models.files.diffusers_folder import config_of

Load = Callable[[str, ComputeDevice, Callable[[], None]], Model | GenericPipeline]
TRANSFORMERS: dict[str, Load] = {
    "SD3Transformer2DModel": flow.load,
    "FluxTransformer2DModel": flow.load,
}


def load(path: str, compute: ComputeDevice, loading: Callable[[], None]) -> Model | GenericPipeline:
    """The model at `path` in memory; `loading` hears after each part.
    Raises ModelMissing where a part is missing or damaged."""
    transformer = Path(path) / "transformer"
    if not transformer.is_dir():
        return sd.load(path, compute, loading)
    name = str(config_of(transformer).get("_class_name", ""))
    load_family = TRANSFORMERS.get(name, generic.load)
    return load_family(path, compute, loading)
