"""A network from its configuration and its weights, without ever being initialised."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import torch

from core.engine.diffusion.families.source import ModelSource
from core.engine.diffusion.parts import eight_bit
from core.engine.diffusion.parts.device import ComputeDevice, ready
from core.system.errors import ModelMissing

Built = TypeVar("Built", bound=torch.nn.Module)


def network_of(
    build: Callable[[dict[str, Any]], Built],
    source: ModelSource,
    part: str,
    compute: ComputeDevice,
    dtype: torch.dtype,
) -> Built:
    """What `build` makes of the configuration of a part, its weights put in place; a denoiser in
    eight bits where `compute` says so. Raises ModelMissing where the configuration is of another
    network, where the weights do not fit it, or a file is missing or damaged."""
    config = source.config(part)
    try:
        with torch.device("meta"):
            network = build(config)
    except (RuntimeError, TypeError, ValueError, KeyError) as fault:
        raise ModelMissing(
            f"The configuration of {part} in {source.name} is of no network known here: {fault}.",
            "Choose another model.",
        ) from fault
    try:
        weights_read = source.weights(part)
        layers = eight_bit.prepare(network) if compute.eight_bit and part != "vae" else {}
        weights = eight_bit.with_factors(weights_read, layers, dtype)
        network.load_state_dict(weights, assign=True, strict=True)
    except (RuntimeError, TypeError, ValueError, KeyError) as fault:
        raise ModelMissing(
            f"The weights of {part} in {source.name} do not fit its configuration.",
            "Get a complete copy of the model.",
        ) from fault
    return ready(network, compute.device)
