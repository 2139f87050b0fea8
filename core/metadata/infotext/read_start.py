"""Image to image and inpainting as the web UI's text has them, SD.Next's keys with them.

The picture itself and its mask are never in a text. What was set for them is kept in a
`StartPicture` without a source: text to image, until a person chooses a picture again.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.metadata.infotext.absent import MASK_ABSENT, SOURCE_ABSENT
from core.metadata.infotext.read_hires import speaks_of_hires
from core.metadata.infotext.told import FALSE, TRUE, Told, Understood, is_allowed
from core.metadata.infotext.written import AREAS, CONTENTS, EDITED
from core.system.json import from_plain
from core.values.request_parts.start_picture import StartPicture

ALIASES = {
    "mask content": "masked content",
    "mask area": "inpaint area",
    "mask padding": "masked area padding",
    "inpaint padding": "masked area padding",
    "only masked padding": "masked area padding",
    "mask weight": "conditional mask weight",
    "hires scale": "hires upscale",
    "hires factor": "hires upscale",
    "hires fixed": "hires resize",
    "hires denoising": "hires strength",
    "hires denoise": "hires strength",
    "hires denoising strength": "hires strength",
    "hires scheduler": "hires schedule type",
}
_OF_MASK = (
    "mask mode",
    "mask invert",
    "mask alpha",
    "mask blur",
    "masked content",
    "inpaint area",
    "masked area padding",
    "soft inpainting enabled",
)
_OF_SOURCE = ("init image hash", "init image size", "image cfg scale", "resize mode")
_SAID_BY_SIZE = ("init image hash", "init image size", "resize scale")
_NUMBERS = {
    "denoising strength": "strength",
    "mask blur": "mask_blur",
    "masked area padding": "padding",
    "image cfg scale": "image_guidance",
}
# SD.Next gives the place in the web UI's list, or whether it is the last
_WORDS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "masked content": (
        "mask_content",
        {word: name for name, word in CONTENTS.items()}
        | {"0": "fill", "1": "original", "2": "noise", "3": "nothing"},
    ),
    "inpaint area": (
        "area",
        {word.lower(): name for name, word in AREAS.items()}
        | dict.fromkeys(TRUE, "masked")
        | dict.fromkeys(FALSE, "whole"),
    ),
    "resize mode": (
        "fit",
        {"none": "crop", "fixed": "stretch", "crop": "crop", "fill": "pad"}
        | {"just resize": "stretch", "crop and resize": "crop", "resize and fill": "pad"},
    ),
}
_SOFT = "soft inpainting enabled"
_OPERATIONS = frozenset({"none", "txt2img", "img2img", "inpaint", "hires", "refine"})
_INVERTED = "what was white in its mask was kept; choose a mask whose white is made anew"
_SOFT_DIFFERS = "its extension blends otherwise; greys of the mask are strengths here"
# what has one value here, by the pair that may ask for another
_FIXED: Mapping[str, tuple[float, str]] = {
    "noise multiplier": (1.0, "the start noise is taken as it is here"),
    "extra noise": (0.0, "no noise is added to the start picture's here"),
    "conditional mask weight": (1.0, "a model for inpainting is told the whole mask here"),
    "mask alpha": (1.0, "the mask counts in full here"),
}
_ENCODER = "the start picture is encoded by the whole encoder here"
DRAWN = (
    "start picture: its program draws at random around what the encoder says; here its mean is "
    "taken"
)
STEPS_UNSAID = (
    "steps: the text does not say whether all of them were run on the start picture; "
    "here the strength's share of them is"
)


def read_start(told: Told, hires: Understood) -> Understood:
    """`start`, without source and mask, where the text is of a picture that was made from another;
    `hires` is what of it is the second pass's."""
    found = Understood()
    _fixed(told, found)
    _operations(told, found)
    if not _is_started(told, hires):
        return found
    values = _values(told, hires, found)
    masked = any(name in told.pairs for name in _OF_MASK)
    if masked and told.web_ui and "mask blur" not in told.pairs:
        values["mask_blur"] = 0.0  # which it does not write
    if masked:
        _mask(told, values, found)
    found.take(told, _SAID_BY_SIZE)
    found.values["start"] = from_plain(StartPicture, values, "start")
    found.notes += _notes(told, masked=masked)
    if "strength" not in values:
        found.notes.append(f"strength: none is said; here {StartPicture().strength:g}")
    return found


def _is_started(told: Told, hires: Understood) -> bool:
    """Whether there was a picture to start from. A strength alone says so between its ends: many
    programs write 1, and calls of the web UI 0, beside pictures of words."""
    if any(name in told.pairs for name in (*_OF_MASK, *_OF_SOURCE)):
        return True
    if {"img2img", "inpaint"} & _named_operations(told):
        return True
    return _own_strength(told, hires) and 0 < (told.number("denoising strength") or 0) < 1


def _own_strength(told: Told, hires: Understood) -> bool:
    """Whether the denoising strength is not the second pass's."""
    if "denoising strength" in hires.taken:
        return False
    return "hires" in hires.values or not speaks_of_hires(told)


def _values(told: Told, hires: Understood, found: Understood) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, field in _NUMBERS.items():
        if name == "denoising strength" and not _own_strength(told, hires):
            continue
        number = told.whole(name) if field == "padding" else told.number(name)
        if number is not None and is_allowed(StartPicture, field, number):
            values[field] = number
            found.take(told, (name,))
    for name, (field, words) in _WORDS.items():
        if name in told.pairs and (value := words.get(told.word(name))):
            values[field] = value
            found.take(told, (name,))
    return values


def _mask(told: Told, values: dict[str, object], found: Understood) -> None:
    if told.word("mask mode") == "inpaint not masked":
        found.note(told, "mask mode", _INVERTED)
    elif told.word("mask mode") == EDITED.lower():
        found.take(told, ("mask mode",))
    if told.word("mask invert") in TRUE:
        found.note(told, "mask invert", _INVERTED)
    elif told.word("mask invert") in FALSE:
        found.take(told, ("mask invert",))
    if told.word(_SOFT) in TRUE:
        values["mask_soft"] = True
        if not told.ours:
            found.note(told, _SOFT, _SOFT_DIFFERS)
        found.take(told, (name for name in told.pairs if name.startswith("soft inpainting ")))
    elif told.word(_SOFT) in FALSE:
        found.take(told, (_SOFT,))


def _fixed(told: Told, found: Understood) -> None:
    for name, (value, sentence) in _FIXED.items():
        number = told.number(name)
        if number == value:
            found.take(told, (name,))
        elif number is not None:
            found.note(told, name, sentence)
    if told.word("vae encoder") == "full":
        found.take(told, ("vae encoder",))
    elif told.word("vae encoder"):
        found.note(told, "vae encoder", _ENCODER)


def _named_operations(told: Told) -> frozenset[str]:
    words = told.word("operations").split(";")
    return frozenset(word.strip() for word in words) - {""}


def _operations(told: Told, found: Understood) -> None:
    """SD.Next's list of what it did."""
    named = _named_operations(told)
    if named and named <= _OPERATIONS:
        found.take(told, ("operations",))


def _notes(told: Told, *, masked: bool) -> list[str]:
    notes = [SOURCE_ABSENT]
    if masked:
        notes.append(MASK_ABSENT)
    if told.web_ui:
        notes += [DRAWN, STEPS_UNSAID]
    return notes
