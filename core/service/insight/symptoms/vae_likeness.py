"""Whether another VAE was made for the same latents as a model's own: by what their decoders make
of the latents first. No network is run."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from core.models.files.header import read_header
from core.models.library.library import Library
from core.models.library.model_entry import ModelEntry
from core.system.errors import ModelMissing

_PREFIXES = ("", "first_stage_model.", "vae.")
_FIRST, _BEFORE = "decoder.conv_in.weight", "post_quant_conv.weight"
Floats = NDArray[np.floating[Any]]


class _Tensors(Protocol):
    """An open file, as far as it is used here."""

    def get_tensor(self, name: str) -> Floats: ...


def vae_likeness(library: Library, entry: ModelEntry, vae: str) -> float | None:
    """The cosine of the angle between the first layers of the decoder called `vae` and the model's
    own, -1 to 1: decoders that were trained further for the same latents stay above 0.9, others are
    near 0. None where it cannot be told: a file is not here, or is a tiny decoder."""
    try:
        other = library.find_vae(vae)
        if library.inspection_of(other).variant == "tiny":
            return None
        found = _first_layer(Path(other.path)), _own(Path(entry.path))
    except (ModelMissing, OSError, ValueError, TypeError):
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
    None where the file has none. Raises ModelMissing, OSError, TypeError for formats that numpy
    does not know."""
    from safetensors import safe_open

    names = read_header(path).shapes.keys()
    prefix = next((each for each in _PREFIXES if each + _FIRST in names), None)
    if prefix is None:
        return None
    wanted = [name for name in (prefix + _FIRST, prefix + _BEFORE) if name in names]
    opened = cast("AbstractContextManager[_Tensors]", safe_open(path, framework="numpy"))
    with opened as file:
        layer, *rest = (np.asarray(file.get_tensor(name), np.float32) for name in wanted)
    if not rest:
        return layer
    (before,) = rest
    if before.ndim != 4 or layer.ndim != 4 or before.shape[0] != layer.shape[1]:
        return None
    return np.einsum("ochw,cz->ozhw", layer, before[:, :, 0, 0])
