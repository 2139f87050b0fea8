"""How much there is to compute for a picture: multiplications, counted from a model's headers.

A weight of a convolution or a linear layer is used once at every place of its resolution;
self-attention compares every place with every other, so it grows with the square of the pixels
(Vaswani et al. 2017, table 1). Places are told from the names of the layers: diffusers' and
CompVis' U-Nets, and transformers, which have one resolution.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from core.models.files.diffusers_folder import weight_files
from core.models.files.fit import Needs, needs_of
from core.models.files.header import read_header

TEXT_TOKENS = 77  # of a CLIP encoder
LONG_TOKENS = 512  # of a T5 encoder
LATENT = 8  # pixels of a side that a place of a latent stands for
PATCH = 16  # pixels of a side that a place of a transformer stands for
# multiplications a pixel and squared first-layer channel: 1.24e12 for 512 x 512 at 128
# channels (torch's counter)
DECODER = 289.0
ENCODER = 129.0  # the same of encoding: 5.6e11
# Of self-attention, what finding like tokens costs: 3/4 of them by 1/4, once instead of twice.
COMPARED = 0.1
TINY_DECODER = 0.05  # of a full one's multiplications
_ONCE = re.compile(
    r"time_emb|emb_layers|time_embed|label_emb|add_embedding|norm\d*(_context)?\.linear|adaLN|_mod\.lin|modulation|"
    r"guidance_in|vector_in"
)
_OF_TEXT = re.compile(r"context|add_[qkv]_proj|to_add_out|txt_|ff_context")
_BLOCK = re.compile(r"(down_blocks|up_blocks|input_blocks|output_blocks)\.(\d+)\.")


@dataclass(frozen=True, slots=True)
class DenoiserLayers:
    """Of a denoiser.
    By halvings of the resolution: weights used at each place, channels of self-attention, and of
    attention to the text; `text` weights are used for each token of it. `flat`: a transformer, with
    one resolution.
    """

    weights: Mapping[int, int] = field(default_factory=dict[int, int])
    attention: Mapping[int, int] = field(default_factory=dict[int, int])
    to_text: Mapping[int, int] = field(default_factory=dict[int, int])
    text: int = 0
    flat: bool = False

    def call(self, width: int, height: int, merged: float = 0.0) -> float:
        """Multiplications of one call for one picture, with this share of the largest features'
        tokens taken together where they look at each other."""
        if self.flat:
            places = math.ceil(width / PATCH) * math.ceil(height / PATCH)
            channels = sum(self.attention.values())
            return float(
                sum(self.weights.values()) * places
                + self.text * LONG_TOKENS
                + 2 * channels * (places + LONG_TOKENS) ** 2
            )
        total = float(self.text * TEXT_TOKENS)
        largest = min((level for level, count in self.attention.items() if count), default=-1)
        for level in {*self.weights, *self.attention, *self.to_text}:
            side = LATENT << level
            places = math.ceil(width / side) * math.ceil(height / side)
            own = float(self.attention.get(level, 0) * places)
            if merged and level == largest:
                own *= (1.0 - merged) ** 2 + COMPARED
            texts = self.to_text.get(level, 0) * TEXT_TOKENS
            total += self.weights.get(level, 0) * places
            total += 2 * places * (own + texts)  # queries with keys, then weights with values
        return total


@dataclass(frozen=True, slots=True)
class OperationCount:
    """Of a whole model."""

    denoiser: DenoiserLayers
    needs: Needs

    def picture(
        self, width: int, height: int, calls: float, *, merged: float = 0.0, tiny: bool = False
    ) -> float:
        """Multiplications for a picture whose denoiser is called so often: the texts,
        the calls and the decoding. `merged` as in `call`; `tiny`: by a tiny decoder."""
        return self.denoising(width, height, calls, merged=merged) + self.decoding(
            width, height, tiny=tiny
        )

    def denoising(self, width: int, height: int, calls: float, *, merged: float = 0.0) -> float:
        """The texts and so many calls of the denoiser for one picture."""
        texts = 2 * (self.needs.text * TEXT_TOKENS + self.needs.long_text * LONG_TOKENS)
        return texts + calls * self.denoiser.call(width, height, merged)

    def decoding(self, width: int, height: int, *, tiny: bool = False) -> float:
        """The latents of a picture to pixels."""
        decoder = DECODER * (TINY_DECODER if tiny else 1.0)
        return decoder * self.needs.decoder_channels**2 * width * height

    def encoding(self, width: int, height: int) -> float:
        """The pixels of a picture to latents."""
        return ENCODER * self.needs.decoder_channels**2 * width * height


def denoiser_layers(shapes: Mapping[str, tuple[int, ...]]) -> DenoiserLayers:
    """The layers of a denoiser by the names of its tensors, without the
    prefix of a whole checkpoint."""
    weights = Counter[int]()
    attention = Counter[int]()
    to_text = Counter[int]()
    levels = _Levels(shapes)
    text = 0
    for name, shape in shapes.items():
        if len(shape) not in (2, 4) or _ONCE.search(name) or not name.endswith("weight"):
            continue
        size = math.prod(shape)
        level = levels.of(name)
        if (levels.flat and _OF_TEXT.search(name)) or "attn2.to_k" in name or "attn2.to_v" in name:
            text += size
            continue
        weights[level] += size
        if name.endswith(
            (
                "attn1.to_q.weight",
                "attn.to_q.weight",
                "attn.qkv.weight",
                "img_attn.qkv.weight",
                "linear1.weight",
            )
        ):
            attention[level] += shape[1]
        elif name.endswith("attn2.to_q.weight"):
            to_text[level] += shape[0]
    return DenoiserLayers(
        weights=dict(weights),
        attention=dict(attention),
        to_text=dict(to_text),
        text=text,
        flat=levels.flat,
    )


class _Levels:
    """At which halving of the resolution a layer of a U-Net works."""

    def __init__(self, names: Mapping[str, tuple[int, ...]]) -> None:
        blocks = [(match[1], int(match[2])) for name in names if (match := _BLOCK.search(name))]
        self.flat = not blocks
        self._last = max((number for kind, number in blocks if kind == "down_blocks"), default=-1)
        self._halving = {
            int(match[1])
            for name in names
            if (match := re.search(r"input_blocks\.(\d+)\.0\.op\.weight", name))
        }
        self._doubling = {
            int(match[1])
            for name in names
            if (match := re.search(r"output_blocks\.(\d+)\.\d\.conv\.weight", name))
        }
        if self._last < 0:
            self._last = len(self._halving)

    def of(self, name: str) -> int:
        """How often the sides were halved where the layer of this name works; 0 at the latents' own
        size."""
        match = _BLOCK.search(name)
        if match is None:
            return self._last if "mid_block" in name or "middle_block" in name else 0
        kind = match[1]
        number = int(match[2])
        if kind == "down_blocks":
            return number + ("downsamplers" in name)
        if kind == "up_blocks":
            return self._last - number - ("upsamplers" in name)
        if kind == "input_blocks":
            return sum(other <= number for other in self._halving)
        done = sum(other < number for other in self._doubling)
        return self._last - done - bool(re.search(r"output_blocks\.\d+\.\d\.conv\.weight", name))


def operations_of(path: Path) -> OperationCount:
    """Of a checkpoint file or folder, from its headers. Raises ModelMissing for a damaged one."""
    stamp = path.stat().st_mtime_ns if path.exists() else 0
    return _counted(path, stamp)


@lru_cache(maxsize=64)
def _counted(path: Path, stamp: int) -> OperationCount:
    needs = needs_of(path)
    if path.is_dir():
        part = path / "transformer" if (path / "transformer").is_dir() else path / "unet"
        shapes = {
            name: shape
            for file in weight_files(part)
            for name, shape in read_header(file).shapes.items()
        }
        return OperationCount(denoiser_layers(shapes), needs)
    shapes = read_header(path).shapes
    prefix = _denoiser_prefix(shapes)
    own = {
        name.removeprefix(prefix): shape
        for name, shape in shapes.items()
        if name.startswith(prefix)
    }
    return OperationCount(denoiser_layers(own), needs)


def _denoiser_prefix(shapes: Mapping[str, tuple[int, ...]]) -> str:
    """What stands before the denoiser's names in a whole checkpoint; "" where nothing does."""
    for prefix in ("model.diffusion_model.", "unet."):
        if any(name.startswith(prefix) for name in shapes):
            return prefix
    return ""
