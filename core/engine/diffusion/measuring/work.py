"""What a piece of computing asks of a device: floating-point operations, bytes of weights and
calls, counted as torch carries them out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from core.engine.diffusion.measuring.rates import Rates
from core.values.measurement import Limit

Shape = tuple[int, ...]


def _attention_flops(query: Shape, key: Shape, value: Shape, *_: object, **__: object) -> int:
    """Of shapes (batch, heads, tokens, width): products of queries and keys, then of weights and
    values."""
    batch, heads, tokens, width = query
    return 2 * batch * heads * tokens * key[2] * (width + value[3])


# the processor's attention, which torch's counter does not know
_MORE = {torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _attention_flops}


@dataclass(frozen=True, slots=True)
class Work:
    """`flops` of matrices, convolutions and attention (a multiplication and an addition are two);
    `weight_bytes` that are read at least once; `calls` of operations that compute something."""

    flops: float
    weight_bytes: float
    calls: int


@dataclass(frozen=True, slots=True)
class Bound:
    """What bounds a run: `share` (0 to 1) of its time is what the limit alone takes; `work` is
    how much of it was asked for, `rate` what the machine manages a second."""

    limit: Limit
    share: float
    work: float
    rate: float


def count(run: Callable[[], object], networks: Sequence[Any]) -> Work:
    """Counts one run of `run`, which is to take torch's own layers; `networks` are those it reads
    the weights of."""
    calls = _Calls()
    with FlopCounterMode(display=False, custom_mapping=_MORE) as flops, calls:
        run()
    weights = (tensor for network in networks for tensor in network.state_dict().values())
    read = sum(tensor.numel() * tensor.element_size() for tensor in weights)
    return Work(float(flops.get_total_flops()), float(read), calls.seen)


def bound(work: Work, seconds: float, rates: Rates) -> Bound:
    """The limit that alone takes the longest part of `seconds`."""
    known = (
        (Limit.ARITHMETIC, work.flops, rates.flops),
        (Limit.MEMORY, work.weight_bytes, rates.bandwidth),
        (Limit.PYTHON, float(work.calls), rates.calls),
    )
    limit, asked, rate = max(known, key=lambda row: row[1] / row[2])
    return Bound(limit, min(1.0, asked / rate / max(seconds, 1e-9)), asked, rate)


class _Calls(TorchDispatchMode):
    """Counts operations that are more than another view of the same values."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.seen += not _is_view(func)
        return func(*args, **(kwargs or {}))


def _is_view(func: Any) -> bool:
    returns = func._schema.returns
    alias = returns[0].alias_info if returns else None
    return alias is not None and not alias.is_write
