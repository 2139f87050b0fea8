"""Texts of other programs, in their forms and in words of our own."""

from __future__ import annotations

import json
from typing import Any, NamedTuple


class Sample(NamedTuple):
    """One picture's texts and their meaning."""

    format: str
    texts: dict[str, str]
    fields: dict[str, object]
    notes: tuple[str, ...] = ()


def one(key: str, value: Any) -> dict[str, str]:
    """A value as JSON under one key."""
    return {key: json.dumps(value)}


INVOKE = {
    "generation_mode": "sdxl_txt2img",
    "positive_prompt": "a (lit)1.3 lamp++ on a desk (round)",
    "negative_prompt": "[dust]",
    "width": 896,
    "height": 1152,
    "seed": 31,
    "rand_device": "cuda",
    "cfg_scale": 5.5,
    "cfg_rescale_multiplier": 0.2,
    "steps": 28,
    "scheduler": "dpmpp_2m_sde_k",
    "clip_skip": 1,
    "seamless_x": True,
    "seamless_y": False,
    "model": {
        "key": "k",
        "hash": "blake3:" + "ab" * 32,
        "name": "Lamp XL",
        "base": "sdxl",
        "type": "main",
    },
    "loras": [{"model": {"name": "brass", "hash": "blake3:cd"}, "weight": 0.65}],
    "controlnets": [{"control_model": {"name": "canny"}, "control_weight": 0.5}],
    "vae": {"name": "soft vae"},
    "app_version": "5.4.1",
}
INVOKE_2 = {
    "model": "stable diffusion",
    "model_weights": "lamp-1.5",
    "model_hash": "12" * 32,
    "app_version": "v2.3.5",
    "image": {
        "prompt": [{"prompt": "a lamp [dust, webs]", "weight": 1.0}],
        "steps": 40,
        "cfg_scale": 7.5,
        "threshold": 0,
        "perlin": 0.1,
        "height": 512,
        "width": 640,
        "seed": 77,
        "seamless": False,
        "type": "txt2img",
        "sampler": "k_euler_a",
        "variations": [],
    },
}
FOOOCUS = {
    "adm_guidance": "(1.5, 0.8, 0.3)",
    "base_model": "lampXL",
    "base_model_hash": "0123456789",
    "clip_skip": 2,
    "full_prompt": ["a lamp, studio"],
    "guidance_scale": 4,
    "loras": [["brass", 0.1, "abcdef0123"]],
    "metadata_scheme": "fooocus",
    "negative_prompt": "dust",
    "performance": "Speed",
    "prompt": "a lamp",
    "refiner_model": "lamp refiner",
    "refiner_switch": 0.6,
    "resolution": "(1152, 896)",
    "sampler": "dpmpp_2m_sde_gpu",
    "scheduler": "karras",
    "seed": "9007199254740993",
    "sharpness": 2,
    "steps": 30,
    "styles": "['Plain']",
    "vae": "Default (model)",
    "version": "Fooocus v2.5.0",
}
SWARM = {
    "sui_image_params": {
        "prompt": "a lamp",
        "negativeprompt": "dust",
        "model": "XL/lampXL.safetensors",
        "seed": 5,
        "steps": 20,
        "cfgscale": 6.0,
        "width": 832,
        "height": 1216,
        "sampler": "euler_ancestral",
        "scheduler": "karras",
        "clipstopatlayer": -2,
        "loras": ["light/brass", "desk"],
        "loraweights": ["0.8", "0.4"],
        "refinercontrolpercentage": 0.4,
        "refinermethod": "PostApply",
        "refinerupscale": 1.5,
        "refinerupscalemethod": "pixel-lanczos",
        "automaticvae": True,
        "swarm_version": "0.9.5",
    },
    "sui_models": [{"name": "lampXL.safetensors", "param": "model", "hash": "0x" + "ab" * 32}],
}
NOVELAI = {
    "prompt": "a {lit} lamp, [[dim]], 1.5::desk::",
    "steps": 23,
    "height": 1024,
    "width": 768,
    "scale": 5.0,
    "cfg_rescale": 0.3,
    "seed": 2156638429,
    "n_samples": 1,
    "noise_schedule": "karras",
    "sampler": "k_euler_ancestral",
    "uc": "dust",
    "request_type": "PromptGenerateRequest",
    "sm": True,
    "v4_prompt": {"caption": {"base_caption": "a", "char_captions": [{"char_caption": "a moth"}]}},
}
NOVELAI_TEXTS = {
    "Software": "NovelAI",
    "Source": "NovelAI Diffusion V4.5 C02D4F98",
    "Description": "a {lit} lamp",
    "Comment": json.dumps(NOVELAI),
}
DRAW_THINGS = {
    "c": "a lamp",
    "uc": "dust",
    "model": "lamp_xl_q8p.ckpt",
    "sampler": "DPM++ 2M Karras",
    "seed": 4294967295,
    "seed_mode": "Scale Alike",
    "scale": 6.5,
    "steps": 18,
    "size": "768x1024",
    "strength": 1,
    "lora": [{"model": "brass_lora_f16.ckpt", "weight": 0.6}],
    "v2": {"clipSkip": 2},
    "profile": {"total": 3},
}
EASY = {
    "prompt": "a lamp",
    "negative_prompt": "dust",
    "seed": 12,
    "num_inference_steps": 25,
    "guidance_scale": 7.5,
    "width": 512,
    "height": 768,
    "use_stable_diffusion_model": "C:\\models\\lamp-1.5.ckpt",
    "sampler_name": "dpmpp_2m",
    "scheduler_name": "karras",
    "use_lora_model": ["brass"],
    "lora_alpha": [0.4],
    "use_face_correction": None,
    "output_format": "png",
    "clip_skip": True,
}
TENSOR = {
    "prompt": "a lamp",
    "negativePrompt": "dust",
    "width": 768,
    "height": 1152,
    "imageCount": 1,
    "steps": 25,
    "samplerName": "DPM++ 2M Karras",
    "cfgScale": 7,
    "seed": "445",
    "clipSkip": 2,
    "sdVae": "Automatic",
    "baseModel": {"label": "Lamp", "modelFileName": "lampXL_v2", "hash": "0123456789"},
    "models": [
        {"label": "Brass", "type": "LORA", "modelFileName": "brass_v1", "weight": 0.8, "hash": "ab"}
    ],
}
SPACE = {
    "prompt": "a lamp",
    "negative_prompt": "dust",
    "resolution": "832 x 1216",
    "guidance_scale": 7,
    "num_inference_steps": 28,
    "seed": 99,
    "sampler": "Euler a",
    "sdxl_style": "(None)",
    "use_upscaler": {"upscale_by": 1.5},
    "Model": {"Model": "Lamp XL 3", "Model hash": "0123456789"},
}
BEE = {
    "prompt": "a lamp",
    "negative_prompt": "dust",
    "img_width": 512,
    "img_height": 704,
    "ddim_steps": 25,
    "guidance_scale": 7.5,
    "seed": 3,
    "sampler": "ddim",
    "model_tdict_path": "/Users/x/lamp.tdict",
    "num_imgs": 1,
}
RUINED = {
    "Prompt": "a lamp",
    "Negative": "dust",
    "steps": 30,
    "cfg": 8,
    "width": 1152,
    "height": 896,
    "seed": 2,
    "sampler_name": "dpmpp_3m_sde_gpu",
    "scheduler": "karras",
    "base_model_name": "lampXL.safetensors",
    "base_model_hash": "0123456789",
    "loras": [["abcdef", "0.5 - brass.safetensors"]],
    "denoise": "",
    "clip_skip": 1,
    "software": "RuinedFooocus",
}
LINES = (
    "a lamp\nNegative prompt: dust\nSteps: 20, CFG scale: 7.0, Guidance: 3.5, Eta: 0.0, Seed: 42, "
    "Size: 512x768, "
    "Model: lamp.safetensors, RNG: cuda, Sampler: euler_a karras, Version: stable-diffusion.cpp"
)
LISTED = (
    "Prompt: a lamp\nNegative Prompt: dust\nSeed: 8\nStable Diffusion model: lamp\nWidth: 512\n"
    "Height: 640\n"
    "Steps: 21\nGuidance Scale: 7.0\nSampler: euler_a"
)
