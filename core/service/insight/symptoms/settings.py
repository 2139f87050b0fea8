"""What a recipe's settings explain of what is seen in its picture, or are known to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from core.models.files.families import Family
from core.sampling.samplers import SAMPLERS
from core.service.insight.symptoms.making import Making
from core.service.insight.symptoms.measures import thresholds as at
from core.service.insight.symptoms.measures.measured import Measured
from core.values.insight.symptoms import (
    Change,
    Evidence,
    Judged,
    Remedy,
    Symptom,
    SymptomId,
    Unit,
)
from core.values.request_parts.levels import Levels

_LEFT = 0.1  # of the noise's deviation beside the data's, from where on what is left is seen
_FEWEST = 6  # steps of a model that was not distilled
_FEW = 8  # steps, below which a poor picture is laid to them
_SLOW = {"dpmpp_3m_sde": 16, "lms": 15, "dpm_fast": 15}  # the same of samplers that arrive late
_LOW_GUIDANCE = 1.2
_GUIDED_FROM = (
    2.0  # what a family's usual guidance is above, whose networks are guided by two calls
)
_MUCH_GUIDANCE = 2.5  # times what is usual
Ids = frozenset[SymptomId]
_POOR = frozenset((SymptomId.BURNT, SymptomId.GREY, SymptomId.NOISE, SymptomId.BLUR))


@dataclass(frozen=True, slots=True)
class Case:
    """A picture that is judged: what it says of its making, what was measured, and what is seen in
    it, by ids."""

    making: Making
    found: Measured
    seen: tuple[Symptom, ...]

    @property
    def ids(self) -> Ids:
        return frozenset(symptom.id for symptom in self.seen)

    def proof(self, *ids: SymptomId) -> tuple[Evidence, ...]:
        """The figures of what is seen of these."""
        return tuple(one for symptom in self.seen if symptom.id in ids for one in symptom.evidence)


@dataclass(frozen=True, slots=True)
class Explained:
    """A finding, and which of those that are seen it stands for."""

    symptom: Symptom
    explains: Ids = frozenset()


def explained(case: Case) -> tuple[Explained, ...]:
    """All that the settings explain; each of what is seen by the first that can."""
    found: list[Explained] = []
    taken: set[SymptomId] = set()
    for rule in _RULES:
        left = tuple(symptom for symptom in case.seen if symptom.id not in taken)
        for one in rule(replace(case, seen=left)):
            found.append(one)
            taken |= one.explains
    return tuple(found)


def _figure(
    measure: str, value: float, threshold: float, usual: tuple[float, float], *, below: bool = False
) -> Evidence:
    return Evidence(
        measure=measure,
        value=value,
        threshold=threshold,
        usual=usual,
        unit=Unit.COUNT if measure == "Steps" else Unit.PLAIN,
        is_below=below,
    )


def _distilled(case: Case) -> Iterable[Explained]:
    """A few-step way with the settings of others."""
    making, row = case.making, case.making.row
    if row is None or not making.is_distilled or not making.says("guidance"):
        return
    most = max(2.5, 1.6 * row.guidance)
    if making.request.guidance <= most:
        return
    seen = case.ids & (_POOR | {SymptomId.SEAMS})
    yield Explained(
        Symptom(
            id=SymptomId.FEW_STEPS,
            title="A few-step model with ordinary settings",
            cause="The model, or a LoRA, was distilled to few steps without guidance: guided as "
            "others are, its colours and shapes are driven too far.",
            evidence=(
                _figure("Guidance", making.request.guidance, most, (1.0, row.guidance)),
                *case.proof(*seen),
            ),
            remedy=Remedy("Take the steps, guidance and sampler that it was made for.", _way(row)),
            judged=Judged.BOTH if seen else Judged.RECIPE,
            confidence=0.95 if seen else 0.8,
        ),
        seen,
    )


def _way(row: Family) -> tuple[Change, ...]:
    names = ("steps", "guidance", "sampler", "schedule")
    return tuple(Change(name, value) for name, value in row.defaults().items() if name in names)


def _few(case: Case) -> Iterable[Explained]:
    """Few steps of a model that wants more."""
    making, row = case.making, case.making.row
    if row is None or making.is_distilled or not making.says("steps"):
        return
    steps = making.request.steps
    sampler = SAMPLERS.get(making.request.sampler)
    if making.request.start.source or sampler is None:
        return
    seen = case.ids & _POOR
    few = _SLOW.get(making.request.sampler, _FEW)
    if steps >= (few if seen else _FEWEST):
        return
    yield Explained(
        Symptom(
            id=SymptomId.FEW_STEPS,
            title="Too few steps for this model",
            cause="The model was not distilled to few steps, and no adapter for them was in use: "
            "so few leave the picture unfinished.",
            evidence=(
                _figure("Steps", steps, few, (few, 50), below=True),
                *case.proof(*seen),
            ),
            remedy=Remedy(
                "Give it the steps that are usual, or a LoRA for few steps.",
                (Change("steps", row.steps),),
            ),
            judged=Judged.BOTH if seen else Judged.RECIPE,
            confidence=0.95 if seen else 0.75,
        ),
        seen,
    )


def _levels(case: Case) -> Iterable[Explained]:
    """Noise levels that do not end at zero."""
    sigmas = case.making.request.levels.sigmas
    if not sigmas or sigmas[-1] < _LEFT or SymptomId.NOISE not in case.ids | _burnt_too(case):
        return
    yield Explained(
        Symptom(
            id=SymptomId.NOISE,
            title="Noise is left",
            cause="The noise levels of the recipe end above zero, so that the rest of the noise "
            "stayed in the picture.",
            evidence=(
                _figure("Last noise level", sigmas[-1], _LEFT, (0.0, 0.03)),
                *case.proof(SymptomId.NOISE),
            ),
            remedy=Remedy("Take the schedule's own levels.", (Change("levels", Levels()),)),
            judged=Judged.BOTH,
            confidence=0.95,
        ),
        frozenset((SymptomId.NOISE, SymptomId.BURNT)),
    )


def _burnt_too(case: Case) -> Ids:
    """Noise that is so strong that it is seen as burnt colours."""
    grain = case.found.grain
    is_noise = grain.colour > at.COLOUR_GRAIN.at and grain.luma > at.GRAIN.at
    return frozenset((SymptomId.NOISE,)) if is_noise and SymptomId.BURNT in case.ids else Ids()


def _guided(case: Case) -> Iterable[Explained]:
    """Much guidance that is seen."""
    making, row = case.making, case.making.row
    if row is None or making.is_distilled or not making.says("guidance"):
        return
    most = _MUCH_GUIDANCE * max(row.guidance, 2.0)
    tone = case.found.tone
    half = tone.specks > at.SPECKS.at and making.request.guidance > 1.4 * most
    grainy = making.request.guidance > 1.4 * most and SymptomId.NOISE in case.ids
    if making.request.guidance <= most or not (SymptomId.BURNT in case.ids or half or grainy):
        return
    yield Explained(
        Symptom(
            id=SymptomId.BURNT,
            title="Burnt colours",
            cause="Guidance was so strong that it drove colours beyond what a picture can show.",
            evidence=(
                _figure("Guidance", making.request.guidance, most, (1.5, 1.75 * row.guidance)),
                at.SPECKS.evidence(tone.specks),
            ),
            remedy=Remedy(
                "Lower guidance to what suits the model.", (Change("guidance", row.guidance),)
            ),
            judged=Judged.BOTH,
            confidence=0.95 if SymptomId.BURNT in case.ids else 0.75,
        ),
        frozenset((SymptomId.BURNT, SymptomId.NOISE)),
    )


def _other_vae(case: Case) -> Iterable[Explained]:
    """Another decoder than the model's own, which is unlike it, or whose picture looks decoded by
    the wrong one."""
    making = case.making
    if not making.request.vae:
        return
    seen = case.ids & (_POOR | {SymptomId.BLACK, SymptomId.BROKEN, SymptomId.SEAMS})
    unlike = making.vae_likeness is not None and making.vae_likeness < at.VAE_LIKENESS.at
    if not seen and not unlike:
        return
    evidence = case.proof(*seen)
    if making.vae_likeness is not None and unlike:
        evidence = (at.VAE_LIKENESS.evidence(making.vae_likeness), *evidence)
    yield Explained(
        Symptom(
            id=SymptomId.VAE,
            title="A VAE that does not fit",
            cause="It was decoded by another VAE than the model's own, which was made for other "
            "latents.",
            evidence=evidence,
            remedy=Remedy("Decode with the model's own VAE.", (Change("vae", ""),)),
            judged=Judged.BOTH if seen else Judged.RECIPE,
            confidence=0.95 if unlike else 0.75,
        ),
        seen,
    )


def _prediction(case: Case) -> Iterable[Explained]:
    """Noise, or burnt noise, after an ordinary walk: the network's answer was misread."""
    making, row = case.making, case.making.row
    if row is None or making.is_distilled or row.flow or row.pipeline:
        return
    contradicted = bool(making.taken_as) and case.ids & _POOR
    noisy = SymptomId.NOISE in case.ids or bool(_burnt_too(case))
    ordinary = (
        making.says("guidance", "steps")
        and making.request.guidance <= _MUCH_GUIDANCE * row.guidance
        and making.request.steps >= _FEW
        and not making.request.start.source
    )
    if not contradicted and not (noisy and ordinary):
        return
    seen = case.ids & _POOR
    yield Explained(
        Symptom(
            id=SymptomId.PREDICTION,
            title="The wrong prediction type",
            cause="Steps and guidance are ordinary and noise is left all the same: what the "
            "network predicts was taken for something else.",
            evidence=case.proof(*seen),
            remedy=Remedy(
                "Say in the Models room what the model predicts: v instead of epsilon, or the "
                "reverse."
            ),
            judged=Judged.BOTH,
            confidence=0.9 if noisy else 0.7,
        ),
        seen,
    )


