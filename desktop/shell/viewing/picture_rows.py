"""The commands of the Picture menu, in its order; what belongs together lies in a menu within it,
as in the menu of a picture (picture_menu.py)."""

from __future__ import annotations

import sys
from functools import partial

from desktop.pictures.exporting.commands import OF_COPYING, OF_EXPORT
from desktop.pictures.kin.commands import OF_KIN
from desktop.pictures.marking.commands import OF_MARKS
from desktop.shell.viewing.commands import SORT_OUT
from desktop.state.commands import PICTURE, PICTURES, Command

_MAC = sys.platform == "darwin"
_PART = "Reuse a part"
_COPY = "Copy"
_SAVE = "Save and export"


_row = partial(Command, menu=PICTURE, needs_picture=True, why="Choose a picture first.")

_SHOWING: tuple[Command, ...] = (
    _row("view", "Show large", other_words="enlarge full screen", begins=True),
    _row("view-create", "Show in Create", other_words="stage open"),
    _row(
        "compare",
        "Compare",
        key="C",
        scope=PICTURES,
        other_words="side by side before after difference slider blink A/B x/y",
    ),
    _row(
        "compare-before",
        "Compare with before",
        key="Shift+C",
        scope=PICTURES,
        other_words="before after upscale original slider",
    ),
    _row(
        "fold-stack",
        "Open or close the stack",
        key="S",
        scope=PICTURES,
        why="Only pictures that were made for one document of Edit lie on a stack.",
        other_words="group candidates expand collapse",
    ),
    SORT_OUT,
)
_MAKING: tuple[Command, ...] = (
    _row(
        "edit-picture",
        "Edit",
        key="E",
        scope=PICTURES,
        other_words="inpaint outpaint img2img mask canvas paint send to",
        begins=True,
    ),
    _row(
        "vary",
        "Vary",
        key="V",
        scope=PICTURES,
        other_words="variation variations variant subseed similar",
    ),
    _row(
        "vary-by",
        "Vary by...",
        key="Shift+V",
        scope=PICTURES,
        other_words="variation variations strength subseed",
    ),
    _row(
        "upscale",
        "Upscale...",
        key="U",
        scope=PICTURES,
        other_words="enlarge larger hires extras ESRGAN super resolution SD upscale tile",
    ),
    _row(
        "insight-picture",
        "Insight",
        key="I",
        scope=PICTURES,
        other_words="steps timeline rewind denoising latents explain how it was made",
    ),
    _row(
        "what-went-wrong",
        "What went wrong?",
        key="W",
        scope=PICTURES,
        other_words="problem symptom diagnose burnt oversaturated grey blurry noise artifacts "
        "black bad hands anatomy double heads fix",
    ),
)
_REUSING: tuple[Command, ...] = (
    _row("reuse-all", "Reuse all", key="Ctrl+Shift+R", other_words="send to txt2img", begins=True),
    _row("reuse-prompt", "Reuse prompt", under=_PART),
    _row("reuse-seed", "Reuse seed", other_words="send seed", under=_PART),
    _row(
        "use-start",
        "Use as start",
        other_words="img2img image to image init send to img2img",
        under=_PART,
    ),
    _row(
        "words-of-picture",
        "Words of this picture...",
        other_words="template resolved",
        under=_PART,
    ),
    _row(
        "draw-again",
        "Draw its words again",
        why="Choose a picture whose prompt has choices or wildcards.",
        other_words="wildcards dynamic prompts",
        under=_PART,
    ),
    _row(
        "style-from-picture",
        "New style from the picture...",
        other_words="save style",
        under=_PART,
    ),
    _row(
        "make-again",
        "Make it again",
        other_words="recreate reproduce compare identical",
        under=_PART,
    ),
    _row("model-picture", "Use as the model's picture", under=_PART),
)
_TAKING: tuple[Command, ...] = (
    _row("copy", "Copy picture", key="Ctrl+Shift+C", begins=True, under=_COPY),
    _row("copy-recipe", "Copy recipe", under=_COPY),
    *OF_COPYING,
    _row("save-as", "Save as (with recipe)...", key="Ctrl+S", under=_SAVE),
    _row("save-plain", "Save as (without recipe)...", under=_SAVE),
    *OF_EXPORT,
    _row("show-in-folder", "Show in folder"),
)
_DELETING: tuple[Command, ...] = (
    _row(
        "delete",
        "Delete",
        key="Delete",
        more_keys=("Backspace",) if _MAC else (),
        scope=PICTURES,
        other_words="trash remove",
        begins=True,
    ),
    _row("restore", "Restore from trash", why="Only pictures in the trash can be restored."),
)
OF_PICTURES: tuple[Command, ...] = (
    *_SHOWING,
    *_MAKING,
    *_REUSING,
    *OF_KIN,
    *OF_MARKS,
    *_TAKING,
    *_DELETING,
)
