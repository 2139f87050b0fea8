"""What the golden set is made of: recipes of all samplers, schedules, families and ways, and the
starter and tiny models with random weights that they are rendered with."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SMALL: dict[str, Any] = {
    "width": 64,
    "height": 96,
    "sampler": "euler",
    "schedule": "simple",
    "steps": 3,
    "guidance": 3.0,
    "prompt": "a red house on snow",
}
ODD: dict[str, Any] = SMALL | {"width": 72, "height": 104}
LONG = "a (red:1.3) house, [old] " + "and a blue cat, " * 30
FREEU = (1.3, 1.4, 0.9, 0.2)
FOUR = "starter-4-steps"
# the families of tiny models that an inspection cannot tell
FAMILY = {
    "sd15": "sd15",
    "sd21": "sd21",
    "sdxl": "sdxl",
    "inpaint": "sd15",
    "instruct": "sd15",
    "xl-inpaint": "sdxl",
    "xl-refiner": "sdxl-refiner",
    "twin": "starter",
}


@dataclass(frozen=True)
class Recipe:
    """A model by name, what differs from the common request, and the files beside the model:
    LoRAs with their weights, an embedding, another autoencoder, a refiner. `prediction` is what a
    person says that the network predicts."""

    model: str
    values: Mapping[str, Any] = field(default_factory=dict)
    loras: tuple[tuple[str, float], ...] = ()
    embedding: str = ""
    vae: str = ""
    refiner: str = ""
    weights: str = "full"
    mode: str = ""
    prediction: str = ""


def recipes() -> dict[str, Recipe]:
    """By name; the name says whose way it is."""
    return _samplers_and_families() | _other_ways() | _inputs() | _files() | _memory() | _requests()


def _samplers_and_families() -> dict[str, Recipe]:
    from core.sampling.samplers import SAMPLERS
    from core.sampling.schedules import SCHEDULES

    found: dict[str, Recipe] = {}
    for sampler in SAMPLERS:
        values = {"sampler": sampler, "schedule": "karras"}
        found[f"calotype {sampler}"] = Recipe("starter", values)
    for schedule in SCHEDULES:
        if schedule != "karras":
            found[f"calotype dpmpp_2m {schedule}"] = Recipe("starter", {"schedule": schedule})
    for family in ("sd15", "sd21", "sdxl", "sd3", "dev", "schnell", "chroma"):
        found[f"calotype {family}"] = Recipe(family, SMALL)
    values = SMALL | {"prompt": LONG, "clip_skip": 2}
    found["calotype weights and chunks"] = Recipe("sd15", values)
    return found


def _other_ways() -> dict[str, Recipe]:
    found: dict[str, Recipe] = {}
    for ways in ("a1111", "comfyui"):
        for sampler in ("ddim", "unipc", "lcm", "lms", "dpm_fast", "euler_ancestral"):
            values = {"sampler": sampler, "compatibility": ways, "schedule": "discrete"}
            found[f"{ways} {sampler}"] = Recipe("starter", values)
    values = SMALL | {"prompt": LONG, "compatibility": "a1111"}
    found["a1111 weights"] = Recipe("sd15", values)
    return found


def _inputs() -> dict[str, Recipe]:
    """Sizes, and networks with further input channels."""
    found = {
        f"calotype {family} odd size": Recipe(family, ODD)
        for family in ("starter", "sd15", "sd21", "sdxl")
    }
    for family in ("sd3", "dev"):  # these take multiples of 16
        found[f"calotype {family} odd size"] = Recipe(family, ODD | {"width": 80, "height": 112})
    for model in ("inpaint", "instruct", "xl-inpaint"):
        found[f"calotype {model}"] = Recipe(model, SMALL)
    found["calotype inpaint odd size"] = Recipe("inpaint", ODD)
    found["calotype inpaint with a tiny vae"] = Recipe("inpaint", SMALL, vae="taesd")
    wide = {"width": 192, "height": 64}
    found["calotype starter wide"] = Recipe("starter", wide)
    return found


def _files() -> dict[str, Recipe]:
    """What a person lays beside a model."""
    few = {"sampler": "lcm", "schedule": "sgm_uniform", "steps": 4, "guidance": 1.0}
    at_half = {"refiner_at": 0.5, "steps": 4}
    found = {
        "starter lora": Recipe("starter", few, loras=((FOUR, 1.0),)),
        "starter lora half": Recipe("starter", few, loras=((FOUR, 0.5),)),
        "sd15 lora": Recipe("sd15", SMALL, loras=(("style", 0.8),)),
        "sd15 two loras": Recipe("sd15", SMALL, loras=(("style", 0.8), ("hada", -0.6))),
        "sd15 after loras": Recipe("sd15", SMALL | {"seed": 12}),
        "sd15 embedding": Recipe("sd15", _saying("a golden-word house"), embedding="golden-word"),
        "sd15 embedding in brackets": Recipe(
            "sd15", _saying("a (golden-word:1.3) house"), embedding="golden-word"
        ),
        "starter vae": Recipe("starter", {"steps": 3}, vae="bright"),
        "starter tiny vae": Recipe("starter", {"steps": 3}, vae="taesd"),
        "sd15 vae of the original layout": Recipe("sd15", SMALL, vae="original"),
        "sd15 tiny vae": Recipe("sd15", ODD, vae="taesd"),
        "refiner": Recipe("starter", at_half, refiner="twin"),
        "sdxl with its refiner": Recipe("sdxl", SMALL | at_half, refiner="xl-refiner"),
        "xl-refiner alone": Recipe("xl-refiner", SMALL),
    }
    return {f"calotype {name}": recipe for name, recipe in found.items()}


def _saying(prompt: str) -> dict[str, Any]:
    return SMALL | {"prompt": prompt}


def _memory() -> dict[str, Recipe]:
    """Ways to make do with little memory: slices, tiles and eight bits."""
    large = SMALL | {"width": 576, "height": 520, "steps": 1}
    four = {"steps": 4, "guidance": 2.0}
    found = {
        "starter sliced": Recipe("starter", {"steps": 3}, mode="sliced"),
        "sd15 sliced": Recipe("sd15", SMALL, mode="sliced"),
        "sdxl sliced": Recipe("sdxl", ODD, mode="sliced"),
        "sd15 sliced in tiles": Recipe("sd15", large, mode="sliced"),
        "inpaint sliced": Recipe("inpaint", SMALL, mode="sliced"),
        "starter eight bits": Recipe("starter", {"steps": 3}, weights="8bit"),
        "starter eight bits lora": Recipe("starter", four, loras=((FOUR, 1.0),), weights="8bit"),
        "starter eight bits sliced": Recipe("starter", {"steps": 3}, weights="8bit", mode="sliced"),
        "sdxl eight bits": Recipe("sdxl", SMALL, weights="8bit"),
    }
    return {f"calotype {name}": recipe for name, recipe in found.items()}


def _requests() -> dict[str, Recipe]:
    """Fields of a request that reach into the networks or around them."""
    from core.values.noise import Noise

    batch = {"compatibility": "comfyui", "noise": Noise(batch_size=3, batch_index=2)}
    varied = {"noise": Noise(variation_seed=3, variation_strength=0.4), "steps": 3}
    found = {
        "starter freeu": Recipe("starter", {"freeu": FREEU, "steps": 3}),
        "sd15 freeu": Recipe("sd15", ODD | {"freeu": FREEU}),
        "sdxl freeu": Recipe("sdxl", SMALL | {"freeu": FREEU}),
        "starter after freeu": Recipe("starter", {"steps": 3}),
        "starter without guidance": Recipe("starter", {"guidance": 1.0, "steps": 3}),
        "starter guidance interval": Recipe(
            "starter", {"guidance_from": 0.2, "guidance_until": 0.7}
        ),
        "starter guidance rescale": Recipe("starter", {"guidance_rescale": 0.7, "steps": 3}),
        "sd15 unequal texts": Recipe("sd15", SMALL | {"prompt": LONG}),
        "sd15 equal long texts": Recipe("sd15", SMALL | {"prompt": LONG, "negative_prompt": LONG}),
        "sd21 clip skip": Recipe("sd21", SMALL | {"clip_skip": 2}),
        "sdxl clip skip": Recipe("sdxl", SMALL | {"clip_skip": 3}),
        "sd15 clip skip 3": Recipe("sd15", SMALL | {"clip_skip": 3}),
        "starter variation": Recipe("starter", varied),
        "sd15 v prediction": Recipe("sd15", SMALL | {"steps": 4}, prediction="v"),
        "sdxl long": Recipe("sdxl", SMALL | {"prompt": LONG, "negative_prompt": "fog"}),
    }
    others = {
        "comfyui batch": Recipe("starter", batch),
        "comfyui sd15 batch": Recipe("sd15", SMALL | batch),
        "comfyui weights": Recipe("sdxl", SMALL | {"prompt": LONG, "compatibility": "comfyui"}),
    }
    return {f"calotype {name}": recipe for name, recipe in found.items()} | others


def build(folder: Path) -> None:
    """Lays all models and files into `folder`, always the same; what is there is left."""
    if (folder / "whole").is_file():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _build_models(folder)
    _build_files(folder)
    (folder / "whole").touch()


def _build_models(folder: Path) -> None:
    from core.system.paths import RESOURCES
    from tests.core.engine.diffusion import flow_models, ldm_files

    tokenizer = RESOURCES / "starter" / "tokenizer"
    sd15, xl = ldm_files.FAMILIES["sd15"], ldm_files.FAMILIES["sdxl"]
    ldm_files.FOLDERS |= {
        "inpaint": sd15 | {"unet": ldm_files.SD | {"in_channels": 9}},
        "instruct": sd15 | {"unet": ldm_files.SD | {"in_channels": 8}},
        "xl-inpaint": xl | {"unet": ldm_files.XL | {"in_channels": 9}},
        "xl-refiner": xl
        | {
            "unet": ldm_files.XL
            | {"cross_attention_dim": 64, "projection_class_embeddings_input_dim": 1280 + 40}
        },
    }
    for family in (*ldm_files.FAMILIES, "inpaint", "instruct", "xl-inpaint", "xl-refiner"):
        ldm_files.folder_of(family, folder / family, tokenizer)
    for part in ("text_encoder", "tokenizer"):  # it has the second one only
        shutil.rmtree(folder / "xl-refiner" / part)
    flow_models.sd3(folder / "sd3", tokenizer)
    flow_models.flux(folder / "dev", tokenizer)
    flow_models.flux(folder / "schnell", tokenizer, dev=False)
    flow_models.chroma(folder / "chroma", tokenizer)
    shutil.copytree(RESOURCES / "starter", folder / "twin")
    _brightened(folder / "twin" / "unet", "conv_out.bias", 0.4)


def _brightened(folder: Path, name: str, by: float) -> None:
    from safetensors.torch import load_file, save_file

    file = next(folder.glob("*.safetensors"))
    tensors = load_file(file)
    tensors[name] = tensors[name] + by
    os.remove(file)  # it may be mapped
    save_file(tensors, file)


def _build_files(folder: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    from core.system.paths import RESOURCES
    from tests.core.engine.diffusion import ldm_files

    shutil.copytree(RESOURCES / "starter" / "vae", folder / "bright-vae")
    _brightened(folder / "bright-vae", "decoder.conv_out.bias", 0.3)
    file = next((folder / "bright-vae").glob("*.safetensors"))
    file.rename(folder / "bright.safetensors")
    shutil.rmtree(folder / "bright-vae")
    shutil.copy(RESOURCES / "starter" / "loras" / f"{FOUR}.safetensors", folder)
    whole = load_file(ldm_files.file_of("sd15", folder / "one.safetensors"))
    first = "first_stage_model."
    part = {name: tensor for name, tensor in whole.items() if name.startswith(first)}
    save_file(part, folder / "original.safetensors")
    (folder / "one.safetensors").unlink()
    torch.manual_seed(5)
    save_file({"emb_params": torch.randn(3, 32)}, folder / "golden-word.safetensors")
    save_file(_tiny_autoencoder(), folder / "taesd.safetensors")
    save_file(_adapter(folder / "sd15", hada=False), folder / "style.safetensors")
    save_file(_adapter(folder / "sd15", hada=True), folder / "hada.safetensors")


def _tiny_autoencoder() -> dict[str, Any]:
    import torch
    from diffusers import AutoencoderTiny

    torch.manual_seed(3)
    network = AutoencoderTiny(latent_channels=4)
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


def _adapter(model: Path, *, hada: bool) -> dict[str, Any]:
    """A LoRA, or a LoHa, of random small changes on every third layer of denoiser and encoder."""
    import torch
    from safetensors.torch import load_file

    torch.manual_seed(6)
    found: dict[str, Any] = {}
    for part, prefix in (("unet", "lora_unet_"), ("text_encoder", "lora_te_")):
        weights = load_file(next((model / part).glob("*.safetensors")))
        layers = [name for name, weight in sorted(weights.items()) if weight.ndim in (2, 4)]
        chosen = [name for name in layers if "embed" not in name and name.endswith(".weight")]
        for name in chosen[hada::3]:
            spelt = prefix + name.removesuffix(".weight").replace(".", "_")
            found |= _change(spelt, weights[name].shape, hada=hada)
    return {name: tensor.contiguous() for name, tensor in found.items()}


def _change(layer: str, shape: tuple[int, ...], *, hada: bool) -> dict[str, Any]:
    import torch

    out, into, *window = shape
    if hada:
        columns = into * (window[0] * window[1] if window else 1)
        sides = {"a": (out, 2), "b": (2, columns)}
        return {
            f"{layer}.hada_w{number}_{side}": torch.randn(*size) * 0.2
            for number in (1, 2)
            for side, size in sides.items()
        } | {f"{layer}.alpha": torch.tensor(1.0)}
    return {
        f"{layer}.lora_down.weight": torch.randn(2, into, *window) * 0.1,
        f"{layer}.lora_up.weight": torch.randn(out, 2, *(1 for _ in window)) * 0.1,
        f"{layer}.alpha": torch.tensor(2.0),
    }
