"""What the names and shapes of an upscaler's tensors say: which of three networks it is, how large,
and how many times longer it makes a side.

RRDBNet (Wang et al. 2018, ESRGAN) comes in three namings: the first ("model.1.sub.0.RDB1..."), that
of its later code, BSRGAN and RealSR ("RRDB_trunk.0.RDB1...") and Real-ESRGAN's ("body.0.rdb1...").
The last one is ours too. Compact and SPAN have one naming each.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec

from core.models.files.key_layouts.decoders import PLAIN
from core.models.files.key_layouts.names import Shapes

RRDB = "esrgan"
COMPACT = "compact"
SPAN = "span"
OWN = frozenset((RRDB, COMPACT, SPAN))  # networks that are here
OTHERS = "spandrel"  # the package that runs more, where a person has installed it
CHANNELS = (1, 3)  # of pictures: grey, or colours
MOST_BLOCKS = 256
MOST_SCALE = 16
_SIDES = 4  # of a convolution's weights
_SPAN_BLOCKS = 6
_PARTS = r"(weight|bias)"
_RENAMED = tuple(
    (re.compile(pattern), ours)
    for pattern, ours in (
        (rf"model\.0\.{_PARTS}", r"conv_first.\1"),
        (rf"model\.1\.sub\.(\d+)\.RDB(\d)\.conv(\d)\.0\.{_PARTS}", r"body.\1.rdb\2.conv\3.\4"),
        (r"model\.1\.sub\.(\d+)\.RDB(\d)\.conv1x1\.weight", r"body.\1.rdb\2.conv1x1.weight"),
        (rf"model\.1\.sub\.\d+\.{_PARTS}", r"conv_body.\1"),
        (rf"RRDB_trunk\.(\d+)\.RDB(\d)\.conv(\d)\.{_PARTS}", r"body.\1.rdb\2.conv\3.\4"),
        (rf"trunk_conv\.{_PARTS}", r"conv_body.\1"),
        (rf"upconv(\d)\.{_PARTS}", r"conv_up\1.\2"),
        (rf"HRconv\.{_PARTS}", r"conv_hr.\1"),
    )
)
_OF_A_LIST = re.compile(rf"model\.(\d+)\.{_PARTS}")


@cache
def runs_others() -> bool:
    """Whether OTHERS is installed. Looks for its files, once."""
    return find_spec(OTHERS) is not None


@dataclass(frozen=True, slots=True)
class UpscalerShape:
    """`channels` of the picture, `features` between the layers, `blocks` of them. RRDBNet's dense
    blocks grow by `growth` features, `stages` double the sides behind them, and where a picture is
    made smaller before, `unshuffle` of its pixels a side become one; `short`: with the further 1 x
    1 convolutions of ESRGAN+ (Rakotonirina & Rasoanaivo 2020). `raw`: a SPAN that takes values from
    0 to 1 as they are."""

    architecture: str
    scale: int
    channels: int
    features: int
    blocks: int
    growth: int = 0
    stages: int = 0
    unshuffle: int = 1
    short: bool = False
    raw: bool = False


def upscaler_shape(shapes: Shapes) -> UpscalerShape | None:
    """The network of a file with tensors of these names and shapes; None where it is none of the
    three, its tensors do not go together, or it is made for neither colours nor grey."""
    names = our_names(shapes)
    ours = {names[name]: shape for name, shape in shapes.items() if name in names}
    found = next((found for read in _READERS if (found := read(ours)) is not None), None)
    return found if found is not None and found.channels in CHANNELS else None


def our_names(shapes: Shapes) -> dict[str, str]:
    """Of each tensor of an upscaler's file the name that our networks have for it."""
    prefix = next(prefix for prefix in PLAIN if any(name.startswith(prefix) for name in shapes))
    bare = {name: name.removeprefix(prefix) for name in shapes if name.startswith(prefix)}
    listed = {match[1] for name in bare.values() if (match := _OF_A_LIST.fullmatch(name))}
    ends = _ends_of(sorted(int(number) for number in listed))
    return {name: _renamed(plain, ends) for name, plain in bare.items()}


