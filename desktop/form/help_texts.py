"""What help says of the form's controls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from desktop.form.form import Form


def help_texts(form: Form) -> Iterable[tuple[QWidget, str]]:
    """A sentence for each control that has none of its own."""
    size = form.parameters.size_fields
    return (
        *form.sheet.help_texts(),
        *form.words.panel.help_texts(),
        (
            form.prompt.prompt,
            "Describe what the picture shall show; Ctrl+Up and Ctrl+Down give the word under "
            "the cursor more or less weight, Tab takes what is offered while you type, and Help "
            "> The prompt explains the signs of the language.",
        ),
        (
            form.prompt.negative,
            "Describe what the picture shall keep away from; it works where guidance is above 1.",
        ),
        (
            form.prompt.start,
            "Chooses a picture to start from: how much of it is made anew says its strength.",
        ),
        (
            form.loras.add,
            "Puts a LoRA or an embedding into the prompt: small files that teach a model a "
            "subject or a style.",
        ),
        (size.swap, "Swaps width and height, so that upright becomes lengthwise."),
        (size.wide, "Width of the picture in pixels, in multiples of 8."),
        (size.high, "Height of the picture in pixels, in multiples of 8."),
        (
            form.parameters.die,
            "While it is on, every picture gets a new random seed; off keeps the seed that is "
            "shown.",
        ),
        (
            form.parameters.more,
            "Shows or hides sampler, schedule, clip skip and what is changed seldom.",
        ),
        (form.side.generate, "Adds the picture that the form describes to the queue."),
        (form.side.count, "How many pictures are made, each with the next seed."),
    )
