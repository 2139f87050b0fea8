"""What of size and modes a person should know before a picture is made. Apart from the remarks on
texts, whose many patterns the window need not compile to say this."""

from __future__ import annotations

from core.models.files.families import Family
from core.sampling.samplers import SAMPLERS
from core.values.declared.parameter import in_full
from core.values.request import Request
from core.values.request_parts.time_saving import FULL

MOST_OF_AREA = 2.5  # times the largest offered area: beyond it pictures repeat themselves
LEAST_OF_AREA = 0.26  # of the smallest offered area
LEAST_OF_AREA_FLOW = 0.1  # flow models were trained from small pictures on
FEW_STEPS = 4  # in which features change too much to be used again
MERGED_FROM = 768  # pixels of a side, from which on token merging saves more than it costs
MOST_GUIDED = 3.0  # guidance that samplers of CFG++ bear (Chung et al. 2024: 1 to 2)
STEP = 64  # pixels, to which the sides of a sentence are rounded


def mode_remarks(request: Request, row: Family) -> tuple[str, ...]:
    """Where a way of saving time saves none for this request, or costs too much; and where its
    sampler does not bear its guidance."""
    reused = request.feature_reuse > 1
    if row.flow or row.pipeline:
        if reused or request.token_merging or request.matrices != FULL:
            return (
                "Reuse of features, token merging and int8 matrices are for UNets; "
                f"{row.label} has none, so they change nothing.",
            )
        return ()
    sentences = [*_of_guidance(request)]
    if reused and request.steps <= FEW_STEPS:
        few = "one step" if request.steps == 1 else f"{request.steps} steps"
        sentences.append(f"In {few}, reuse of features saves little and costs much of the picture.")
    if request.token_merging and request.width * request.height < MERGED_FROM**2:
        sentences.append(
            f"Token merging acts from {MERGED_FROM} x {MERGED_FROM} pixels on: "
            "in smaller pictures it would cost as much time as it saves."
        )
    return tuple(sentences)


def _of_guidance(request: Request) -> tuple[str, ...]:
    """Where a sampler that guides by itself is asked to guide as strongly as the others."""
    sampler = SAMPLERS.get(request.sampler)
    if sampler is None or not sampler.both_branches or request.guidance <= MOST_GUIDED:
        return ()
    return (
        f"{sampler.label} wants a guidance of 1 to 2: {in_full(request.guidance)} burns the "
        "colours.",
    )


def size_remarks(width: int, height: int, row: Family) -> tuple[str, ...]:
    """One sentence where a size in pixels is far from what the family was trained for."""
    least_area = _least_area(row)
    most_area = MOST_OF_AREA * _largest_area(row)
    least = row.min_size if _knows_small_pictures(row) else _rounded_up(least_area**0.5)
    most = min(row.max_size, _rounded_down(most_area**0.5))
    best = f"{row.label} draws best from {least} to {most} pixels"
    this = f"at {width} x {height}"
    if max(width, height) > row.max_size or width * height > most_area:
        return (f"{best}; {this} it repeats itself and takes long.",)
    if min(width, height) < row.min_size or width * height < least_area:
        return (f"{best}; {this} there is too little room for what it draws.",)
    if max(width, height) > 3 * min(width, height):
        return (
            f"{row.label} draws best up to three times as long as wide; {this} it repeats itself.",
        )
    return ()


def _largest_area(row: Family) -> int:
    return max(width * height for width, height in row.sizes)


def _least_area(row: Family) -> float:
    """A share of the smallest offered area, or the family's own limit where that is near: there it
    was trained."""
    if _knows_small_pictures(row):
        return row.min_size**2
    smallest = min(width * height for width, height in row.sizes)
    return smallest * (LEAST_OF_AREA_FLOW if row.flow else LEAST_OF_AREA)


def _knows_small_pictures(row: Family) -> bool:
    """Whether its smallest side is not far below those that are offered."""
    shortest = min(min(size) for size in row.sizes)
    return row.min_size * 2 >= shortest


def _rounded_down(side: float) -> int:
    return int(side) // STEP * STEP


def _rounded_up(side: float) -> int:
    return int(-(-side // STEP)) * STEP
