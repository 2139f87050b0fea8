"""Philox 4x32-10 (Salmon et al. 2011) with the Box-Muller transform:
the normal noise NVIDIA GPUs draw, on any machine."""

from __future__ import annotations

import numpy as np
import torch

_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_STEPS = (np.uint32(0x9E3779B9), np.uint32(0xBB67AE85))
_UNIT = np.float32(2.0**-32)
_TURN = np.float32(2.0**-32 * 6.2831855)


def _halves(value: np.ndarray, factor: np.uint64) -> tuple[np.ndarray, np.ndarray]:
    """(high, low) 32 bits of value * factor."""
    product = value.astype(np.uint64) * factor
    return (product >> np.uint64(32)).astype(np.uint32), product.astype(np.uint32)


def _sum(a: np.uint32, b: np.uint32) -> np.uint32:
    """a + b modulo 2^32, of which numpy would warn."""
    return np.uint32((int(a) + int(b)) & 0xFFFFFFFF)


class Philox:
    """A stream of unit noise equal to torch's on CUDA for tensors of up to some 10^6 numbers;
    each call is one offset."""

    def __init__(self, seed: int) -> None:
        self._key = (seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF)
        self._offset = 0

    def _words(self, count: int) -> list[np.ndarray]:
        """The first two of the four random words of each counter 0 .. count - 1."""
        c = [
            np.full(count, self._offset, np.uint32),
            np.zeros(count, np.uint32),
            np.arange(count, dtype=np.uint32),
            np.zeros(count, np.uint32),
        ]
        key = [np.uint32(self._key[0]), np.uint32(self._key[1])]
        for _ in range(10):
            high_0, low_0 = _halves(c[0], _MULTIPLIERS[0])
            high_2, low_2 = _halves(c[2], _MULTIPLIERS[1])
            c = [high_2 ^ c[1] ^ key[0], low_2, high_0 ^ c[3] ^ key[1], low_0]
            key = [_sum(k, step) for k, step in zip(key, _STEPS, strict=True)]
        return c[:2]

    def draw(self, shape: tuple[int, ...]) -> torch.Tensor:
        """The stream's next numbers, of `shape`, float32."""
        first, second = self._words(int(np.prod(shape)))
        self._offset += 1
        u = first.astype(np.float32) * _UNIT + _UNIT / 2
        v = second.astype(np.float32) * _TURN + _TURN / 2
        normal = np.sqrt(-2.0 * np.log(u)) * np.sin(v)
        return torch.from_numpy(normal.astype(np.float32).reshape(shape))
