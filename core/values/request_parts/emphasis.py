"""What weights of words, "(word:1.2)", do to what a text encoder makes of them."""

from __future__ import annotations

from enum import StrEnum

from core.values.declared.parameter import Parameter


class Emphasis(StrEnum):
    """The ways to weigh words. Values are ids that recipes keep."""

    AUTO = "auto"  # as the program does whose picture is made
    ORIGINAL = "original"  # AUTOMATIC1111's: multiplied, then brought back to the mean of before
    NO_NORM = "no_norm"  # multiplied alone
    COMFYUI = "comfyui"  # away from what an empty text gives
    IGNORE = "ignore"  # weights are read, and have no effect
    NONE = "none"  # brackets are signs as any other


EMPHASIS = Parameter(
    label="Emphasis",
    help="How weights of words, as in (word:1.2), act: No norm suits SDXL, Original is "
    "AUTOMATIC1111's.",
    refusal='There is no emphasis "{value}".',
    choices={
        Emphasis.AUTO: "As the program",
        Emphasis.ORIGINAL: "Original",
        Emphasis.NO_NORM: "No norm",
        Emphasis.COMFYUI: "ComfyUI",
        Emphasis.IGNORE: "Ignore",
        Emphasis.NONE: "None",
    },
    advanced=True,
    a1111="Emphasis",
)
