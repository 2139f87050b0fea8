"""What brackets around brackets multiply to, reckoned in one pass however deep they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, repeat
from operator import mul

ROUND = 1.1  # what a round bracket without a factor multiplies by
SQUARE = 1 / 1.1
Span = tuple[int, int, float]  # parts [first, behind) that a closed bracket multiplies by a factor
# multiplications: up to so many are made one after another, in the order in which brackets close
_EXACT = 50_000
# logarithms are added up as whole numbers of this fineness, so that what opens and closes cancels
_FINE = 1 << 44


def bracket_weights(count: int, spans: Sequence[Span]) -> list[float]:
    """The weight of each of `count` parts: the product of the factors of all spans around it.

    Where that would be very many multiplications, logarithms are added at a span's first part
    and taken away behind it.
    """
    if sum([behind - first for first, behind, _ in spans]) <= _EXACT:
        weights = [1.0] * count
        for first, behind, factor in spans:
            for i in range(first, behind):
                weights[i] *= factor
        return weights
    factors = {factor for _, _, factor in spans}
    sizes = (
        dict.fromkeys(factors, 1)
        if len(factors) == 1
        else {factor: _logarithm(factor) for factor in factors}
    )
    changes = [0] * (count + 1)
    for first, behind, factor in spans:
        size = sizes[factor]
        changes[first] += size
        changes[behind] -= size
    sums = list(accumulate(changes[:count]))
    if len(factors) == 1:
        products = list(accumulate(repeat(factors.pop(), max(sums)), mul, initial=1.0))
        return [products[total] for total in sums]
    by_total = {total: _product(total) for total in set(sums)}
    return [by_total[total] for total in sums]


def _logarithm(factor: float) -> int:
    """Of the factor's size, in 1 / _FINE: even, or odd for a negative one;
    for 0 lower than any others can lift."""
    size = 2 * round(math.log(abs(factor)) * (_FINE >> 1)) if factor else -_FINE << 20
    return size | (factor < 0)


def _product(total: int) -> float:
    """What a sum of such logarithms stands for, to 9 digits."""
    try:
        size = math.exp(total / _FINE)
    except OverflowError:
        size = math.inf
    return -size if total & 1 else size
