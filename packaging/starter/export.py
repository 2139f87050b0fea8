"""Writes the trained starter into resources/starter: diffusers' folder format,
fp16 safetensors, preview map, word list.

python export.py DATA OUT TARGET
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

import denoiser
import numpy as np
import scenes
import torch
from diffusers import AutoencoderKL, DDIMScheduler
from safetensors.torch import save_file
from transformers import CLIPTokenizer

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("target", type=Path)
    options = parser.parse_args()
    target = options.target
    target.mkdir(parents=True, exist_ok=True)
    tokenizer = CLIPTokenizer.from_pretrained(options.out / "tokenizer")
    kept = torch.load(options.out / "denoiser.pt", map_location="cpu", weights_only=True)
    text, unet = denoiser.new_text_encoder(tokenizer), denoiser.new_unet()
    text.load_state_dict(kept["text"])
    unet.load_state_dict(kept["ema_unet"])
    vae = AutoencoderKL.from_pretrained(options.out / "vae")
    latents = torch.from_numpy(np.load(options.out / "latents_256.npy", mmap_mode="r")[:400].copy())
    pixels = (
        torch.from_numpy(np.load(options.data / "pixels.npy", mmap_mode="r")[:400].copy()).permute(
            0, 3, 1, 2
        )
        / 127.5
        - 1
    )
    previewer = fit(latents, pixels)
    for name, part in (("text_encoder", text), ("unet", unet), ("vae", vae)):
        shutil.rmtree(target / name, ignore_errors=True)
        part.half().save_pretrained(target / name)
        config = json.loads((target / name / "config.json").read_text())
        config.pop("_name_or_path", None)  # where it lay on the machine that trained it
        (target / name / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    shutil.copytree(options.out / "tokenizer", target / "tokenizer", dirs_exist_ok=True)
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
        if (options.out / companion).is_file():
            (target / companion).parent.mkdir(exist_ok=True)
            shutil.copy(options.out / companion, target / companion)
    save_file(
        {"weight": previewer.weight.contiguous(), "bias": previewer.bias.contiguous()},
        target / "preview.safetensors",
    )
    (target / "model_index.json").write_text(
        json.dumps(
            {
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
            },
            indent=1,
        )
        + "\n"
    )
    write_world(target)
    print(
        f"step {kept['step']}, {kept['spent']:.0f} s; "
        f"{sum(f.stat().st_size for f in target.rglob('*')) / 1e6:.1f} MB in {target}"
    )


if __name__ == "__main__":
    main()
