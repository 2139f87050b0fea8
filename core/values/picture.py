"""Pictures as values: pixels fresh from an engine, and the record of a picture
that lies in the gallery."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.values.gallery.origin import Origin
from core.values.job import MemoryOutcome
from core.values.request import Request


@dataclass(frozen=True, slots=True)
class Pixels:
    """`rgb` holds height rows of width * 3 bytes, sRGB. `alpha` holds height rows of width bytes,
    255 where the colour is seen and 0 where it is not; None where all are seen."""

    width: int
    height: int
    rgb: bytes
    alpha: bytes | None = None

    @property
    def sha256(self) -> str:
        """Hex digest of the decoded RGB bytes; alpha does not count."""
        import hashlib

        return hashlib.sha256(self.rgb).hexdigest()


@dataclass(frozen=True, slots=True)
class Result:
    """What an engine returns: `fingerprint` names all that decides the bits (device,
    versions, dtype, threads ...).

    `outcome` says how it made do with the memory there was; None where the engine has
    nothing to say about that.
    """

    pixels: Pixels
    seconds: float
    device: str
    fingerprint: tuple[tuple[str, str], ...] = ()
    outcome: MemoryOutcome | None = None


class SourceType(StrEnum):
    """How a picture came to be: words of IPTC's digital source types (iptc.org NewsCodes), kept in
    recipes."""

    GENERATED = "trainedAlgorithmicMedia"
    COMPOSITE = "compositeWithTrainedAlgorithmicMedia"  # parts of it were generated
    ENHANCED = "algorithmicallyEnhanced"  # it was there before, and made larger
    BY_HAND = ""  # nothing was, and nobody is told how it was made

    @property
    def is_of_recipe(self) -> bool:
        """Whether the picture, or a part of it, came of the recipe beside it."""
        return self in (SourceType.GENERATED, SourceType.COMPOSITE)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a picture's file says about its making; enough to finish a job after a
    crash and to render again. One `BY_HAND` was made by nothing of this: it is what stood beside
    it."""

    request: Request
    job_id: str = ""
    index: int = 0
    model_name: str = ""
    model_hash: str = ""
    family: str = ""
    device: str = ""
    seconds: float = 0.0
    created: float = 0.0
    version: str = ""
    pixels_sha256: str = ""
    fingerprint: tuple[tuple[str, str], ...] = ()
    source_type: SourceType = SourceType.GENERATED


@dataclass(frozen=True, slots=True)
class Picture:
    """A row of the gallery. `path` is absolute; `trashed` is the time of deletion or None.

    `rating`: 1 to 5 stars, 0 for none, -1 for a rejected picture. `origin`: None where it was made
    here."""

    id: int
    path: str
    created: float
    width: int
    height: int
    request: Request
    job_id: str
    model_name: str
    seconds: float
    sha256: str
    favourite: bool = False
    trashed: float | None = None
    rating: int = 0
    tags: tuple[str, ...] = ()
    note: str = ""
    origin: Origin | None = None
