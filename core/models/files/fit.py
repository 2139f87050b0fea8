"""Whether a model and a size fit into this machine's memory, predicted from headers alone.

Peaks were measured on a CPU with Stable Diffusion 1.5's architecture and the starter's (see
CONTRIBUTING, "Memory"): a network's activations grow with the picture's pixels and the channels of
its first layer. How long it takes is told in core.service.time_prediction.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from core.models.files.diffusers_folder import weight_files
from core.models.files.header import Header, read_header
from core.system.errors import ModelMissing
from core.values.device import MemoryMode

# Bytes of activations a pixel and first-layer channel at float32
DECODER_BYTES = 34.0
DENOISER_BYTES = 7.0  # for both guidance branches at once
BASE_BYTES = 295 * 10**6  # the process itself: Python, torch, its kernels and buffers
# Kernels and buffers of products that come only where latents have LARGE_PIXELS / 64 tokens or
# more: the autoencoder attends among all of them
LARGE_BASE_BYTES = 88 * 10**6
LARGE_PIXELS = 512 * 64
# What the filters leave on a processor's heap when they are brought into another order, by the
# autoencoder's weights, before its pages are given back
HOLES_SHARE = 0.6
MOST_HOLES = 200 * 10**6
# Bytes that a pixel of a picture from outside takes on the processor, read and fitted, with its
# mask: 14.1 of 16 million pixels. What is laid over it is little beside decoding its size.
SOURCE_BYTES = 15.0
TILE_PIXELS = 512 * 512
_PARTS = ("unet", "transformer", "vae", "text_encoder", "text_encoder_2", "text_encoder_3")
_DENOISER = ("model.diffusion_model.", "unet.")
_DECODER = ("first_stage_model.", "vae.")


@dataclass(frozen=True, slots=True)
class Needs:
    """Parameters of a model's parts, and the channels of the first layers of its
    denoiser and its decoder.

    `long_text`: of a T5 encoder, which comes in half precision (or eight bits) as the denoiser
    does; `text`: of the others.
    """

    denoiser: int
    decoder: int
    text: int
    denoiser_channels: int = 320
    decoder_channels: int = 128
    long_text: int = 0


@dataclass(frozen=True, slots=True)
class SecondsSpan:
    """From `low` to `high`, the same where one number will do; `loading`: what comes before where
    the model is not in memory."""

    low: float
    high: float
    loading: float = 0.0

    @property
    def likely(self) -> float:
        """One number."""
        return round(math.sqrt(self.low * self.high), 2)


@dataclass(frozen=True, slots=True)
class Fit:
    """`mode` is the first rung of the memory ladder that fits ("" where none
    does); bytes are predictions.

    `seconds_span` are the ends of what a picture takes, `loading` seconds that come before the
    first one; `eight_bit`: it does not fit, but would with weights in eight bits.
    """

    fits: bool
    mode: MemoryMode | Literal[""]
    peak_bytes: int
    available_bytes: int
    seconds_estimate: float | None = None
    seconds_span: tuple[float, float] | None = None
    loading: float | None = None
    eight_bit: bool = False

    def with_seconds(self, seconds: SecondsSpan | None) -> Fit:
        """The same, with how long it takes."""
        if seconds is None:
            return self
        return replace(
            self,
            seconds_estimate=seconds.likely,
            seconds_span=(round(seconds.low, 2), round(seconds.high, 2)),
            loading=round(seconds.loading, 1) or None,
        )


def _count(header: Header, prefixes: tuple[str, ...] = ("",)) -> int:
    return sum(
        math.prod(shape) for name, shape in header.shapes.items() if name.startswith(prefixes)
    )


def _channels(headers: Iterable[Header], ending: str, default: int) -> int:
    """The output channels of the first convolution whose name ends so."""
    for header in headers:
        for name, shape in header.shapes.items():
            if name.endswith(ending) and len(shape) == 4:
                return shape[0]
    return default


def _is_t5(headers: Iterable[Header]) -> bool:
    """Whether a text encoder is a T5: its table of tokens has a name of its own."""
    return any("shared.weight" in header.shapes for header in headers)


def needs_of(path: Path) -> Needs:
    """What a checkpoint file or folder holds, from its headers. Raises ModelMissing for a damaged
    one, or a folder without a denoiser."""
    if not path.is_dir():
        header = read_header(path)
        denoiser = _count(header, _DENOISER)
        decoder = _count(header, _DECODER)
        return Needs(
            denoiser=denoiser,
            decoder=decoder,
            text=_count(header) - denoiser - decoder,
            denoiser_channels=_channels([header], "diffusion_model.input_blocks.0.0.weight", 320),
            decoder_channels=_channels([header], "encoder.conv_in.weight", 128),
        )
    parts = {part: [read_header(file) for file in weight_files(path / part)] for part in _PARTS}
    counts = {part: sum(_count(header) for header in headers) for part, headers in parts.items()}
    if not counts["unet"] + counts["transformer"]:
        raise ModelMissing(f"{path.name} holds no denoiser.", "Get a complete copy of the model.")
    texts = {part: count for part, count in counts.items() if part.startswith("text")}
    long = sum(count for part, count in texts.items() if _is_t5(parts[part]))
    return Needs(
        denoiser=counts["unet"] + counts["transformer"],
        decoder=counts["vae"],
        text=sum(texts.values()) - long,
        denoiser_channels=_channels(parts["unet"], "conv_in.weight", 320),
        decoder_channels=_channels(parts["vae"], "encoder.conv_in.weight", 128),
        long_text=long,
    )


def peak_bytes(
    needs: Needs, width: int, height: int, mode: MemoryMode, *, half: bool, eight: bool = False
) -> int:
    """The most bytes a picture of `width` x `height` pixels takes in a mode of the ladder. Encoding
    one takes less than decoding it, and hires fix is its large pass.

    `half` for devices that run the denoiser in float16, `eight` where its
    weights are kept in eight bits.
    """
    pixels = width * height
    number = 2 if half else 4  # bytes of one
    kept = 1 if eight else number
    denoiser = needs.denoiser * kept
    decoder = needs.decoder * 4
    text = needs.text * 4 + needs.long_text * kept
    looking = DENOISER_BYTES * needs.denoiser_channels * pixels * number / 4
    decoding = DECODER_BYTES * needs.decoder_channels * pixels
    if mode is not MemoryMode.RESIDENT:
        looking /= 2  # one guidance branch after the other
        decoding = DECODER_BYTES * needs.decoder_channels * min(pixels, TILE_PIXELS)
    if mode in (MemoryMode.RESIDENT, MemoryMode.SLICED):
        return int(denoiser + decoder + text + max(looking, decoding))
    if mode is MemoryMode.COMPONENTS:
        return int(max(denoiser + looking, decoder + decoding, text))
    return int(max(looking, decoding) + max(denoiser, decoder, text) / 20)


def predicted(
    needs: Needs,
    width: int,
    height: int,
    mode: MemoryMode,
    *,
    half: bool,
    eight: bool = False,
    source: int = 0,
) -> int:
    """`peak_bytes`, and on a processor what the program itself takes, holes in its memory, and a
    picture that this one starts from: `source` pixels."""
    own = peak_bytes(needs, width, height, mode, half=half, eight=eight)
    if half:
        return own
    holes = min(MOST_HOLES, HOLES_SHARE * 4 * needs.decoder)
    base = BASE_BYTES + (LARGE_BASE_BYTES if width * height >= LARGE_PIXELS else 0)
    return int(own + base + holes + SOURCE_BYTES * source)


def fit(
    needs: Needs,
    width: int,
    height: int,
    available: int,
    modes: tuple[MemoryMode, ...],
    *,
    half: bool,
    eight: bool = False,
    correction: float = 1.0,
    source: int = 0,
) -> Fit:
    """The first of `modes` whose peak, as predicted and corrected by what was measured,
    is within `available` bytes; where none is, the peak of the last. `source` are the pixels of a
    picture that it starts from, with their mask."""
    peak = 0
    for mode in modes:
        bytes_at = predicted(needs, width, height, mode, half=half, eight=eight, source=source)
        peak = int(bytes_at * correction)
        if peak <= available:
            return Fit(fits=True, mode=mode, peak_bytes=peak, available_bytes=available)
    return Fit(fits=False, mode="", peak_bytes=peak, available_bytes=available)
