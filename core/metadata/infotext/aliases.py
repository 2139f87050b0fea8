"""What other programs, and the web UI's older versions, call the keys of its text."""

from __future__ import annotations

from collections.abc import Mapping

from core.metadata.infotext.read_fresh_noise import ALIASES as OF_NOISE
from core.metadata.infotext.read_levels import ALIASES as OF_LEVELS
from core.metadata.infotext.read_start import ALIASES as OF_STARTS

# keys of other programs and older versions, by ours; as `Pair.name` gives them
ALIASES: Mapping[str, str] = {
    "sampling steps": "steps",
    "sampler name": "sampler",
    "sampling method": "sampler",
    "scheduler": "schedule type",
    "noise schedule": "schedule type",
    "schedule": "schedule type",
    "sampler sigma": "schedule type",
    "sigma schedule": "schedule type",
    "cfg": "cfg scale",
    "guidance scale": "cfg scale",
    "cfgscale": "cfg scale",
    "clipskip": "clip skip",
    "denoise": "denoising strength",
    "model name": "model",
    "checkpoint": "model",
    "modelhash": "model hash",
    "rng source": "rng",
    "cfg rescale phi": "cfg rescale",
    "cfg rescale φ": "cfg rescale",
    "rescale cfg": "cfg rescale",
    "rescale cfg multiplier": "cfg rescale",
    "guidance rescale": "cfg rescale",
    **OF_STARTS,
    **OF_LEVELS,
    **OF_NOISE,
}