def _ends_of(numbers: list[int]) -> Mapping[int, str]:
    """What stands behind the trunk of the first naming, where everything is numbered: the doubling
    stages, then two convolutions."""
    behind = [number for number in numbers if number > 1]
    stages = {number: f"conv_up{nth}" for nth, number in enumerate(behind[:-2], 1)}
    return stages | dict(zip(behind[-2:], ("conv_hr", "conv_last"), strict=False))


def _renamed(name: str, ends: Mapping[int, str]) -> str:
    listed = _OF_A_LIST.fullmatch(name)
    if listed is not None and int(listed[1]) in ends:
        return f"{ends[int(listed[1])]}.{listed[2]}"
    for pattern, ours in _RENAMED:
        if pattern.fullmatch(name):
            return pattern.sub(ours, name)
    return name


def _rrdb(shapes: Shapes) -> UpscalerShape | None:
    first, last = (_weights(shapes, name) for name in ("conv_first", "conv_last"))
    dense = _weights(shapes, "body.0.rdb1.conv1")
    if first is None or last is None or dense is None:
        return None
    blocks = _count(shapes, "body.{}.rdb1.conv1.weight", 0)
    stages = _count(shapes, "conv_up{}.weight", 1)
    unshuffle = _root(first[1], last[0])
    if unshuffle not in (1, 2, 4) or 2**stages % unshuffle or not _fits(blocks, 2**stages):
        return None
    return UpscalerShape(
        architecture=RRDB,
        scale=2**stages // unshuffle,
        channels=last[0],
        features=first[0],
        blocks=blocks,
        growth=dense[0],
        stages=stages,
        unshuffle=unshuffle,
        short="body.0.rdb1.conv1x1.weight" in shapes,
    )


def _compact(shapes: Shapes) -> UpscalerShape | None:
    first = _weights(shapes, "body.0")
    slopes = shapes.get("body.1.weight")
    layers = 0  # convolutions stand at even places, their slopes between them
    while f"body.{2 * layers}.weight" in shapes:
        layers += 1
    last = _weights(shapes, f"body.{2 * (layers - 1)}")
    if first is None or last is None or slopes is None or len(slopes) != 1 or layers < 2:
        return None
    scale = _root(last[0], first[1])
    if not scale or not _fits(layers, scale):
        return None
    return UpscalerShape(
        architecture=COMPACT,
        scale=scale,
        channels=first[1],
        features=first[0],
        blocks=layers - 2,
    )


def _span(shapes: Shapes) -> UpscalerShape | None:
    first = _weights(shapes, "conv_1.eval_conv") or _weights(shapes, "conv_1.sk")
    last = _weights(shapes, "upsampler.0")
    joined = _weights(shapes, "conv_cat")
    if first is None or last is None or joined is None:
        return None
    scale = _root(last[0], first[1])
    if not scale or not _fits(_SPAN_BLOCKS, scale):
        return None
    return UpscalerShape(
        architecture=SPAN,
        scale=scale,
        channels=first[1],
        features=first[0],
        blocks=_SPAN_BLOCKS,
        raw="no_norm" in shapes,
    )


_READERS: tuple[Callable[[Shapes], UpscalerShape | None], ...] = (_rrdb, _span, _compact)


def _weights(shapes: Shapes, layer: str) -> tuple[int, ...] | None:
    """Of a convolution; None where it is not there or is none."""
    shape = shapes.get(f"{layer}.weight")
    return shape if shape is not None and len(shape) == _SIDES and min(shape) > 0 else None


def _count(shapes: Shapes, name: str, first: int) -> int:
    """How many of a numbered list are there without a gap."""
    number = first
    while name.format(number) in shapes and number <= MOST_BLOCKS:
        number += 1
    return number - first


def _root(many: int, few: int) -> int:
    """The whole number whose square times `few` is `many`; 0 where there is none."""
    root = math.isqrt(many // few)
    return root if root * root * few == many else 0


def _fits(blocks: int, scale: int) -> bool:
    return 0 < blocks <= MOST_BLOCKS and 1 <= scale <= MOST_SCALE
