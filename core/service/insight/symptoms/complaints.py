"""What a person can be bothered by that no measure sees: what is known to help, and changes to try.

None of it is measured: which of them helps one picture, its seeds have to show.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.models.files.families import FAMILIES, Family
from core.service.remarks.canvas import is_composed_at_once
from core.values.declared.limits import MAX_GUIDANCE, MAX_SIZE, MAX_STEPS
from core.values.insight.symptoms import Change, Complaint, Remedy
from core.values.request import Request
from core.values.request_parts.hires import AUTO, OFF

OTHER_SEEDS = 3  # at which a change is tried beside the picture's own
_MORE_GUIDANCE, _LESS_GUIDANCE = 1.4, 0.65
_MORE_STEPS = 1.6
_DISTILLED = 1.5  # guidance up to which a family's way is one without guidance
Tries = Callable[[Request, Family], tuple[Remedy, ...]]


def complaints(request: Request, row: Family | None) -> tuple[Complaint, ...]:
    """All that can bother a person, with what can be tried with this request; changes that change
    nothing are left out. `row` is the model's family, None where it is not known."""
    family = row or FAMILIES["sd-unknown"]
    return tuple(
        Complaint(kind, title, words, _changing(tries(request, family), request))
        for kind, title, words, tries in _ROWS
    )


def other_seeds(seed: int) -> tuple[int, ...]:
    """The three seeds beside a picture's own: those that follow it."""
    return tuple(seed + number for number in range(1, OTHER_SEEDS + 1))


def _changing(tries: tuple[Remedy, ...], request: Request) -> tuple[Remedy, ...]:
    return tuple(one for one in tries if one.changes and one.applied(request) != request)


def _without(request: Request, words: str, sentence: str) -> Remedy:
    """Words into the negative prompt, where they do not stand yet."""
    there = request.negative_prompt
    if words.casefold() in there.casefold():
        return Remedy(sentence)
    joined = f"{there.rstrip().rstrip(',')}, {words}" if there.strip() else words
    return Remedy(sentence, (Change("negative_prompt", joined),))


def _guided(request: Request, row: Family, by: float, sentence: str) -> Remedy:
    """More or less guidance, where the model is guided at all."""
    if row.guidance <= _DISTILLED or row.flow:
        return Remedy(sentence)
    value = min(MAX_GUIDANCE, max(1.5, round(request.guidance * by * 2) / 2))
    if (value > request.guidance) != (by > 1):  # next to none cannot be lowered
        return Remedy(sentence)
    return Remedy(sentence, (Change("guidance", float(value)),))


def _longer(request: Request, row: Family, sentence: str) -> Remedy:
    """More steps, where the model was not distilled to few."""
    if row.guidance <= _DISTILLED:
        return Remedy(sentence)
    steps = min(MAX_STEPS, round(request.steps * _MORE_STEPS))
    return Remedy(sentence, (Change("steps", steps),))


def _larger(request: Request, row: Family, sentence: str) -> Remedy:
    """Half as large again in the same shape, where the family composes that in one go; else by
    hires fix, where it can refine."""
    size = tuple(round(side * 1.5 / 64) * 64 for side in (request.width, request.height))
    if max(size) > MAX_SIZE:
        return Remedy(sentence)
    if is_composed_at_once((size[0], size[1]), row):
        return Remedy(sentence, (Change("width", size[0]), Change("height", size[1])))
    if row.refines and not row.pipeline and request.hires.mode == OFF:
        hires = replace(request.hires, mode=AUTO)
        changes = Change("width", size[0]), Change("height", size[1]), Change("hires", hires)
        return Remedy(sentence, changes)
    return Remedy(sentence)


def _weighed(request: Request, sentence: str) -> Remedy:
    """The first part of the prompt weighed more."""
    first, comma, rest = request.prompt.partition(",")
    is_plain = first.strip() and not any(sign in first for sign in "()[]{}<>|:\\")
    if not is_plain:
        return Remedy(sentence)
    return Remedy(sentence, (Change("prompt", f"({first.strip()}:1.3){comma}{rest}"),))


