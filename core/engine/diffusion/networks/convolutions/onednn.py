"""Products of matrices by oneDNN's kernels instead of MKL's, which take only half of what AVX-512
gives on processors that are not Intel's (102 against 233 GFLOP a second on two cores of an EPYC).

torch has a call for a matrix (`_linear_pointwise`). Batches of products, and those inside of
attention, it hands to oneDNN only where they may be rounded to bfloat16. oneDNN makes use of that
permission only with AMX tiles; where there are none it is given, and nothing is rounded. Processors
without AVX-512 torch sends to MKL in any case.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import torch

_ONEDNN: Any = torch.backends.mkldnn  # its attributes are made at run time
_EXACT = 1e-5  # of the largest value; rounded to bfloat16 a product is off by 1e-3


@contextmanager
def by_onednn() -> Iterator[None]:
    """Inside, products of float32 matrices go to oneDNN where it is as exact as MKL; on other
    processors nothing changes."""
    if not is_exact():
        yield
        return
    products = _ONEDNN.matmul
    before = products.fp32_precision
    products.fp32_precision = "bf16"
    try:
        yield
    finally:
        products.fp32_precision = before


@cache
def is_exact() -> bool:
    """Whether this processor has AVX-512 and no tiles, torch makes use of it, and products are
    indeed not rounded."""
    if not torch.backends.cpu.get_cpu_capability().startswith("AVX512"):
        return False
    capabilities = torch.cpu.get_capabilities()
    if not capabilities.get("avx512_f") or not torch.backends.mkldnn.is_available():
        return False
    if any(has for name, has in capabilities.items() if name.startswith("amx")):
        return False
    return all(_is_exact(*shape) for shape in ((1, 64, 64, 64), (36, 128, 320, 320)))


def _is_exact(batch: int, rows: int, inner: int, columns: int) -> bool:
    """Of one product of such a size."""
    generator = torch.Generator().manual_seed(0)
    one = torch.randn(batch, rows, inner, generator=generator)
    other = torch.randn(batch, inner, columns, generator=generator)
    products = _ONEDNN.matmul
    before = products.fp32_precision
    products.fp32_precision = "bf16"
    try:
        found = torch.bmm(one, other).double()
    finally:
        products.fp32_precision = before
    wanted = torch.bmm(one.double(), other.double())
    return bool((found - wanted).abs().max() < _EXACT * wanted.abs().max())
