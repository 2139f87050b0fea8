"""Which pictures may branch off from which, and how."""

from __future__ import annotations

from dataclasses import replace

from core.system.errors import InvalidRequest
from core.system.json import Malformed, dumps, loads
from core.values.program import Program
from core.values.request import CheckedRequest, Request
from core.values.request_parts.branch import Branch

DEEPEST = 8  # branches of branches
# what both pictures have; noise is looked at by itself
_SHARED = (
    "seed",
    "width",
    "height",
    "steps",
    "schedule",
    "levels",
    "compatibility",
    "start",
    "hires",
    "tiling",
    "refiner",
    "refiner_at",
    "feature_reuse",
)
_WALK = ("sampler", "eta", "fresh_noise", "noise")
_REMEDY = "Change words, guidance, sampler, the noise of the steps, or the model."


def branch_off(origin: Request, changed: Request, step: int) -> Request:
    """`changed`, where it is to go on from a step of the picture of `origin`. Raises InvalidRequest
    where it cannot."""
    request = replace(changed, branch=Branch(origin=dumps(origin), step=step))
    origin_of(request)
    return request


def origin_of(request: Request) -> CheckedRequest | None:
    """The request that another one branches off from; None for one that does not. Raises
    InvalidRequest where it is damaged, or the two have no steps in common."""
    origin = _origin_of(request)
    deeper = origin
    for _ in range(DEEPEST):
        if deeper is None:
            return origin
        deeper = _origin_of(deeper)
    raise InvalidRequest(
        "branch",
        f"The picture branches off more than {DEEPEST} times.",
        "Branch off from an earlier picture.",
    )


def is_same_walk(request: Request, origin: Request) -> bool:
    """Whether both pictures are walked by one sampler with the same noise."""
    return all(getattr(request, name) == getattr(origin, name) for name in _WALK)


def _origin_of(request: Request) -> CheckedRequest | None:
    if not request.branch.origin:
        return None
    try:
        origin = loads(Request, request.branch.origin).check()
    except Malformed as fault:
        raise InvalidRequest(
            "branch",
            "The picture that it branches off from is not described in a way that can be read.",
            "Branch off anew from that picture.",
        ) from fault
    shared = [name for name in _SHARED if getattr(request, name) != getattr(origin, name)]
    if replace(request.noise, seed_delta=0) != replace(origin.noise, seed_delta=0):
        shared.append("noise")
    # the levels of other programs' ways depend on the sampler
    if request.compatibility != Program.CALOTYPE and request.sampler != origin.sampler:
        shared.append("sampler")
    if shared:
        names = ", ".join(shared)
        raise InvalidRequest(
            "branch", f"A picture that goes on from a step cannot change {names}.", _REMEDY
        )
    return origin
