"""CLIP's text encoders of a model, each with its tokenizer."""

from __future__ import annotations

from pathlib import Path

import torch

from core.engine.diffusion.families.original_names import Tensors
from core.engine.diffusion.families.source import FolderSource, ModelSource
from core.engine.diffusion.networks.clip import ClipTextEncoder
from core.engine.diffusion.parts.conditioning import TextTower
from core.engine.diffusion.parts.device import ComputeDevice, ready
from core.prompt.tokens.clip_tokenizer import ClipTokenizer, load_tokenizer
from core.system.errors import ModelMissing

_COMPLETE = "Get a complete copy of the model."


def clip_towers(
    source: ModelSource, compute: ComputeDevice, parts: tuple[str, ...], *, projected: bool
) -> tuple[TextTower, ...]:
    """CLIP's encoders with their tokenizers; `projected` where even the first has a
    projection (Stable Diffusion 3). Raises ModelMissing where one is missing or damaged."""
    paired = "text_encoder_2" in parts
    towers: list[TextTower] = []
    tokenizers: dict[Path, ClipTokenizer] = {}  # single files have one for both
    for part in parts:
        second = part == "text_encoder_2"
        folder = source.tokenizer(part)
        if folder not in tokenizers:
            tokenizers[folder] = load_tokenizer(folder, source.name)
        tokenizer = tokenizers[folder]
        encoder = _encoder(source, part, projected=projected or second)
        # a folder's tokenizer says what fills a text, its encoder's configuration is often wrong;
        # single files share one tokenizer
        pad = encoder.config.pad_token_id
        if isinstance(source, FolderSource):
            pad = tokenizer.pad_token_id
        towers.append(
            TextTower(
                tokenizer=tokenizer,
                encoder=ready(encoder, compute.device),
                pad=tokenizer.eos_token_id if pad is None else pad,
                paired=paired,
                pooled=second,
            )
        )
    return tuple(towers)


def _encoder(source: ModelSource, part: str, *, projected: bool) -> ClipTextEncoder:
    """A text encoder in float32. What else lies in its file is left out: a projection that is not
    used, the encoder of pictures, counts of places."""
    try:
        with torch.device("meta"):
            encoder = ClipTextEncoder.from_config(source.config(part), projected=projected)
        read_weights = source.weights(part)
        weights: Tensors = {}
        for name in encoder.state_dict():
            tensor = _spelt_otherwise(read_weights, name)
            if tensor is None:
                raise ModelMissing(f"{source.name} lacks {name} of its text encoder.", _COMPLETE)
            weights[name] = tensor.float()
        encoder.load_state_dict(weights, assign=True, strict=True)
    except (RuntimeError, TypeError, ValueError, KeyError) as fault:
        raise ModelMissing(
            f"The text encoder of {source.name} cannot be loaded.", _COMPLETE
        ) from fault
    return encoder


def _spelt_otherwise(weights: Tensors, name: str) -> torch.Tensor | None:
    """A tensor by its name, or by the same without "text_model." before it."""
    return weights.get(name, weights.get(name.removeprefix("text_model.")))
