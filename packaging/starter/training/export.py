"""Writes the trained starter into resources/starter: diffusers' folder format,
fp16 safetensors, preview map, word list.

python -m starter.training.export DATA OUT TARGET
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.modeling_utils import ModelMixin
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from safetensors.torch import save_file
from transformers import CLIPTextModel, CLIPTokenizer

from starter.drawing import scenes
from starter.training import denoiser, words

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
from core.engine.diffusion.parts.preview import fit

EXAMPLES = (
    "a yellow boat on water at sunset",
    "a green tree on grass with mountains in daylight",
    "a watercolour of a green tree on grass at sunset",
    "three red balloons at dawn",
    "a purple mushroom on sand with mountains",
    "a blue umbrella on sand in daylight with a sun",
    "a red house on snow at night",
    "a white star at night with stars",
)


MODEL_INDEX = {
    "_class_name": "StableDiffusionPipeline",
    "_diffusers_version": "0.42.1",
    "feature_extractor": [None, None],
    "image_encoder": [None, None],
    "requires_safety_checker": False,
    "safety_checker": [None, None],
    "scheduler": ["diffusers", "DDIMScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}


def write_world(target: Path) -> None:
    """What the window tells people the starter knows."""
    world = {
        "subjects": scenes.SUBJECTS,
        "forms": sorted(scenes.PLURALS.values()),
        "colours": tuple(scenes.COLOURS),
        "places": (
            "on grass, sand, snow, water or stone",
            "in daylight, at sunset, at night or at dawn",
            "with mountains, clouds, a moon, a sun or stars",
            "in rain, fog or snowfall",
            "in warm or cold light",
            "small or huge, two or three of them",
            "wooden, glass, metal, striped or spotted",
            "one left of, above, behind or on top of another",
            "close-up or wide view",
            "as a flat illustration, pencil sketch, watercolour or pixel art",
        ),
        "examples": EXAMPLES,
    }
    (target / "world.json").write_text(json.dumps(world, indent=1) + "\n")


def trained(out: Path) -> tuple[CLIPTextModel, UNet2DConditionModel, str]:
    """The networks of OUT/denoiser.pt, and a word on how long they were trained."""
    kept = torch.load(out / "denoiser.pt", map_location="cpu", weights_only=True)
    text = words.new_text_encoder(CLIPTokenizer.from_pretrained(out / "tokenizer"))
    text.load_state_dict(kept["text"])
    unet = denoiser.new_unet()
    unet.load_state_dict(kept["ema_unet"])
    return text, unet, f"step {kept['step']}, {kept['spent']:.0f} s"


def write_network(network: CLIPTextModel | ModelMixin, folder: Path) -> None:
    """In fp16, without a word of where it lay on the machine that trained it."""
    shutil.rmtree(folder, ignore_errors=True)
    network.half().save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    config.pop("_name_or_path", None)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def write_previewer(data: Path, out: Path, target: Path) -> None:
    """The linear map of previews, fitted to the first 400 drawings."""
    latents = np.load(out / "latents_256.npy", mmap_mode="r")[:400]
    pixels = np.load(data / "pixels.npy", mmap_mode="r")[:400]
    pictures = torch.from_numpy(pixels.copy()).permute(0, 3, 1, 2) / 127.5 - 1
    previewer = fit(torch.from_numpy(latents.copy()), pictures)
    save_file(
        {"weight": previewer.weight.contiguous(), "bias": previewer.bias.contiguous()},
        target / "preview.safetensors",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("target", type=Path)
    options = parser.parse_args()
    out = options.out
    target = options.target
    target.mkdir(parents=True, exist_ok=True)
    text, unet, how_long = trained(out)
    write_previewer(options.data, out, target)
    write_network(text, target / "text_encoder")
    write_network(unet, target / "unet")
    write_network(AutoencoderKL.from_pretrained(out / "vae"), target / "vae")
    shutil.copytree(out / "tokenizer", target / "tokenizer", dirs_exist_ok=True)
    scheduler = DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        clip_sample=False,
        set_alpha_to_one=False,
    )
    scheduler.save_pretrained(target / "scheduler")
    for companion in ("tiny_decoder.safetensors", "loras/starter-4-steps.safetensors"):
        if (out / companion).is_file():
            (target / companion).parent.mkdir(exist_ok=True)
            shutil.copy(out / companion, target / companion)
    (target / "model_index.json").write_text(json.dumps(MODEL_INDEX, indent=1) + "\n")
    write_world(target)
    size = sum(file.stat().st_size for file in target.rglob("*")) / 1e6
    print(f"{how_long}; {size:.1f} MB in {target}")


if __name__ == "__main__":
    main()
