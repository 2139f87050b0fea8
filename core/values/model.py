"""What a model can be, and why one cannot be used."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ModelKind(StrEnum):
    """What a model file is; kept in lists, caches and sidecars by these ids."""

    CHECKPOINT = "checkpoint"
    LORA = "lora"
    VAE = "vae"
    EMBEDDING = "embedding"
    CONTROLNET = "controlnet"
    UPSCALER = "upscaler"
    UNKNOWN = "unknown"  # no model, or none that is told from others


class Reason(StrEnum):
    """Why a model cannot be used, or what is not known of it."""

    UNREADABLE = "unreadable"  # the system does not give the file
    ODD_NAME = "odd name"  # a name that no database or prompt can hold
    GONE = "gone"  # it was here
    NO_MODEL = "no model"  # a file of another sort
    PICKLE = "pickle"  # it could run any program; it can be converted
    DAMAGED = "damaged"  # cut off, contradictory or empty
    INCOMPLETE = "incomplete"  # parts are missing
    FOREIGN = "foreign"  # of a model or layout that Calotype does not know
    UNSUPPORTED = "unsupported"  # known, and not used
    WRONG_KIND = "wrong kind"  # a model, but none of this kind
    LATER = "later"  # looked after, and used by a later version
    PREDICTION = "prediction"  # its header does not say what it predicts: a person may


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason and the sentence that tells it to a person, with names and figures."""

    reason: Reason
    sentence: str

    def __str__(self) -> str:
        return self.sentence


def unsupported(sentence: str) -> Problem:
    """What is known, and not used."""
    return Problem(Reason.UNSUPPORTED, sentence)


class ModelState(StrEnum):
    """Whether pictures can be made with a model."""

    READY = "ready"
    WAITING = "waiting"  # kept for a later version
    UNUSABLE = "unusable"
