"""What pictures of other programs say, in their forms and in words of our own, and what of it must
be read: (format, texts, fields, words of sentences about the rest).
"""

from __future__ import annotations

from core.values.lora import Lora
from core.values.noise import Noise
from core.values.request_parts.hires import Hires
from core.values.request_parts.start_picture import StartPicture
from tests.core.metadata.readers import graphs
from tests.core.metadata.readers.sample_texts import (
    FOOOCUS,
    INVOKE,
    INVOKE_2,
    RUINED,
    SWARM,
    Sample,
    one,
)
from tests.core.metadata.readers.service_samples import SERVICES

SAMPLES: dict[str, Sample] = SERVICES | {
    "InvokeAI": Sample(
        "invokeai",
        one("invokeai_metadata", INVOKE),
        {
            "prompt": "a (lit:1.3) (lamp:1.21) on a desk round",
            "negative_prompt": "\\[dust\\]",
            "width": 896,
            "height": 1152,
            "seed": 31,
            "noise": Noise("philox"),
            "guidance": 5.5,
            "guidance_rescale": 0.2,
            "steps": 28,
            "sampler": "dpmpp_2m_sde",
            "schedule": "karras",
            "clip_skip": 2,
            "tiling": "x",
            "model": "Lamp XL",
            "loras": (Lora("brass", 0.65),),
            "vae": "soft vae",
        },
        ("spelt anew", "controlnets: canny"),
    ),
    "InvokeAI 3": Sample(
        "invokeai",
        one(
            "invokeai_metadata",
            {
                **INVOKE,
                "generation_mode": "img2img",
                "strength": 0.4,
                "loras": [{"lora": {"model_name": "brass", "base_model": "sdxl"}, "weight": 0.5}],
                "model": {"model_name": "Lamp XL", "base_model": "sdxl"},
                "scheduler": "euler",
            },
        ),
        {
            "model": "Lamp XL",
            "loras": (Lora("brass", 0.5),),
            "start": StartPicture(strength=0.4),
            "schedule": "discrete",
        },
        ("start picture", "model's own"),
    ),
    "InvokeAI 2": Sample(
        "invokeai",
        one("sd-metadata", INVOKE_2),
        {
            "prompt": "a lamp",
            "negative_prompt": "dust, webs",
            "steps": 40,
            "guidance": 7.5,
            "seed": 77,
            "width": 640,
            "height": 512,
            "sampler": "euler_ancestral",
            "model": "lamp-1.5",
            "noise": Noise("cpu"),
        },
        ("perlin: 0.1",),
    ),
    "InvokeAI 1": Sample(
        "invokeai",
        {"Dream": '"a lamp [dust]" -s 50 -S 1234 -W 512 -H 640 -C 7.5 -A k_lms'},
        {
            "prompt": "a lamp",
            "negative_prompt": "dust",
            "steps": 50,
            "seed": 1234,
            "width": 512,
            "height": 640,
            "guidance": 7.5,
            "sampler": "lms",
        },
    ),
    "Fooocus": Sample(
        "fooocus",
        {**one("parameters", FOOOCUS), "fooocus_scheme": "fooocus"},
        {
            "prompt": "a lamp",
            "negative_prompt": "dust",
            "seed": 2**53 + 1,
            "steps": 30,
            "guidance": 4.0,
            "width": 1152,
            "height": 896,
            "clip_skip": 2,
            "sampler": "dpmpp_2m_sde",
            "schedule": "karras",
            "model": "lampXL",
            "loras": (Lora("brass", 0.1),),
            "refiner": "lamp refiner",
            "refiner_at": 0.6,
            "compatibility": "comfyui",
        },
        ("sharpness: 2", "styles"),
    ),
    "Fooocus, the web UI's scheme": Sample(
        "fooocus",
        {
            "parameters": "a lamp\nNegative prompt: dust\nSteps: 30, Sampler: DPM++ 2M SDE Karras, "
            "Seed: 7, Size: 896x1152, CFG scale: 4, Sharpness: 2, Model: lampXL, "
            "Model hash: 0123456789, Performance: Speed, "
            "Version: Fooocus v2.5.0",
            "fooocus_scheme": "a1111",
        },
        {
            "prompt": "a lamp",
            "sampler": "dpmpp_2m_sde",
            "schedule": "karras",
            "width": 896,
            "seed": 7,
            "compatibility": "comfyui",
        },
        ("Sharpness: 2",),
    ),
    "Fooocus' log": Sample(
        "fooocus",
        one(
            "parameters",
            {
                "Prompt": "a lamp",
                "Negative Prompt": "dust",
                "Performance": "Speed",
                "Resolution": "(1152, 896)",
                "Guidance Scale": 4.0,
                "Base Model": "lampXL.safetensors",
                "Refiner Model": "None",
                "Sampler": "dpmpp_2m_sde_gpu",
                "Scheduler": "karras",
                "Seed": 3,
                "LoRA 1": "brass.safetensors : 0.25",
                "ADM Guidance": "(1.5, 0.8, 0.3)",
            },
        ),
        {"steps": 30, "seed": 3, "width": 1152, "loras": (Lora("brass", 0.25),)},
        ("steps: those of speed",),
    ),
    "RuinedFooocus": Sample(
        "fooocus",
        one("parameters", RUINED),
        {
            "prompt": "a lamp",
            "negative_prompt": "dust",
            "steps": 30,
            "guidance": 8.0,
            "width": 1152,
            "height": 896,
            "seed": 2,
            "sampler": "dpmpp_3m_sde",
            "schedule": "karras",
            "loras": (Lora("brass", 0.5),),
            "clip_skip": 1,
        },
    ),
    "SwarmUI": Sample(
        "swarmui",
        one("parameters", SWARM),
        {
            "prompt": "a lamp",
            "negative_prompt": "dust",
            "seed": 5,
            "steps": 20,
            "guidance": 6.0,
            "width": 1248,
            "height": 1824,
            "clip_skip": 2,
            "model": "lampXL",
            "loras": (Lora("brass", 0.8), Lora("desk", 0.4)),
            "hires": Hires("by_hand", 1.5, 8, 0.4, "lanczos"),
            "compatibility": "comfyui",
        },
    ),
    "SwarmUI with its graph": Sample(
        "swarmui",
        {
            **one("parameters", {"sui_image_params": {"prompt": "a lamp", "seed": 5, "steps": 26}}),
            **graphs.text(graphs.plain()),
        },
        {"prompt": "a lamp", "seed": 5, "sampler": "dpmpp_2m", "width": 768},
        ("seed: the picture's other recipe",),
    ),
}