def _first_alone(request: Request, sentence: str) -> Remedy:
    """The first part of the prompt alone."""
    first, comma, _ = request.prompt.partition(",")
    if not comma or not first.strip() or any(sign in first for sign in "([{<|"):
        return Remedy(sentence)
    return Remedy(sentence, (Change("prompt", first.strip()),))


def _hands(request: Request, row: Family) -> tuple[Remedy, ...]:
    return (
        _larger(request, row, "Give them more pixels: make the picture larger."),
        _without(request, "deformed hands, extra fingers", "Name it in the negative prompt."),
        _longer(request, row, "Take more steps."),
    )


def _text(request: Request, row: Family) -> tuple[Remedy, ...]:
    return (
        _without(request, "text, letters, watermark", "Keep writing out of the picture."),
        _larger(request, row, "Give letters more pixels: make the picture larger."),
        _guided(request, row, _MORE_GUIDANCE, "Raise guidance a little."),
    )


def _count(request: Request, row: Family) -> tuple[Remedy, ...]:
    return (
        _weighed(request, "Weigh the words of the count more."),
        _guided(request, row, _MORE_GUIDANCE, "Raise guidance a little."),
        _without(request, "crowd, many", "Name what is too much in the negative prompt."),
    )


def _subject(request: Request, row: Family) -> tuple[Remedy, ...]:
    return (
        _first_alone(request, "Ask for the subject alone."),
        _weighed(request, "Weigh the subject more."),
        _guided(request, row, _MORE_GUIDANCE, "Raise guidance a little."),
    )


def _colour(request: Request, row: Family) -> tuple[Remedy, ...]:
    return (
        _weighed(request, "Weigh the thing and its colour more, together."),
        _guided(request, row, _LESS_GUIDANCE, "Lower guidance a little: less of a colour spills."),
        _longer(request, row, "Take more steps."),
    )


def _likeness(request: Request, row: Family) -> tuple[Remedy, ...]:
    return (
        _larger(request, row, "Give the face more pixels: make the picture larger."),
        _first_alone(request, "Ask for the one person alone."),
        _guided(request, row, _LESS_GUIDANCE, "Lower guidance a little: features soften."),
    )


_ROWS: tuple[tuple[str, str, tuple[str, ...], Tries], ...] = (
    (
        "hands",
        "Hands or limbs",
        (
            "Models see few pictures of hands in which all fingers are told apart, and draw what "
            "is likely, not what can be counted.",
            "More pixels for them help most: a larger picture, or that place alone drawn over in "
            "the Edit room.",
        ),
        _hands,
    ),
    (
        "text",
        "Writing",
        (
            "Small models take letters for ornament: they were never taught to spell.",
            "Keep writing out, or set it afterwards in another program; newer families with T5 "
            "write short words.",
        ),
        _text,
    ),
    (
        "count",
        "The wrong number of things",
        (
            "Text encoders keep hardly anything of numbers: one, two and three may come out "
            "right, more is chance.",
            "Several seeds are the surest way; things can be added or painted over in the Edit "
            "room.",
        ),
        _count,
    ),
    (
        "subject",
        "Not what was asked for",
        (
            "What stands first and alone counts most; a subject that the model was not taught "
            "becomes the nearest one that it knows.",
            "Shorten the prompt until the subject appears, then add words one by one.",
        ),
        _subject,
    ),
    (
        "colour",
        "A colour on the wrong thing",
        (
            "Words for colours are read together with all others, and spill to what stands near "
            "them.",
            "Name each thing with its colour right before it, and few colours in all; with BREAK "
            "between them they are read apart.",
        ),
        _colour,
    ),
    (
        "likeness",
        "It does not look like the one it should",
        (
            "A model knows faces that were often in its training pictures, and no others; for a "
            "person, an animal or a thing of your own it needs a LoRA or a start picture.",
            "Small faces come out as anybody's: give them more pixels.",
        ),
        _likeness,
    ),
)
