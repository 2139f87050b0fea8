"""Stable Diffusion with one text encoder (1.x, 2.x, the starter): loads a diffusers folder, decodes its latents."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from core.engine.diffusion.conditioning import TextTower
from core.engine.diffusion.device import Place
from core.engine.diffusion.lora import Adapted
from core.engine.diffusion.preview import Previewer
from core.engine.diffusion.tiny import load_tiny
from core.engine.schedules import NoiseTable, training_alphas_cumprod
from core.errors import ModelMissing, WorldError
from core.picture import Pixels

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")


@dataclass(slots=True)
class Loaded:
    """A model in memory, ready to run at `place`."""

    path: str
    place: Place
    tower: TextTower
    unet: Any
    vae: Any
    table: NoiseTable
    prediction: str
    previewer: Previewer | None
    adapted: Adapted


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as fault:
        raise ModelMissing(f"{path} cannot be read: {fault}.", "Get a complete copy of the model.") from fault
    if not isinstance(found, dict):
        raise ModelMissing(f"{path} is not a configuration.", "Get a complete copy of the model.")
    return {key: value for key, value in found.items() if not key.startswith("_")}


def _weights(folder: Path) -> dict[str, torch.Tensor]:
    """All tensors of a part; the full-precision file where a half-precision twin lies beside it."""
    files = sorted(folder.glob("*.safetensors"))
    plain = [f for f in files if ".fp16." not in f.name] or files
    tensors: dict[str, torch.Tensor] = {}
    for file in plain:
        try:
            tensors |= load_file(file)
        except (OSError, SafetensorError) as fault:
            raise ModelMissing(f"{file.name} in {folder.name} is damaged: {fault}.", "Get a new copy of the model.") from fault
    return tensors


def _network(kind: Any, folder: Path, place: Place, dtype: torch.dtype) -> Any:
    """A diffusers network built without initialising it, its weights put in place."""
    config = _json(folder / "config.json")
    try:
        with torch.device("meta"):
            network = kind.from_config(config)
        weights = {name: tensor.to(dtype) for name, tensor in _renamed(_weights(folder)).items()}
        network.load_state_dict(weights, assign=True, strict=True)
    except (RuntimeError, TypeError, ValueError) as fault:
        raise ModelMissing(f"The weights in {folder.name} do not fit its configuration.", "Get a complete copy of the model.") from fault
    return network.to(place.device).eval().requires_grad_(False)


def _renamed(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Early diffusers folders name the autoencoder's attention differently; the tensors are the same."""
    old = {".query.": ".to_q.", ".key.": ".to_k.", ".value.": ".to_v.", ".proj_attn.": ".to_out.0."}
    if not any(".mid_block.attentions.0.query." in f".{name}" for name in weights):
        return weights

    def new(name: str) -> str:
        if "mid_block.attentions" in name:
            for before, after in old.items():
                name = name.replace(before, after)
        return name

    return {new(name): tensor.squeeze(-1).squeeze(-1) if "mid_block.attentions" in name and tensor.ndim == 4 else tensor
            for name, tensor in weights.items()}


def _tower(folder: Path, place: Place) -> TextTower:
    from transformers.models.clip.modeling_clip import CLIPTextModel
    from transformers.models.clip.tokenization_clip import CLIPTokenizer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    try:
        tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True)
        encoder = CLIPTextModel.from_pretrained(folder / "text_encoder", local_files_only=True, use_safetensors=True, dtype=torch.float32)
    except (OSError, ValueError, SafetensorError) as fault:
        raise ModelMissing(f"The text encoder of {folder.name} cannot be loaded.", "Get a complete copy of the model.") from fault
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    return TextTower(tokenizer, encoder.to(place.device).eval().requires_grad_(False), pad)


def _noise(folder: Path) -> tuple[NoiseTable, str]:
    """The training noise and what the network predicts, from the scheduler's configuration."""
    path = folder / "scheduler" / "scheduler_config.json"
    config = _json(path) if path.is_file() else {}
    betas = float(config.get("beta_start", 0.00085)), float(config.get("beta_end", 0.012)), int(config.get("num_train_timesteps", 1000))
    return NoiseTable(training_alphas_cumprod(*betas)), str(config.get("prediction_type", "epsilon"))


def _previewer(folder: Path) -> Previewer | None:
    path = folder / "preview.safetensors"
    if not path.is_file():
        return None
    tensors = load_file(path)
    return Previewer(tensors["weight"], tensors["bias"], load_tiny(folder))


def load(path: str, place: Place, loading: Any) -> Loaded:
    """Load a diffusers folder; `loading` hears after each part. ModelMissing where a part is missing or damaged."""
    from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
    from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

    folder = Path(path)
    tower = _tower(folder, place)
    loading()
    unet = _network(UNet2DConditionModel, folder / "unet", place, place.dtype)
    loading()
    vae = _network(AutoencoderKL, folder / "vae", place, torch.float32)
    loading()
    table, prediction = _noise(folder)
    if prediction not in ("epsilon", "v_prediction"):
        raise ModelMissing(f'The model predicts "{prediction}", which this version does not know.', "Choose another model.")
    return Loaded(path, place, tower, unet, vae, table, prediction, _previewer(folder), Adapted(unet, (tower.encoder,)))


@torch.no_grad()
def decode(model: Loaded, latents: torch.Tensor) -> tuple[Pixels, torch.Tensor]:
    """The picture of latents (1, 4, h, w), and its values (1, 3, 8h, 8w) in [-1, 1] on the CPU."""
    scaled = latents / model.vae.config.scaling_factor
    values = model.vae.decode(scaled.to(model.vae.dtype), return_dict=False)[0].float().clamp(-1, 1).cpu()
    if not torch.isfinite(values).all():
        raise WorldError("The decoder's numbers overflowed and gave no picture.", "Run the job again; if it stays, use --device cpu.")
    rgb = ((values[0] + 1) * 127.5).round().byte().permute(1, 2, 0).contiguous()
    return Pixels(rgb.shape[1], rgb.shape[0], rgb.numpy().tobytes()), values
