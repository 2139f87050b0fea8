"""What an engine makes: `ResolvedRequest`, one picture whose seed is known, of a request that was
checked."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from core.values.noise import Noise
from core.values.request import CheckedRequest, Request

RANDOM_SEEDS = 2**32  # the seeds that are chosen where none was asked for, as other programs do


@dataclass(frozen=True, slots=True, eq=False)
class ResolvedRequest(Request):
    """One picture of a checked request: `seed` is known, `count` is 1.

    Only `single` and `resolve` (and `core.prompt.expand.expand`, by `single`) make one. It equals
    the plain request of the same values, and is the same JSON.
    """

    seed: int = field(kw_only=True)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Request):
            return NotImplemented
        return all(getattr(self, f.name) == getattr(other, f.name) for f in fields(Request))

    __hash__ = Request.__hash__


def random_seed() -> int:
    """A seed for a request that names none."""
    import secrets  # which brings much along

    return secrets.randbelow(RANDOM_SEEDS)


def single(request: CheckedRequest, seed: int, noise: Noise | None = None) -> ResolvedRequest:
    """One picture of `request`, with a seed and perhaps noise of its own."""
    values: dict[str, Any] = {f.name: getattr(request, f.name) for f in fields(Request)}
    values |= {"seed": seed, "count": 1, "noise": noise or request.noise}
    return ResolvedRequest(**values)


def resolve(request: Request) -> ResolvedRequest:
    """The one picture that a stored request is, which may come from a later program or a damaged
    file.

    Raises InvalidRequest where this program cannot make it.
    """
    if isinstance(request, ResolvedRequest):
        return request
    checked = request.check()
    return single(checked, random_seed() if checked.seed is None else checked.seed)
