"""What live painting asks for, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.models.files.families import Family
from core.service.editing.starting import HandedOver
from core.service.live.way import LiveWay
from core.system.errors import WorldError
from core.values.picture import Pixels
from core.values.resolved_request import ResolvedRequest

MOST_SECONDS = 3.0  # in which a stroke is to be answered


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """What the bar says, apart from the form: `seed`, and how much is made anew. `steps` 0: those
    of the way that is found for the model."""

    seed: int = 0
    strength: float = 0.6
    steps: int = 0


@dataclass(frozen=True, slots=True)
class LiveOrder:
    """`session` differs whenever live was switched on anew, `model` is the form's. `given` is what
    the document shows, for a model of a family; called in the thread that makes pictures, once the
    engine is free, so that nothing is flattened in vain. It may raise KnownError."""

    session: int
    model: str
    settings: LiveSettings
    given: Callable[[Family], HandedOver]


@dataclass(frozen=True, slots=True, eq=False)
class LivePicture:
    """What was made, and all that is needed to make it again. `given` is what the engine saw of the
    document: the part around its frame. `seconds` without loading; `warm` are the paths of the
    models in memory (None: not known)."""

    given: HandedOver
    request: ResolvedRequest
    model_name: str
    way: LiveWay
    pixels: Pixels
    seconds: float
    warm: tuple[str, ...] | None = None


class TooSlow(WorldError):
    """A live picture would take too long to be one; live waits until it would not."""
