"""The symptoms that can be seen in a picture whatever it says of its making."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from core.models.files.families import FAMILIES
from core.service.insight.symptoms.measures import thresholds as at
from core.service.insight.symptoms.measures import weighed
from core.service.insight.symptoms.measures.measured import Measured
from core.values.insight.symptoms import Evidence, Judged, Remedy, Symptom, SymptomId

_REPEATS_FROM = 1.7  # times a family's largest area: from there on pictures repeat themselves
_ROUGH = frozenset((SymptomId.BURNT, SymptomId.NOISE))
_SLIGHT, _SURE = 0.7, 0.95  # confidence at a threshold, and at twice of it


def seen(
    found: Measured, largest_area: int | None = None, *, is_composed: bool = True
) -> tuple[Symptom, ...]:
    """The gravest first. `largest_area`, in pixels, is what the model's family was trained for;
    where it is not known, that of the smallest family there is. `is_composed` is False where the
    recipe says that another picture, or a smaller one, gave the composition."""
    if found.tone.spread < at.SPREAD.at:
        return (_one_colour(found),)
    if found.empty > at.EMPTY.at:
        return (_broken(found),)
    symptoms = [*_seams(found)]
    if is_composed:
        symptoms += _doubled(found, largest_area or _smallest_area())
    symptoms += [one for judge in _JUDGES for one in judge(found)]
    ids = {symptom.id for symptom in symptoms}
    if SymptomId.BURNT in ids:  # burnt colours are grainy too
        symptoms = [one for one in symptoms if one.id is not SymptomId.NOISE]
    if ids & _ROUGH:  # edges between grains are soft
        symptoms = [one for one in symptoms if one.id is not SymptomId.BLUR]
    return tuple(symptoms)


def _smallest_area() -> int:
    return min(max(width * height for width, height in row.sizes) for row in FAMILIES.values())


def confidence(*evidence: Evidence) -> float:
    """By the figure that is least beyond its threshold."""
    beyond = min(_times(one) for one in evidence)
    return round(min(_SURE, _SLIGHT + (_SURE - _SLIGHT) * (beyond - 1)), 2)


def _times(one: Evidence) -> float:
    """How many times its threshold a figure is beyond; 2 where a threshold is 0."""
    low, high = sorted((one.value, one.threshold))
    return high / low if low > 0 else 2.0


def _symptom(kind: SymptomId, title: str, cause: str, remedy: str, *evidence: Evidence) -> Symptom:
    return Symptom(
        id=kind,
        title=title,
        cause=cause,
        evidence=evidence,
        remedy=Remedy(remedy),
        judged=Judged.PICTURE,
        confidence=confidence(*evidence),
    )


def _one_colour(found: Measured) -> Symptom:
    return _symptom(
        SymptomId.BLACK,
        "Nothing but one colour",
        "Numbers overflowed on the way, or the decoder gave none that can be shown.",
        "Make it with weights in full precision and the model's own VAE.",
        at.SPREAD.evidence(found.tone.spread),
    )


def _broken(found: Measured) -> Symptom:
    return _symptom(
        SymptomId.BROKEN,
        "A part is missing",
        "Numbers overflowed in a part of the picture, as they do in half precision.",
        "Make it again with the decoder in full precision.",
        at.EMPTY.evidence(found.empty),
    )


def _burnt(found: Measured) -> Iterator[Symptom]:
    parts = found.tone, found.grain, found.sharpness
    evidence = (
        at.BURNT.evidence(weighed.burnt(*parts)),
        at.SPECKS.evidence(found.tone.specks),
        at.ROUGH.evidence(found.grain.luma),
    )
    is_blurred = found.sharpness.width > at.BLURRED and found.grain.luma <= at.GRAIN.at
    is_noise = _is_noise(found) and weighed.burnt_not_noise(*parts) < at.NOT_NOISE
    if all(one.is_beyond for one in evidence) and not is_blurred and not is_noise:
        yield _symptom(
            SymptomId.BURNT,
            "Burnt colours",
            "Colours were driven beyond what a picture can show, as strong guidance does.",
            "Lower guidance to what the model was made for.",
            *evidence,
        )


def _is_noise(found: Measured) -> bool:
    grain = found.grain
    in_colour = grain.colour > max(at.COLOUR_GRAIN.at, at.COLOUR_BESIDE * grain.luma)
    return in_colour and grain.luma > at.GRAIN.at


def _grey(found: Measured) -> Iterator[Symptom]:
    evidence = (
        at.TONES.evidence(found.tone.contrast + found.tone.colour),
        at.DARKEST.evidence(found.tone.darkest),
    )
    if all(one.is_beyond for one in evidence):
        yield _symptom(
            SymptomId.GREY,
            "Washed out",
            "Neither dark nor light places nor colours are there: the decoder does not suit the "
            "latents, or guidance was nearly off.",
            "Decode with the model's own VAE, and look whether guidance is above 1.",
            *evidence,
        )


def _noise(found: Measured) -> Iterator[Symptom]:
    beside = max(at.COLOUR_GRAIN.at, at.COLOUR_BESIDE * found.grain.luma)
    evidence = (
        replace(at.COLOUR_GRAIN, at=beside).evidence(found.grain.colour),
        at.GRAIN.evidence(found.grain.luma),
    )
    if all(one.is_beyond for one in evidence):
        yield _symptom(
            SymptomId.NOISE,
            "Noise is left",
            "The noise that the picture began with was not taken away to its end.",
            "Let the noise levels end at zero, and give the sampler enough steps.",
            *evidence,
        )


def _blur(found: Measured) -> Iterator[Symptom]:
    evidence = (at.SOFTNESS.evidence(found.sharpness.softness),)
    if all(one.is_beyond for one in evidence):
        yield _symptom(
            SymptomId.BLUR,
            "Blurred",
            "Even the sharpest edges are soft: too few steps were made, or a smaller picture was "
            "enlarged.",
            "Make more steps, or make it in this size from the beginning.",
            *evidence,
        )


def _seams(found: Measured) -> Iterator[Symptom]:
    evidence = (at.LINE.evidence(found.seams.share),)
    if all(one.is_beyond for one in evidence):
        yield _symptom(
            SymptomId.SEAMS,
            "Seams of tiles",
            "It was made in tiles that do not overlap enough, so that each ends at a line.",
            "Let the tiles overlap more, or make each with less strength.",
            *evidence,
        )


def _doubled(found: Measured, largest_area: int) -> Iterator[Symptom]:
    is_enlarged = found.sharpness.width > at.ENLARGED  # what it was composed in was smaller
    if is_enlarged or found.width * found.height < _REPEATS_FROM * largest_area:
        return
    evidence = (at.DOUBLED.evidence(weighed.doubled(found.repeat)),)
    if all(one.is_beyond for one in evidence):
        yield _symptom(
            SymptomId.DOUBLED,
            "A doubled composition",
            "In pictures larger than those it was trained on a model begins its subject anew.",
            "Make it in the model's own size, and enlarge it afterwards with hires fix.",
            *evidence,
        )


_JUDGES: tuple[Callable[[Measured], Iterator[Symptom]], ...] = (
    _burnt,
    _grey,
    _noise,
    _blur,
)
