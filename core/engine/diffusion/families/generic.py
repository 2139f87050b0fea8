"""Models without a wrapper of ours: their own diffusers pipeline makes the picture,
with progress and cancelling.

Only classes of `core.models.files.diffusers_folder.PIPELINES` that diffusers itself brings; code
from a model's folder is never run. Sampler, schedule and noise are the pipeline's own, so such
pictures ignore those fields of the recipe.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError

from core.engine.diffusion.families.flow import number_format
from core.engine.diffusion.families.source import weight_bytes
from core.engine.diffusion.parts import eight_bit
from core.engine.diffusion.parts.device import ComputeDevice, Versions, library_versions
from core.engine.diffusion.parts.noise import cpu_generator
from core.models.files.diffusers_folder import PIPELINES, config_of
from core.prompt.tokens.pieces import without_surrogates
from core.system.errors import InvalidRequest, ModelMissing, WorldError
from core.values.picture import Pixels
from core.values.request import Request
from core.values.request_parts.hires import BY_HAND
from core.values.resolved_request import ResolvedRequest

Stepped = Callable[[int], None]


@dataclass(slots=True)
class GenericPipeline:
    """A pipeline in memory; all networks but the autoencoder count as the denoiser's:
    they are on the device together."""

    path: str
    compute: ComputeDevice
    pipeline: Any
    vae_path: str = ""

    @property
    def networks(self) -> Versions:
        """All are diffusers' and transformers'."""
        return library_versions()

    def parts(self, name: str) -> list[Any]:
        """The autoencoder under "vae", everything else under "unet"."""
        if name == "text":
            return []
        return [
            part
            for key, part in self.pipeline.components.items()
            if isinstance(part, torch.nn.Module) and (key == "vae") == (name == "vae")
        ]

    def use_vae(self, path: str) -> None:
        """Only its own. Raises InvalidRequest for any other."""
        if path:
            raise InvalidRequest(
                "vae", "This model decodes with its own VAE only.", "Leave the VAE out."
            )

    def render(self, request: ResolvedRequest, stepped: Stepped) -> Pixels:
        """The picture; `stepped` hears of each step done and may raise to cancel.

        Raises InvalidRequest for what the pipeline knows nothing of or refuses, WorldError where
        its numbers overflow, and what `stepped` raises.
        """
        _check(request)
        self.pipeline.set_progress_bar_config(disable=True)
        given = self._arguments(request, stepped)
        try:
            values = np.asarray(self.pipeline(**given).images[0], dtype=np.float32)
        except ValueError as fault:  # the pipeline's own check of sizes and texts
            raise InvalidRequest(
                "size",
                f"{type(self.pipeline).__name__} refused the request: {str(fault)[:200]}.",
                "Change what it names.",
            ) from fault
        if not np.isfinite(values).all():
            raise WorldError(
                "The picture's numbers overflowed.",
                "Run the job again; if it stays, use --device cpu.",
            )
        rgb = (values.clip(0, 1) * 255).round().astype(np.uint8)
        return Pixels(rgb.shape[1], rgb.shape[0], rgb.tobytes())

    def _arguments(self, request: ResolvedRequest, stepped: Stepped) -> dict[str, Any]:
        """The request as far as this pipeline's call has names for it."""
        known = inspect.signature(self.pipeline.__call__).parameters

        def after(_: Any, step: int, __: Any, values: dict[str, Any]) -> dict[str, Any]:
            stepped(step + 1)
            return values

        wanted: dict[str, Any] = {
            "prompt": without_surrogates(request.prompt),
            "negative_prompt": without_surrogates(request.negative_prompt) or None,
            "width": request.width,
            "height": request.height,
            "num_inference_steps": request.steps,
            "guidance_scale": request.guidance,
            "generator": cpu_generator(request.seed),
            "output_type": "np",
            "callback_on_step_end": after,
            "callback": lambda step, *_: stepped(step + 1),
        }
        if "true_cfg_scale" in known and "guidance_scale" not in known:
            wanted["true_cfg_scale"] = request.guidance
        return {
            name: value for name, value in wanted.items() if name in known and value is not None
        }


def _check(request: Request) -> None:
    """Raises InvalidRequest for what no pipeline of its own is handed."""
    if request.loras:
        raise InvalidRequest(
            "loras",
            "LoRAs for this family of models cannot be used yet.",
            "Take the LoRA out of the prompt.",
        )
    if request.refiner or request.freeu is not None:
        raise InvalidRequest(
            "refiner" if request.refiner else "freeu",
            "This model runs through its own pipeline, which knows neither refiner nor FreeU.",
            "Leave them out.",
        )
    if request.start.source or request.hires.mode == BY_HAND:
        raise InvalidRequest(
            "start" if request.start.source else "hires",
            "This model runs through its own pipeline, which starts from no picture.",
            "Choose another model.",
        )


def load(path: str, compute: ComputeDevice, loading: Callable[[], None]) -> GenericPipeline:
    """The pipeline a folder declares. Raises ModelMissing where its class is not allowed,
    or a part is missing or damaged."""
    import diffusers
    from diffusers.utils.logging import disable_progress_bar

    folder = Path(path)
    name = str(config_of(folder, "model_index.json").get("_class_name", ""))
    if name not in PIPELINES or not hasattr(diffusers, name):
        raise ModelMissing(
            f'{folder.name} is made for "{name or "no pipeline"}", which Calotype does not run.',
            "Choose another model.",
        )
    disable_progress_bar()
    dtype = number_format(replace(compute, eight_bit=False), weight_bytes(folder))
    try:
        pipeline = getattr(diffusers, name).from_pretrained(
            folder, local_files_only=True, use_safetensors=True, torch_dtype=dtype
        )
    except (
        OSError,
        ValueError,
        ImportError,
        KeyError,
        RuntimeError,
        AttributeError,
        TypeError,
        SafetensorError,
    ) as fault:
        raise ModelMissing(
            f"{folder.name} cannot be loaded: {str(fault)[:200]}",
            "Get a complete copy of the model.",
        ) from fault
    loading()
    if compute.eight_bit:
        for key, part in pipeline.components.items():
            if isinstance(part, torch.nn.Module) and key != "vae":
                eight_bit.quantise(part)
    return GenericPipeline(path, compute, pipeline.to(compute.device))
