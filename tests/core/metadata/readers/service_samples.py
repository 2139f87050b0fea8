"""The same for services, and for programs of few people's."""

from __future__ import annotations

from core.values.lora import Lora
from core.values.noise import Noise
from tests.core.metadata.readers.sample_texts import (
    BEE,
    DRAW_THINGS,
    EASY,
    LINES,
    LISTED,
    NOVELAI_TEXTS,
    SPACE,
    TENSOR,
    Sample,
    one,
)

SERVICES: dict[str, Sample] = {
    "NovelAI": Sample(
        "novelai",
        NOVELAI_TEXTS,
        {
            "prompt": "a (lit:1.05) lamp, ((dim:0.9524):0.9524), (desk:1.5)",
            "negative_prompt": "dust",
            "steps": 23,
            "seed": 2156638429,
            "guidance": 5.0,
            "guidance_rescale": 0.3,
            "width": 768,
            "height": 1024,
            "sampler": "euler_ancestral",
            "schedule": "karras",
        },
        ("a moth", "sm: True", "spelt anew"),
    ),
    "NovelAI, older": Sample(
        "novelai",
        {
            "Software": "NovelAI",
            "Description": "a lamp",
            "Source": "Stable Diffusion 1D44365E",
            "Comment": '{"steps": 28, "sampler": "k_euler", "seed": 6, "strength": 0.69, '
            '"noise": 0.667, "scale": 11.0, "uc": ""}',
        },
        {"prompt": "a lamp", "steps": 28, "sampler": "euler", "seed": 6, "guidance": 11.0},
        ("strength: 0.69",),
    ),
    "NovelAI in one object": Sample(
        "novelai",
        one("parameters", NOVELAI_TEXTS),
        {"seed": 2156638429, "steps": 23},
    ),
    "Draw Things": Sample(
        "drawthings",
        one("xmp:UserComment", DRAW_THINGS),
        {
            "prompt": "a lamp",
            "negative_prompt": "dust",
            "seed": 2**32 - 1,
            "guidance": 6.5,
            "steps": 18,
            "width": 768,
            "height": 1024,
            "sampler": "dpmpp_2m",
            "schedule": "karras",
            "model": "lamp_xl_q8p",
            "clip_skip": 2,
            "loras": (Lora("brass_lora_f16", 0.6),),
        },
        ("seed_mode",),
    ),
    "Easy Diffusion": Sample(
        "easydiffusion",
        one("parameters", EASY),
        {
            "prompt": "a lamp",
            "negative_prompt": "dust",
            "seed": 12,
            "steps": 25,
            "guidance": 7.5,
            "width": 512,
            "height": 768,
            "sampler": "dpmpp_2m",
            "schedule": "karras",
            "model": "lamp-1.5",
            "clip_skip": 2,
            "loras": (Lora("brass", 0.4),),
        },
    ),
    "Easy Diffusion's chunks": Sample(
        "easydiffusion",
        {key: str(value) for key, value in EASY.items() if not isinstance(value, list)},
        {
            "prompt": "a lamp",
            "seed": 12,
            "steps": 25,
            "guidance": 7.5,
            "width": 512,
            "model": "lamp-1.5",
        },
    ),
    "Easy Diffusion's lines": Sample(
        "easydiffusion",
        {"parameters": LISTED},
        {
            "prompt": "a lamp",
            "negative_prompt": "dust",
            "seed": 8,
            "steps": 21,
            "height": 640,
            "guidance": 7.0,
            "sampler": "euler_ancestral",
            "model": "lamp",
        },
    ),
    "TensorArt": Sample(
        "tensorart",
        one("generation_data", TENSOR),
        {
            "prompt": "a lamp",
            "negative_prompt": "dust",
            "seed": 445,
            "steps": 25,
            "guidance": 7.0,
            "width": 768,
            "height": 1152,
            "sampler": "dpmpp_2m",
            "schedule": "karras",
            "clip_skip": 2,
            "model": "lampXL_v2",
            "loras": (Lora("brass_v1", 0.8),),
        },
    ),
    "a space": Sample(
        "huggingface",
        one("metadata", SPACE),
        {
            "prompt": "a lamp",
            "negative_prompt": "dust",
            "seed": 99,
            "steps": 28,
            "guidance": 7.0,
            "width": 832,
            "height": 1216,
            "sampler": "euler_ancestral",
            "model": "Lamp XL 3",
        },
        ("use_upscaler", "sdxl_style"),
    ),
    "DiffusionBee": Sample(
        "diffusionbee",
        one("parameters", BEE),
        {
            "prompt": "a lamp",
            "negative_prompt": "dust",
            "seed": 3,
            "steps": 25,
            "guidance": 7.5,
            "width": 512,
            "height": 704,
            "sampler": "ddim",
            "model": "lamp",
        },
    ),
    "stable-diffusion.cpp": Sample(
        "sdcpp",
        {"parameters": LINES},
        {
            "prompt": "a lamp",
            "negative_prompt": "dust",
            "seed": 42,
            "steps": 20,
            "guidance": 7.0,
            "width": 512,
            "height": 768,
            "sampler": "euler_ancestral",
            "schedule": "karras",
            "noise": Noise("philox"),
        },
    ),
    "Midjourney": Sample(
        "elsewhere",
        {
            "Description": "a lamp, brass --ar 3:2 --v 6 "
            "Job ID: 01234567-89ab-cdef-0123-456789abcdef"
        },
        {"prompt": "a lamp, brass"},
        ("--ar 3:2", "made elsewhere"),
    ),
    "a service": Sample("elsewhere", {"Software": "DALL-E 3"}, {}, ("by DALL-E",)),
    "a mark alone": Sample(
        "elsewhere",
        {
            "xmp:DigitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
        },
        {},
        ("made elsewhere",),
    ),
}