def _low_guidance(case: Case) -> Iterable[Explained]:
    """Next to no guidance of a model that wants some."""
    making, row = case.making, case.making.row
    if row is None or making.is_distilled or not making.says("guidance"):
        return
    guidance = making.request.guidance
    wants = row.guidance > _GUIDED_FROM and not row.pipeline
    if not wants or guidance > _LOW_GUIDANCE or not making.request.prompt.strip():
        return
    seen = case.ids & {SymptomId.GREY, SymptomId.BLUR}
    yield Explained(
        Symptom(
            id=SymptomId.GUIDANCE,
            title="Guidance too low",
            cause="Without guidance the words hardly count, and what is drawn stays pale and "
            "vague.",
            evidence=(
                _figure(
                    "Guidance", guidance, _LOW_GUIDANCE, (1.5, 1.75 * row.guidance), below=True
                ),
                *case.proof(*seen),
            ),
            remedy=Remedy(
                "Raise guidance to what suits the model.", (Change("guidance", row.guidance),)
            ),
            judged=Judged.BOTH if seen else Judged.RECIPE,
            confidence=0.9,
        ),
        seen,
    )


def _half(case: Case) -> Iterable[Explained]:
    """Numbers that overflowed in half precision."""
    if case.making.dtype not in ("float16", "bfloat16"):
        return
    seen = case.ids & {SymptomId.BLACK, SymptomId.BROKEN}
    if not seen:
        return
    yield Explained(
        Symptom(
            id=SymptomId.BROKEN,
            title="Numbers overflowed in half precision",
            cause="It was reckoned in sixteen bits, whose range this model or its VAE leaves.",
            evidence=case.proof(*seen),
            remedy=Remedy("Make it again in full precision: start with --weights full."),
            judged=Judged.BOTH,
            confidence=0.9,
        ),
        seen,
    )


def _rescaled(case: Case) -> Iterable[Explained]:
    """Guidance rescale that took the colours away."""
    rescale = case.making.request.guidance_rescale
    if rescale < 0.85 or SymptomId.GREY not in case.ids:
        return
    yield Explained(
        Symptom(
            id=SymptomId.GREY,
            title="Washed out",
            cause="Guidance rescale takes contrast away, all of it at its highest.",
            evidence=(
                _figure("Guidance rescale", rescale, 0.85, (0.0, 0.7)),
                *case.proof(SymptomId.GREY),
            ),
            remedy=Remedy("Rescale less.", (Change("guidance_rescale", 0.0),)),
            judged=Judged.BOTH,
            confidence=0.85,
        ),
        frozenset((SymptomId.GREY,)),
    )


_RULES: tuple[Callable[[Case], Iterable[Explained]], ...] = (
    _half,
    _distilled,
    _levels,
    _few,
    _low_guidance,
    _other_vae,
    _rescaled,
    _guided,
    _prediction,
)
