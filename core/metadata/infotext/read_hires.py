"""Hires fix as the web UI's text has it, older versions and other programs' keys with it.

`Size` is the first pass's, and `Hires upscale` multiplies it, or `Hires resize` names the large
picture, to which the small one is enlarged until it fills it. Before both, `First pass size` stood
beside a `Size` that was the large one's. The large picture's sides are ours.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

from core.metadata.infotext.sampler_names import read_names
from core.metadata.infotext.told import TRUE, Told, Understood, is_allowed
from core.metadata.infotext.written import enlarged
from core.values.request_parts.first_pass import first_pass
from core.values.request_parts.hires import BY_HAND, UPSCALERS, Hires

_SIZES = ("hires upscale", "hires resize", "hires resize-1", "hires resize-2", "first pass size")
_SIDE_STEPS = (8, 16)  # pixels; the text does not say whether its model is a flow model
_STRENGTHS = ("hires strength", "denoising strength")
# of SD.Next: the large size once more, and that there is a second pass at all
_TOGETHER = ("hires size", "hires force", "refine")
_SAME = frozenset(
    {
        "",
        "0",
        "none",
        "use same checkpoint",
        "use same sampler",
        "use same scheduler",
        "use same choices",
    }
)


def _bare(name: str) -> str:
    return re.sub(r"[\s()_-]", "", name.lower())


_UPSCALERS = {
    **{_bare(label): name for name, label in UPSCALERS.items()},
    "none": "lanczos",  # which the web UI enlarges by where no upscaler is chosen
    "latentbilinear": "latent",  # SD.Next's names
    "latentbilinearantialias": "latent_antialiased",
    "latentbicubicantialias": "latent_bicubic_antialiased",
}
_DRAWN = (
    "hires fix: its program draws at random around what the encoder says of the small picture; "
    "here its mean is taken"
)
# what the second pass has of the first here, by the pair that may give it something else
_AS_THE_FIRST = {
    "hires prompt": ("prompt", "the second pass has the prompt of the first here"),
    "hires negative prompt": (
        "negative prompt",
        "the second pass has the negative prompt of the first here",
    ),
    "hires checkpoint": ("model", "the second pass is made with the same model here"),
    "hires cfg scale": ("cfg scale", "the second pass has the guidance of the first here"),
    "hires distilled cfg scale": (
        "distilled cfg scale",
        "the second pass has the guidance of the first here",
    ),
    "token merging ratio hr": (
        "token merging ratio",
        "the second pass merges tokens as the first does here",
    ),
    "hires module 1": ("module 1", "the second pass is made with the same parts here"),
    "hires module 2": ("module 2", "the second pass is made with the same parts here"),
    "hires module 3": ("module 3", "the second pass is made with the same parts here"),
}


@dataclass(frozen=True, slots=True)
class _Passes:
    """The sizes of both passes in pixels, None where unknown, and how many times the second is
    larger."""

    small: tuple[int, int] | None
    large: tuple[int, int] | None
    scale: float


def speaks_of_hires(told: Told) -> bool:
    """Whether a key of hires fix stands in the text: the denoising strength is its own then."""
    return "first pass size" in told.pairs or any(name.startswith("hires ") for name in told.pairs)


def strength_key(told: Told) -> str:
    """The pair that holds the strength of the second pass, "" where none does."""
    return next((name for name in _STRENGTHS if told.number(name) is not None), "")


def read_hires(told: Told) -> Understood:
    """`hires`, `width` and `height`; nothing where the text does not say all that it takes: how
    much larger, and at what strength."""
    found = Understood()
    key = strength_key(told)
    strength = told.number(key)
    passes = _passes(told)
    if not speaks_of_hires(told) or passes is None:
        return found
    if strength is None or not is_allowed(Hires, "strength", strength):
        return found
    hires = Hires(mode=BY_HAND, scale=passes.scale, strength=strength)
    found.take(told, (key, *_SIZES, *_TOGETHER))
    hires = _upscaler(told, _sampling(told, hires, found), found)
    if told.web_ui and not hires.upscaler.startswith("latent"):
        found.notes.append(_DRAWN)
    found.values["hires"] = hires
    _sizes(told, passes, found)
    _differences(told, found)
    return found


def _passes(told: Told) -> _Passes | None:
    size = _known_size(told)
    first = told.size("first pass size")
    resize = _resize(told)
    scale = told.number("hires upscale")
    if first is not None:
        passes = None if size is None else _from_first_pass(first, size)
    elif resize is not None and size is not None:
        large, factor = _filling(size, resize)
        if scale is not None and _is_scale(scale) and _composes(size, large, scale):
            factor = scale  # with every digit
        passes = _Passes(size, large, factor)
    elif scale is not None and _is_scale(scale):
        passes = _Passes(size, enlarged(*size, scale) if size else None, scale)
    else:
        passes = None
    return passes if passes is not None and _is_scale(passes.scale) else None


def _composes(small: tuple[int, int], large: tuple[int, int], scale: float) -> bool:
    """Whether the large picture is composed in the size of the small one here, by some family."""
    return any(first_pass(*large, scale, step) == small for step in _SIDE_STEPS)


def _is_scale(scale: float) -> bool:
    return is_allowed(Hires, "scale", scale)


def _known_size(told: Told) -> tuple[int, int] | None:
    width, height = told.known.get("width"), told.known.get("height")
    if isinstance(width, int) and isinstance(height, int) and min(width, height) > 0:
        return width, height
    return None


def _resize(told: Told) -> tuple[int, int] | None:
    """The large picture that is asked for; one side may be 0, which means: as the other has it."""
    sides = told.size("hires resize")
    if sides is None:
        width, height = told.whole("hires resize-1"), told.whole("hires resize-2")
        sides = (width or 0, height or 0)
    return sides if min(sides) >= 0 and max(sides) > 0 else None


def _filling(small: tuple[int, int], asked: tuple[int, int]) -> tuple[tuple[int, int], float]:
    """The large picture of one that is enlarged until it fills what was asked for, and cut; and how
    many times larger it is."""
    scale = max(side / first for side, first in zip(asked, small, strict=True))
    width, height = asked
    if not width:
        width = height * small[0] // small[1]
    elif not height:
        height = width * small[1] // small[0]
    return (width // 8 * 8, height // 8 * 8), scale


def _from_first_pass(first: tuple[int, int], large: tuple[int, int]) -> _Passes:
    """Of texts before hires fix had a factor: 0 stood for a size that was worked out."""
    if min(first) <= 0:
        factor = math.sqrt(512 * 512 / (large[0] * large[1]))
        first = (math.ceil(factor * large[0] / 64) * 64, math.ceil(factor * large[1] / 64) * 64)
    return _Passes(first, large, max(large[0] / first[0], large[1] / first[1]))


def _sizes(told: Told, passes: _Passes, found: Understood) -> None:
    """The large picture's sides; a sentence where the small one is of another shape here."""
    if passes.large is None:
        return
    width, height = passes.large
    found.values |= {"width": width, "height": height}
    names = [name for name in ("size", *_SIZES) if name in told.pairs]
    said = ", ".join(told.pairs[name].shown for name in names)
    found.said |= {"width": said, "height": said}
    small = first_pass(width, height, passes.scale)
    if passes.small is not None and not _composes(passes.small, (width, height), passes.scale):
        found.notes.append(
            f"{said}: the small picture has the shape of the large one here, {small[0]}x{small[1]}"
        )


