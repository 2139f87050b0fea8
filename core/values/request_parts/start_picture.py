"""The picture that a request starts from, in place of pure noise: image to image, inpaint, extend.

Pictures are named by where the data folder keeps them (core.store.sources): a request holds no
bytes and no path.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from core.system.errors import InvalidRequest
from core.values.declared.limits import MAX_SIZE
from core.values.declared.parameter import Option, Parameter, Unit, parameter, parameters

MAX_EXTENSION = 2048  # pixels a side
MAX_PADDING = 1024
FROM_ALPHA = "mask"  # as a background: transparent places are what is made anew
STAND_IN = "0" * 64  # for a source in a check before its file is read
_ADDRESS = re.compile(r"[0-9a-f]{64}")
_FRAME = Parameter(
    label="Frame",
    subject="Each number of the frame",
    help="The part of the picture that is made anew: left, top, width and height in its pixels.",
    remedy="Write LEFT,TOP,WIDTH,HEIGHT in pixels of the picture.",
    low=0,
    high=2**16,
    unit=Unit.PIXELS,
    shown=False,
    option=Option(
        "inpaint_frame",
        "LEFT,TOP,WIDTH,HEIGHT of the part that is made anew, with --inpaint-area frame.",
        form="LEFT,TOP,WIDTH,HEIGHT",
        example="0,128,512,512",
    ),
)


@dataclass(frozen=True, slots=True)
class StartPicture:
    """What is given beside the words. `source` and `mask` are addresses in the data folder (64 hex
    digits), "" for none; without a source nothing else here counts.

    White of the mask is made anew, black stays; `mask_soft` takes its greys as the strength of each
    place (Levin & Fried 2023). `extend` is what is added left, top, right, bottom, in pixels of the
    source. `frame` is left, top, width, height in pixels of the source with what is added.
    `exact_steps`: all the steps asked for are run, as A1111's option of that kind has it.
    """

    source: str = parameter("", Parameter("Start picture", shown=False, option=None))
    strength: float = parameter(
        0.75,
        Parameter(
            label="Denoising strength",
            short="Strength",
            help="How much of the start picture is made anew: 0 keeps it, 1 starts from noise.",
            remedy="0.3 to 0.8 are usual.",
            low=0,
            high=1,
            step=0.05,
            decimals=2,
            shown=False,
            option=Option(
                help="How much of the start picture is made anew: 0 keeps it, 1 starts from noise. "
                "Not given, it is 1 with a mask, a side to extend or an instruct model."
            ),
        ),
    )
    exact_steps: bool = parameter(
        False,
        Parameter(
            label="Exactly the steps",
            help="Runs all steps asked for, also where the strength leaves fewer.",
            shown=False,
            option=Option(help="Run all the steps, whatever the strength."),
        ),
    )
    fit: str = parameter(
        "crop",
        Parameter(
            label="Fit",
            help="How a start picture of another shape comes to the size of the picture.",
            choices={
                "crop": "Fill and cut",
                "pad": "Whole, with a border",
                "stretch": "Stretch",
                "source": "The picture's own size",
            },
            shown=False,
            option=Option(
                help="crop (fill and cut), pad (whole, with a border), stretch, or source: the "
                "picture's own size."
            ),
        ),
    )
    background: str = parameter(
        "#ffffff",
        Parameter(
            label="Behind transparency",
            help="The colour behind transparent places; or mask: they are what is made anew.",
            remedy="Write a colour as #rrggbb, or mask.",
            longest=7,
            shown=False,
            option=Option(
                help="#rrggbb behind transparent places; or mask: they are what is made anew."
            ),
        ),
    )
    mask: str = parameter("", Parameter("Mask", shown=False, option=None))
    mask_blur: float = parameter(
        4.0,
        Parameter(
            label="Mask blur",
            help="How softly the mask ends, in pixels.",
            remedy="4 is usual, 0 ends it hard.",
            low=0,
            high=64,
            unit=Unit.PIXELS,
            shown=False,
            option=Option("mask_blur", "How softly the mask ends, in pixels."),
        ),
    )
    mask_grow: int = parameter(
        0,
        Parameter(
            label="Mask grow",
            help="Widens the mask by so many pixels; below 0 narrows it.",
            remedy="0 leaves it as it is.",
            low=-256,
            high=256,
            unit=Unit.PIXELS,
            shown=False,
            option=Option("mask_grow", "Widen the mask by so many pixels."),
        ),
    )
    mask_soft: bool = parameter(
        False,
        Parameter(
            label="Soft inpainting",
            help="Greys of the mask are strengths: dark places change little, bright ones much.",
            shown=False,
            option=Option("mask_soft", "Greys of the mask are strengths."),
        ),
    )
    mask_content: str = parameter(
        "original",
        Parameter(
            label="Masked content",
            help="What stands in the masked places before the first step.",
            choices={
                "original": "Original",
                "fill": "Fill",
                "noise": "Latent noise",
                "nothing": "Latent nothing",
            },
            shown=False,
            option=Option(
                "mask_content", "original, fill (colours around), noise or nothing: at the start."
            ),
        ),
    )
    area: str = parameter(
        "whole",
        Parameter(
            label="Inpaint area",
            short="Area",
            help="Which part is rendered: the whole picture, or what lies around the mask.",
            choices={"whole": "Whole picture", "masked": "Only masked", "frame": "A frame"},
            shown=False,
            option=Option(
                "inpaint_area",
                "whole; masked: what lies around the mask, at the size asked for; or frame.",
            ),
        ),
    )
    padding: int = parameter(
        32,
        Parameter(
            label="Only masked padding",
            help="How much of what lies around the mask is seen, in pixels.",
            remedy="32 is usual.",
            low=0,
            high=MAX_PADDING,
            unit=Unit.PIXELS,
            shown=False,
            option=Option("inpaint_padding", "Pixels around the mask that are rendered too."),
        ),
    )
    frame: tuple[int, int, int, int] | None = parameter(None, _FRAME)
    extend: tuple[int, int, int, int] = parameter(
        (0, 0, 0, 0),
        Parameter(
            label="Extend",
            subject="Each side to extend",
            help="Adds to the picture's sides, in its pixels.",
            remedy="Write LEFT,TOP,RIGHT,BOTTOM in pixels.",
            low=0,
            high=MAX_EXTENSION,
            unit=Unit.PIXELS,
            shown=False,
            option=Option(
                help="LEFT,TOP,RIGHT,BOTTOM pixels to add to the picture.",
                form="LEFT,TOP,RIGHT,BOTTOM",
                example="0,0,256,0",
            ),
        ),
    )
    image_guidance: float = parameter(
        1.5,
        Parameter(
            label="Image guidance",
            help="How strongly an instruct model holds to the picture.",
            remedy="1 to 2 are usual.",
            low=0,
            high=20,
            step=0.1,
            decimals=1,
            shown=False,
            option=Option(help="How strongly an instruct model holds to the picture."),
        ),
    )

    @property
    def is_extended(self) -> bool:
        """Whether anything is added to a side."""
        return any(self.extend)

    @property
    def is_made_in_part(self) -> bool:
        """Whether the start picture stays as it is beside what is made anew."""
        masked = bool(self.mask) or self.background == FROM_ALPHA
        return bool(self.source) and (masked or self.is_extended or self.area == "frame")

    def check(self) -> None:
        """Raises InvalidRequest, which names the first faulty field."""
        declared = parameters(StartPicture)
        for name, declaration in declared.items():
            declaration.check(name, getattr(self, name))
        for name in ("source", "mask"):
            if (address := getattr(self, name)) and not _ADDRESS.fullmatch(address):
                raise InvalidRequest(
                    name,
                    f'"{address[:80]}" is no address of a kept picture.',
                    "Choose the picture's file again.",
                )
        if self.background != FROM_ALPHA and not re.fullmatch(r"#[0-9a-fA-F]{6}", self.background):
            raise InvalidRequest(
                "background",
                f'"{self.background}" is no colour.',
                declared["background"].remedy,
            )
        self._check_together()

    def _check_together(self) -> None:
        needs_source = (
            ("mask", bool(self.mask), "A mask"),
            ("extend", self.is_extended, "Extending"),
        )
        for name, given, subject in needs_source:
            if given and not self.source:
                raise InvalidRequest(
                    name,
                    f"{subject} needs a picture to start from.",
                    "Choose one, or leave it out.",
                )
        if self.area == "frame" and self.frame is None:
            raise InvalidRequest("frame", "A frame was asked for but none given.", _FRAME.remedy)
        if self.frame is not None:
            for side in self.frame[2:]:
                replace(_FRAME, subject="Each side of the frame", low=8, high=MAX_SIZE * 8).check(
                    "frame", side
                )
