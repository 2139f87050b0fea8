"""Requests drawn from the declarations, so that a new parameter is tried too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

from hypothesis import strategies as st

from core.sampling.samplers import SAMPLERS
from core.values.declared.parameter import DeclaredField, declared_fields, with_values
from core.values.request import Request
from core.values.request_parts.chosen_style import ChosenStyle

NAMES = st.from_regex(r"v[a-z0-9 _-]{0,20}[a-z0-9]", fullmatch=True)
ADDRESSES = st.integers(0, 2**256 - 1).map(lambda number: f"{number:064x}")
DOCUMENTS = st.integers(0, 2**128 - 1).map(lambda number: f"{number:032x}")
_SIDES = st.integers(8, 2**15)
SPECIAL: dict[tuple[str, ...], st.SearchStrategy[Any]] = {
    ("prompt",): st.just("a red house"),  # texts have tests of their own
    ("negative_prompt",): st.sampled_from(["", "fog, rain"]),
    ("seed",): st.integers(0, 2**64 - 1),
    ("loras",): st.just(()),
    ("styles",): st.lists(
        st.builds(ChosenStyle, NAMES, NAMES, NAMES, st.booleans(), st.booleans()), max_size=3
    ).map(tuple),
    ("count",): st.just(1),
    ("start", "source"): st.just("") | ADDRESSES,
    ("start", "mask"): st.just("") | ADDRESSES,
    ("start", "background"): st.sampled_from(["#ffffff", "#08fA3c", "mask"]),
    ("start", "frame"): st.none() | st.tuples(_SIDES, _SIDES, _SIDES, _SIDES),
    ("hires", "sampler"): st.sampled_from(["", *SAMPLERS]),
    ("upscale", "source"): st.just("") | ADDRESSES,
    ("upscale", "bare"): st.just(False),  # then the others say nothing
    ("parent",): st.just("") | ADDRESSES,
    ("document",): st.just("") | DOCUMENTS,
    ("sweep", "id"): st.just("") | DOCUMENTS,
    ("sweep", "cell"): st.sampled_from([(), ("steps=20",), ("steps=20", "sampler=euler")]),
    ("levels", "sigmas"): st.just(())
    | st.sets(st.floats(0.001, 80), min_size=1, max_size=9).map(
        lambda levels: (*sorted(levels, reverse=True), 0.0)
    ),
}


def values(field: DeclaredField) -> st.SearchStrategy[Any]:
    """Allowed values of a field."""
    if field.path in SPECIAL:
        return SPECIAL[field.path]
    drawn = of_kind(field, field.kind)
    return st.none() | drawn if field.default is None else drawn


def of_kind(field: DeclaredField, kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type within a field's limits."""
    declared = field.declaration
    if parts := get_args(kind):
        return st.tuples(*(of_kind(field, part) for part in parts))
    if declared.choices:
        return st.sampled_from(list(declared.choices))
    if kind is str:
        return NAMES if field.default else st.just("") | NAMES
    if kind is bool:
        return st.booleans()
    if kind is int:
        step = declared.multiple_of or 1
        high = min(declared.high, 2**64 - 1)  # JSON and texts hold more, nobody asks for it
        numbers = st.integers(int(declared.low) // step, int(high) // step)
        return numbers.map(lambda number: number * step)
    return st.floats(declared.low, declared.high)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Any request that is allowed."""
    given = {field.path: draw(values(field)) for field in declared_fields(Request)}
    return allowed(with_values(Request(), given))


def allowed(request: Request) -> Request:
    """With what goes only together made to go together."""
    first, last = sorted((request.guidance_from, request.guidance_until))
    place = request.noise.batch_index % request.noise.batch_size
    noise = replace(request.noise, batch_index=place)
    start = request.start
    if not start.source:
        start = replace(start, mask="", extend=(0, 0, 0, 0))
    if start.area == "frame" and start.frame is None:
        start = replace(start, area="whole")
    levels = request.levels
    if levels.sigma_min and levels.sigma_max and levels.sigma_min >= levels.sigma_max:
        levels = replace(levels, sigma_min=None)
    if levels.sigmas:
        request = replace(request, steps=len(levels.sigmas) - 1)
    fresh = request.fresh_noise
    if fresh.s_tmax is not None and fresh.s_tmin > fresh.s_tmax:
        fresh = replace(fresh, s_tmin=0.0)
    return replace(
        request,
        guidance_from=first,
        guidance_until=last,
        noise=noise,
        start=start,
        levels=levels,
        fresh_noise=fresh,
    ).check()
