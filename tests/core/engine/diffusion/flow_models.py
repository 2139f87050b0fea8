"""Tiny flow models with random weights as diffusers folders: Stable Diffusion 3, FLUX dev and
schnell, and one of a class without a wrapper."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch

from tests.core.engine.diffusion import ldm_files

WORDS = ["a", "red", "house", "on", "snow", "at", "night", "blue", "cat", "picture"]
VAE = ldm_files.VAE | {
    "latent_channels": 16,
    "scaling_factor": 1.5305,
    "shift_factor": 0.0609,
    "use_quant_conv": False,
    "use_post_quant_conv": False,
}
SD3 = {
    "sample_size": 8,
    "patch_size": 2,
    "in_channels": 16,
    "num_layers": 2,
    "attention_head_dim": 8,
    "num_attention_heads": 4,
    "joint_attention_dim": 96,
    "caption_projection_dim": 32,
    "pooled_projection_dim": 64,
    "out_channels": 16,
    "pos_embed_max_size": 32,
}
FLUX = {
    "patch_size": 1,
    "in_channels": 64,
    "num_layers": 1,
    "num_single_layers": 1,
    "attention_head_dim": 16,
    "num_attention_heads": 2,
    "joint_attention_dim": 96,
    "pooled_projection_dim": 32,
    "axes_dims_rope": [4, 6, 6],
}
SHIFTED = {
    "_class_name": "FlowMatchEulerDiscreteScheduler",
    "shift": 3.0,
    "num_train_timesteps": 1000,
}
DYNAMIC = SHIFTED | {
    "shift": 1.0,
    "use_dynamic_shifting": True,
    "base_shift": 0.5,
    "max_shift": 1.15,
    "base_image_seq_len": 256,
    "max_image_seq_len": 4096,
}


def t5_tokenizer(target: Path) -> None:
    """A word tokenizer in T5's manner: pad 0, end 1."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(
        models.Unigram(
            [
                ("<pad>", 0.0),
                ("</s>", 0.0),
                ("<unk>", 0.0),
                *((f"▁{word}", -1.0) for word in WORDS),
            ],
            unk_id=2,
        )
    )
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 1)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=made,
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
        model_max_length=512,
    ).save_pretrained(target)


def _text_parts(folder: Path, tokenizer: Path, kinds: dict[str, str]) -> None:
    from transformers import (
        CLIPTextConfig,
        CLIPTextModel,
        CLIPTextModelWithProjection,
        T5Config,
        T5EncoderModel,
    )

    for part, kind in kinds.items():
        place = folder / part.replace("text_encoder", "tokenizer")
        if kind == "t5":
            T5EncoderModel(
                T5Config(
                    vocab_size=len(WORDS) + 3,
                    d_model=96,
                    d_kv=8,
                    d_ff=64,
                    num_layers=2,
                    num_heads=4,
                )
            ).save_pretrained(folder / part)
            t5_tokenizer(place)
            continue
        config = CLIPTextConfig(
            **(ldm_files.TEXT | {"hidden_act": "gelu" if kind == "bigg" else "quick_gelu"})
        )
        (CLIPTextModel if kind == "plain" else CLIPTextModelWithProjection)(config).save_pretrained(
            folder / part
        )
        shutil.copytree(tokenizer, place)
        if kind == "bigg":
            ldm_files.pad_with_first(place)


def _written(
    folder: Path, pipeline: str, transformer: Any, parts: dict[str, str], scheduler: dict[str, Any]
) -> Path:
    from diffusers import AutoencoderKL

    transformer.eval().save_pretrained(folder / "transformer")
    AutoencoderKL.from_config(VAE).eval().save_pretrained(folder / "vae")
    (folder / "scheduler").mkdir()
    (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(scheduler))
    index: dict[str, Any] = {
        "_class_name": pipeline,
        "_diffusers_version": "0.42.1",
        "transformer": ["diffusers", type(transformer).__name__],
        "vae": ["diffusers", "AutoencoderKL"],
        "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
    }
    classes = {
        "plain": "CLIPTextModel",
        "bigg": "CLIPTextModelWithProjection",
        "projected": "CLIPTextModelWithProjection",
        "t5": "T5EncoderModel",
    }
    for part, kind in parts.items():
        index[part] = ["transformers", classes[kind]]
        index[part.replace("text_encoder", "tokenizer")] = [
            "transformers",
            "T5TokenizerFast" if kind == "t5" else "CLIPTokenizer",
        ]
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


def sd3(folder: Path, tokenizer: Path, *, t5: bool = True) -> Path:
    """Stable Diffusion 3 in small; without its T5 where not wanted."""
    from diffusers import SD3Transformer2DModel

    torch.manual_seed(3)
    folder.mkdir()
    parts = {"text_encoder": "projected", "text_encoder_2": "bigg"} | (
        {"text_encoder_3": "t5"} if t5 else {}
    )
    _text_parts(folder, tokenizer, parts)
    return _written(
        folder, "StableDiffusion3Pipeline", SD3Transformer2DModel(**SD3), parts, SHIFTED
    )


def flux(folder: Path, tokenizer: Path, *, dev: bool = True) -> Path:
    """FLUX.1 in small: dev is told its guidance."""
    from diffusers import FluxTransformer2DModel

    torch.manual_seed(4)
    folder.mkdir()
    parts = {"text_encoder": "plain", "text_encoder_2": "t5"}
    _text_parts(folder, tokenizer, parts)
    return _written(
        folder,
        "FluxPipeline",
        FluxTransformer2DModel(**FLUX, guidance_embeds=dev),
        parts,
        DYNAMIC if dev else SHIFTED | {"shift": 1.0},
    )


def chroma(folder: Path, tokenizer: Path) -> Path:
    """Chroma in small: a class that only diffusers' own pipeline runs."""
    from diffusers import ChromaTransformer2DModel

    torch.manual_seed(5)
    folder.mkdir()
    _text_parts(folder, tokenizer, {"text_encoder": "t5"})
    network = ChromaTransformer2DModel(
        **{k: v for k, v in FLUX.items() if k != "pooled_projection_dim"},
        approximator_num_channels=64,
        approximator_hidden_dim=32,
        approximator_layers=1,
    )
    return _written(folder, "ChromaPipeline", network, {"text_encoder": "t5"}, SHIFTED)
