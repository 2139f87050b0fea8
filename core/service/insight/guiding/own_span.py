"""How saturated a model's own pictures are at its usual guidance, and which values leave that.
No numpy until pictures are read."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.service.stores import Stores
from core.system.errors import WorldError
from core.values.picture import Picture
from core.values.resolved_request import ResolvedRequest

FEWEST = 8  # pictures of which a span is told
MOST = 32  # that are read for it
LATEST = 400  # among which they are looked for
NEAR = 0.5  # of a guidance scale: as good as the usual one
PARTS = 20  # the outermost of so many parts at each end are left out


@dataclass(frozen=True, slots=True)
class OwnPictures:
    """Files of pictures of a model at its usual `guidance`, in about its usual `steps`."""

    guidance: float
    steps: int
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """The saturation, 0 to 1, of nine tenths of `count` pictures of a model at its usual `guidance`
    and `steps`. Both ends None: there are too few to say."""

    guidance: float
    steps: int
    count: int
    low: float | None = None
    high: float | None = None


def own_pictures(stores: Stores, request: ResolvedRequest) -> OwnPictures:
    """Of the model of a request, the latest in the gallery: each prompt and seed once, with at
    least half of its usual steps, no LoRA and no picture to start from. Raises ModelMissing where
    the model is not here, WorldError where the database cannot be read."""
    entry = stores.library.find(request.model)
    usual = entry.family_row
    found: dict[tuple[str, str, int | None], Picture] = {}
    for picture in stores.gallery.made_with(entry.name, LATEST):
        made = picture.request
        is_usual = abs(made.guidance - usual.guidance) <= NEAR and 2 * made.steps >= usual.steps
        is_plain = not (made.loras or made.start.source)
        if made.model == request.model and is_usual and is_plain:
            found.setdefault((made.prompt, made.negative_prompt, made.seed), picture)
    latest = list(found.values())[:MOST]
    return OwnPictures(usual.guidance, usual.steps, tuple(Path(picture.path) for picture in latest))


def saturation_of(path: Path) -> float | None:
    """Of a picture's file; None where it is gone or damaged. Not for the GUI thread."""
    from core.service.sweeps.figures import pixels_of
    from core.service.sweeps.picture_measures import saturation

    try:
        return saturation(pixels_of(path))
    except WorldError:
        return None


def span_of(own: OwnPictures, saturations: Sequence[float]) -> Span:
    """Of those of the pictures that could be read: from one twentieth to nineteen of them."""
    span = Span(own.guidance, own.steps, len(saturations))
    if span.count < FEWEST:
        return span
    ends = statistics.quantiles(saturations, n=PARTS, method="inclusive")
    return replace(span, low=ends[0], high=ends[-1])


def own_span(stores: Stores, request: ResolvedRequest) -> Span:
    """All of that at once. Reads many files: not for the GUI thread. Raises as `own_pictures`."""
    own = own_pictures(stores, request)
    values = (saturation_of(path) for path in own.paths)
    return span_of(own, [value for value in values if value is not None])


def leaves_at(saturations: Sequence[float], span: Span) -> tuple[int | None, int | None]:
    """Of these, of rising values, the place of the last one up to which all lie below the span, and
    of the first one from which on all lie above it; None where there is none, or no span."""
    if span.low is None or span.high is None:
        return None, None
    count = len(saturations)
    below, above = 0, count
    while below < count and saturations[below] < span.low:
        below += 1
    while above > 0 and saturations[above - 1] > span.high:
        above -= 1
    return (below - 1 if below else None), (above if above < count else None)
