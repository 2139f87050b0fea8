"""What makes a picture faster and a little different, each off by default: the declarations of
its fields, with what was measured."""

from __future__ import annotations

from core.values.declared.parameter import Option, Parameter, Unit

FULL = "full"  # what `decoder` and `matrices` may be
TINY = "tiny"
INT8 = "int8"
GUIDED = Parameter(
    label="Guided part",
    short="Guided",
    help=(
        "The part of the steps that guidance works in, in percent; leaving out the ends can look "
        "more natural, and steps without it take half as long: pictures of 0 to 70 are 32 dB from "
        "fully guided ones (SSIM 0.95), and show 79 % of what prompts name instead of 80 %."
    ),
    low=0,
    high=1,
    unit=Unit.SHARE,
    advanced=True,
    option=Option(
        "guidance_interval",
        "FROM:UNTIL, the share of the schedule with guidance.",
        form="FROM:UNTIL",
        example="0.1:0.8",
    ),
)
FEATURE_REUSE = Parameter(
    label="Reuse of features",
    short="In full",
    # figures: tests/bench/mode_quality.py (100 prompts, 20 steps) and modes.py (1.5, 256 px)
    help=(
        "Works out one step of so many in full and the others from its features: 1 in 3 is "
        "2.7 times as fast, its pictures are 31 dB from the full ones (SSIM 0.96), those "
        "of 1 in 2 37 dB (0.99), of 1 in 5 24 dB (0.89). Of what prompts name they show 80, 80 "
        "and 78 %, the full ones 80 %."
    ),
    remedy="1 works out every step in full.",
    low=1,
    high=5,
    advanced=True,
    a1111="Feature reuse",
)
TOKEN_MERGING = Parameter(
    label="Token merging",
    short="Merging",
    # figures: tests/bench/mode_quality.py --large 10, modes.py --large
    help=(
        "Takes parts of the picture that are alike together, from 768 x 768 pixels on: at "
        "50 about 1.3 times as fast there, the starter's pictures 27 dB from the full ones "
        "(SSIM 0.96), with 54 % of what prompts name instead of 56 %."
    ),
    option=Option(help="0 to 0.75 of the tokens, from 768 x 768 pixels on; 0.5 is usual."),
    remedy="0 is none, 0.5 is usual.",
    low=0,
    high=0.75,
    step=5,
    unit=Unit.SHARE,
    advanced=True,
    a1111="Token merging ratio",
)
DECODER = Parameter(
    label="Decoder",
    # figures: tests/bench/mode_quality.py, 100 prompts
    help=(
        "What turns the finished latents into pixels: the tiny one takes a tenth of the "
        "time, its pictures are 32 dB from the full one's (SSIM 0.96), with 78 % of what prompts "
        "name instead of 80 %."
    ),
    option=Option(help="full, or tiny: a tenth of the time, 32 dB from the full one."),
    choices={FULL: "Full", TINY: "Tiny"},
    advanced=True,
    a1111="Decoder",
)
MATRICES = Parameter(
    label="Matrices",
    # figures: tests/bench/mode_quality.py, 100 prompts with all matrices rounded; modes.py (1.5)
    help=(
        "How the network's transformers multiply: int8 rounds to eight bits, where the processor "
        "has instructions for it: a sixth less work with Stable Diffusion 1.5, on two cores hardly "
        "less time (1.03 times as fast); pictures are 51 dB from the full ones (SSIM 0.999), and "
        "show 80 % of what prompts name as those do."
    ),
    option=Option(help="full, or int8: rounded to eight bits, on processors with VNNI."),
    choices={FULL: "Full", INT8: "Int8"},
    advanced=True,
)
