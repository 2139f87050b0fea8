"""What is known of upscaling before torch is loaded: under which name of a device its memory and
time are noted, and how much there is to compute."""

from __future__ import annotations

from core.models.files.key_layouts.upscalers import RRDB, SPAN, UpscalerShape

SIDES = (512, 256, 128, 64)  # pixels of the source that a tile sees, the margin among them
TILE_BYTES = 100 * 2**20  # of the largest features of a tile
STRIP = 64  # rows of features that RRDBNet makes larger at once
_MARK = "upscale "
_FILTER = 9  # of a convolution of 3 x 3
_DENSE = 3  # dense blocks of a block of RRDBNet, each of five convolutions
_OF_DENSE = 5
_JOINED = 4  # features that the last convolutions of SPAN see side by side
_ATTENTION = 3  # convolutions of a block of SPAN


def upscaling_on(device: str) -> str:
    """The name of a device for upscaling: what it takes there says nothing of diffusion."""
    return _MARK + device


def sides_for(shape: UpscalerShape) -> tuple[int, ...]:
    """How large tiles may be, the largest that is usual first; smaller ones where memory runs
    out."""
    fitting = [side for side in SIDES if tile_bytes(shape, side) <= TILE_BYTES]
    return tuple(fitting or SIDES[-1:])


def tile_bytes(shape: UpscalerShape, side: int) -> int:
    """Bytes of the largest features of a tile: those that a convolution sees side by side, or those
    of a strip at the result's size."""
    side = -(-side // shape.unshuffle)
    beside = (_OF_DENSE - 1) * shape.growth if shape.architecture == RRDB else 0
    if shape.architecture == SPAN:
        beside = (_JOINED - 1) * shape.features
    within = (shape.features + beside) * side**2
    strip = shape.features * min(side, STRIP) * side * 4**shape.stages
    return 4 * max(within, strip)


def multiplications(shape: UpscalerShape, pixels: int) -> float:
    """Of an upscaler for so many pixels of a source, where none is seen twice."""
    width = shape.features
    if shape.architecture == RRDB:
        dense = sum(
            (width + nth * shape.growth) * (shape.growth if nth < _OF_DENSE - 1 else width)
            for nth in range(_OF_DENSE)
        )
        within = (shape.blocks * _DENSE * dense + width**2) / shape.unshuffle**2
        stages = sum((2**nth / shape.unshuffle) ** 2 for nth in range(1, shape.stages + 1))
        behind = (stages + shape.scale**2) * width**2
        return _FILTER * pixels * (within + behind + 2 * width * shape.channels)
    blocks = _ATTENTION * shape.blocks + 1 if shape.architecture == SPAN else shape.blocks
    ends = width * shape.channels * (1 + shape.scale**2)
    return _FILTER * pixels * (blocks * width**2 + ends)
