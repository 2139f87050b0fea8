"""Masks that are widened, and how much a picture changes where it is laid beside itself."""

from __future__ import annotations

import numpy as np

_FLATTEST = 1e-3  # levels of 255: no line is taken to be flatter
_LATENT = 8  # pixels a side
_NEAR = 8  # lines on either side that one is set against


def grown(inside: np.ndarray, pixels: int) -> np.ndarray:
    """A mask (h, w) of truths widened by so many pixels. Steps to four and to eight neighbours take
    turns, so that circles grow to octagons and not to squares."""
    for step in range(pixels):
        inside = _wider(inside, corners=step % 2 == 1)
    return inside


def _wider(inside: np.ndarray, *, corners: bool) -> np.ndarray:
    framed = np.pad(inside, 1, mode="edge")
    above = framed[:-2, 1:-1] | framed[2:, 1:-1]
    wide = inside | above | framed[1:-1, :-2] | framed[1:-1, 2:]
    if corners:
        wide |= framed[:-2, :-2] | framed[:-2, 2:] | framed[2:, :-2] | framed[2:, 2:]
    return wide


def joint_ratio(picture: np.ndarray, axis: int) -> float:
    """How much more a picture changes where it is laid beside itself along the axis (0: one above
    the other) than it does between latents elsewhere; 1 where no edge is there.

    Each line between two latents (every 8 pixels) is set against the eight lines on either side,
    since most of a picture is flat and its subject may lie anywhere; then the joint's value by the
    median of the others', since a decoder changes a little more there anyway.
    """
    side = picture.shape[axis]
    ring = np.concatenate([picture, picture.take([0], axis)], axis).astype(np.float64)
    lines = np.abs(np.diff(ring, axis=axis)).mean(axis=(1 - axis, 2))
    near = np.r_[-_NEAR:0, 1 : _NEAR + 1]
    joints = np.arange(_LATENT - 1, side, _LATENT)  # the last is the picture's own edge
    beside = lines[(joints[:, None] + near) % side].mean(axis=1)
    sharper = lines[joints] / np.maximum(beside, _FLATTEST)
    return float(sharper[-1] / max(float(np.median(sharper[:-1])), _FLATTEST))