def _sampling(told: Told, hires: Hires, found: Understood) -> Hires:
    steps = told.whole("hires steps")
    if steps is not None and is_allowed(Hires, "steps", steps):
        found.take(told, ("hires steps",))
        hires = replace(hires, steps=steps)
    name = told.text("hires sampler")
    if name.lower() in _SAME or (name == told.text("sampler") and not told.ours):
        name = ""  # ours is written only where it is another, as UniPC of two kinds
    schedule = told.text("hires schedule type")
    if schedule.lower() in _SAME:
        schedule = ""
    named = read_names(name or told.text("sampler"), schedule)
    if not named.stated:  # nor is it part of the sampler's name
        named = read_names(name or told.text("sampler"), told.text("schedule type"))
    if name and not named.sampler:
        found.note(told, "hires sampler", "the second pass has the sampler of the first here")
    elif name and (own := _variant(told, named.sampler, name)) != told.known.get("sampler"):
        hires = replace(hires, sampler=own)
    if named.schedule and named.schedule != told.known.get("schedule", named.schedule):
        _note_schedule(told, found)
    found.take(told, ("hires sampler", "hires schedule type"))
    return hires


def _variant(told: Told, sampler: str, name: str) -> str:
    """UniPC's step function is bh1 in the web UI unless it says otherwise."""
    if sampler == "unipc" and told.web_ui and "bh" not in name.lower():
        return "unipc" if told.word("unipc variant") == "bh2" else "unipc_bh1"
    return sampler


def _note_schedule(told: Told, found: Understood) -> None:
    for name in ("hires schedule type", "hires sampler"):
        if name in told.pairs:
            found.note(told, name, "the second pass has the schedule of the first here")
            return


def _upscaler(told: Told, hires: Hires, found: Understood) -> Hires:
    """By its name; else what comes near it: Lanczos for a network that is not here."""
    word = _bare(told.text("hires upscaler"))
    if not word:
        return hires
    if word in _UPSCALERS:
        found.take(told, ("hires upscaler",))
        return replace(hires, upscaler=_UPSCALERS[word])
    if word.startswith("latent"):
        found.note(told, "hires upscaler", "its latents are enlarged bilinearly here")
        return hires
    found.note(told, "hires upscaler", "the small picture is enlarged by Lanczos here")
    return replace(hires, upscaler="lanczos")


def _differences(told: Told, found: Understood) -> None:
    for name, (first, sentence) in _AS_THE_FIRST.items():
        if name not in told.pairs:
            continue
        said = told.text(name)
        if said.lower() in _SAME or _is_same(told, name, first):
            found.take(told, (name,))
        else:
            found.note(told, name, sentence)
    if told.word("hires mode") in TRUE:  # SD.Next's number of "to a fixed size"
        found.take(told, ("hires mode",))


def _is_same(told: Told, name: str, first: str) -> bool:
    """Whether the second pass is said to have what the first has."""
    if first in ("prompt", "negative prompt"):
        return told.text(name) == told.known.get(first.replace(" ", "_"))
    number = told.number(name)
    if number is not None:
        return number == told.number(first)
    return told.text(name) == told.text(first)
