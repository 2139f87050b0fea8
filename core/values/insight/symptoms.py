"""What can be seen to have gone wrong with a picture, and what a request would change about it.

Sentences name no figures, so that they can be translated; figures stand in `Evidence`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from core.values.request import Request


class SymptomId(StrEnum):
    """What was found; stable ids that scripts read."""

    BLACK = "black"  # nothing but one colour
    BROKEN = "half_precision"  # numbers overflowed: a part of it is empty, or all of it
    BURNT = "burnt"
    GREY = "washed_out"
    NOISE = "noise_left"
    BLUR = "blur"
    DOUBLED = "doubled"
    SEAMS = "tile_seams"
    PREDICTION = "wrong_prediction"
    FEW_STEPS = "few_step_way"  # few steps without what allows them, or the reverse
    VAE = "wrong_vae"
    GUIDANCE = "low_guidance"
    UNREAD = "words_unread"  # cut off, or without a token
    CHUNK = "words_beyond_chunk"  # read apart from the first 75 tokens
    UNKNOWN = "words_unknown"  # outside of what a small model was taught


class Judged(StrEnum):
    """What a finding rests on."""

    PICTURE = "picture"  # its pixels alone
    RECIPE = "recipe"  # what it says of its making alone
    BOTH = "picture and recipe"


class Unit(StrEnum):
    """How a figure is written."""

    SHARE = "share"  # 0 to 1, as percent
    PIXELS = "pixels"
    COUNT = "count"
    PLAIN = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A figure: what was measured, its value, and the threshold it is beyond: above it, or below
    where `is_below`. `usual` is where nine tenths of good pictures lie, from low to high; of a
    figure of the recipe what suits the model."""

    measure: str
    value: float
    threshold: float
    usual: tuple[float, float]
    unit: Unit = Unit.PLAIN
    is_below: bool = False

    @property
    def is_beyond(self) -> bool:
        """Whether the figure speaks for the symptom."""
        return self.value < self.threshold if self.is_below else self.value > self.threshold


@dataclass(frozen=True, slots=True)
class Change:
    """A field of a request, by its name there, and its new value."""

    field: str
    value: object


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do, in one sentence. `changes` are what of that a request can say: with them the same
    seed is rendered again. None where a person has to do something else."""

    sentence: str
    changes: tuple[Change, ...] = ()

    def applied(self, request: Request) -> Request:
        """The request with the changes, all else as it was: the seed too."""
        values: dict[str, Any] = {change.field: change.value for change in self.changes}
        return replace(request, **values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """A finding. `cause` is one sentence on why it comes about. `confidence`, 0.5 to
    1, grows with how far figures are beyond their thresholds, and is more where the recipe agrees:
    an order among findings, by judgement, and no measured share of right ones. `words` are those of
    the prompt that it is about."""

    id: SymptomId
    title: str
    cause: str
    evidence: tuple[Evidence, ...]
    remedy: Remedy
    judged: Judged
    confidence: float
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """All symptoms of a picture, the gravest first; none is an answer. `notes` are sentences on
    what could not be judged, and why."""

    symptoms: tuple[Symptom, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a person can be bothered by and no measure sees: `help` are the sentences known for it,
    `tries` concrete changes, each worth trying at the same seed and at three others. Not
    measured."""

    id: str
    title: str
    help: tuple[str, ...]
    tries: tuple[Remedy, ...]
