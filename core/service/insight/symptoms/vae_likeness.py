"""Whether another VAE was made for the same latents as a model's own: by what their decoders make
of the latents first. No network is run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.models.files.header import read_header, read_tensor
from core.models.library.library import Library
from core.models.library.model_entry import ModelEntry
from core.system.errors import ModelMissing

_PREFIXES = ("", "first_stage_model.", "vae.")
_FIRST, _BEFORE = "decoder.conv_in.weight", "post_quant_conv.weight"
_LARGEST = 2**24  # bytes of such a layer that are believed: the field's have 2**18
_FORMATS = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}
Floats = NDArray[np.floating[Any]]


def vae_likeness(library: Library, entry: ModelEntry, vae: str) -> float | None:
    """The cosine of the angle between the first layers of the decoder called `vae` and the model's
    own, -1 to 1: decoders that were trained further for the same latents stay above 0.9, others are
    near 0. None where it cannot be told: a file is not here, or is a tiny decoder."""
    try:
        other = library.find_vae(vae)
        if library.inspection_of(other).variant == "tiny":
            return None
        found = _first_layer(Path(other.path)), _own(Path(entry.path))
    except (ModelMissing, OSError, ValueError):
        return None  # what cannot be read is said where models are listed
    first, own = found
    if first is None or own is None:
        return None
    if first.shape != own.shape:
        return 0.0
    length = float(np.linalg.norm(first) * np.linalg.norm(own))
    return float((first * own).sum()) / length if length > 0 else 0.0


def _own(path: Path) -> Floats | None:
    """Of a folder's VAE, or of a single file."""
    if not path.is_dir():
        return _first_layer(path)
    for file in sorted((path / "vae").glob("*.safetensors")):
        return _first_layer(file)
    return None


def _first_layer(path: Path) -> Floats | None:
    """The decoder's first convolution with what stands before it, as one: (out, latents, 3, 3).
    None where the file has none, or in eight bits. Raises ModelMissing where it cannot be read."""
    names = read_header(path).shapes.keys()
    prefix = next((each for each in _PREFIXES if each + _FIRST in names), None)
    if prefix is None:
        return None
    layer = _numbers(path, prefix + _FIRST)
    if prefix + _BEFORE not in names or layer is None:
        return layer
    before = _numbers(path, prefix + _BEFORE)
    if before is None or before.ndim != 4 or layer.ndim != 4 or before.shape[0] != layer.shape[1]:
        return None
    return np.einsum("ochw,cz->ozhw", layer, before[:, :, 0, 0])


def _numbers(path: Path, name: str) -> Floats | None:
    """A tensor in float32; None for one in eight bits or less, or too large for this."""
    found = read_tensor(path, name, _LARGEST)
    if found is None:
        return None
    if found.dtype == "BF16":  # the upper half of float32
        wide = np.frombuffer(found.data, "<u2").astype(np.uint32) << 16
        return wide.view(np.float32).reshape(found.shape)
    if found.dtype not in _FORMATS:
        return None
    return np.frombuffer(found.data, _FORMATS[found.dtype]).reshape(found.shape).astype(np.float32)
