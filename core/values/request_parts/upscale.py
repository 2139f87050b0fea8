"""Upscaling: a finished picture is made larger, by a network trained for that or by Lanczos."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.system.errors import InvalidRequest
from core.values.declared.parameter import Parameter, parameter, parameters

LANCZOS = "lanczos"  # as an upscaler: the filter, which needs no model
MAX_SIDE = 8192  # pixels of an upscaled picture; requests make smaller ones
MAX_AREA = 2**26  # pixels, as many as our own reader opens
MAX_SCALE = 8.0
UPSCALING = Parameter(label="Upscaling", advanced=True, shown=False, option=None)
_ADDRESS = re.compile(r"[0-9a-f]{64}")
_SMALLER = "Choose a smaller scale, or a smaller picture."


@dataclass(frozen=True, slots=True)
class Upscale:
    """`source` is the address in the data folder of the picture that is made larger, "" for none:
    then nothing else here counts. Its sides are multiplied by `scale`. `upscaler` is the id of a
    model, or LANCZOS.

    `refine` is the denoising strength of the pass that draws the large picture's details anew, 0
    for none. Without one the other fields of the request only say how the picture at `source` was
    made, as far as it says so itself; where it is `bare` they say nothing.
    """

    source: str = parameter("", Parameter("Enlarged picture", shown=False, option=None))
    scale: float = parameter(
        2.0,
        Parameter(
            label="Upscale by",
            short="Scale",
            help="How many times longer each side becomes.",
            remedy="2 and 4 are usual.",
            low=1,
            high=MAX_SCALE,
            usual=(1, 4),
            step=0.5,
            decimals=2,
            shown=False,
            option=None,
        ),
    )
    upscaler: str = parameter(
        LANCZOS,
        Parameter(
            label="Upscaler",
            help="What enlarges the picture: a model trained for it, or Lanczos, which only "
            "resizes.",
            longest=4096,
            shown=False,
            option=None,
        ),
    )
    refine: float = parameter(
        0.0,
        Parameter(
            label="Refine",
            help="How much of the enlarged picture is drawn anew, in tiles: 0 leaves it as it is.",
            remedy="0.2 to 0.5 are usual, 0 leaves it out.",
            low=0,
            high=1,
            usual=(0, 0.6),
            step=0.05,
            decimals=2,
            shown=False,
            option=None,
        ),
    )
    bare: bool = parameter(False, Parameter("Recipe not known", shown=False, option=None))

    @property
    def only_enlarges(self) -> bool:
        """Whether a picture is made larger and nothing else is done to it."""
        return bool(self.source) and self.refine <= 0

    def check(self) -> None:
        """Raises InvalidRequest, which names the first faulty field."""
        for name, declaration in parameters(Upscale).items():
            declaration.check("upscale", getattr(self, name))
        if self.source and not _ADDRESS.fullmatch(self.source):
            raise InvalidRequest(
                "upscale",
                f'"{self.source[:80]}" is no address of a kept picture.',
                "Choose the picture's file again.",
            )
        if not self.upscaler:
            raise InvalidRequest("upscale", "No upscaler is named.", f"Write {LANCZOS}, or a name.")


def upscaled_size(size: tuple[int, int], scale: float) -> tuple[int, int]:
    """Width and height in pixels of a picture of this (width, height) that is made `scale` times
    larger. Raises InvalidRequest where that is larger than pictures may be."""
    width, height = (max(1, round(side * scale)) for side in size)
    if max(width, height) > MAX_SIDE or width * height > MAX_AREA:
        raise InvalidRequest(
            "upscale",
            f"{scale:g} times {size[0]} x {size[1]} is {width} x {height} pixels, more than "
            f"{MAX_SIDE} a side or {MAX_AREA // 2**20} million in all.",
            _SMALLER,
        )
    return width, height
