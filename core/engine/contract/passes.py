"""How many walks down the noise a picture takes: of which size each is, and how many steps it has.
No torch."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from core.values.program import Program
from core.values.request import Request
from core.values.request_parts.first_pass import first_pass as small_size
from core.values.request_parts.hires import BY_HAND, Hires
from core.values.request_parts.start_picture import StartPicture

LATENT_STRIDE = 8  # pixels of a side that sizes are multiples of
FLOW_STRIDE = 16  # the same for flow models
_A1111_MOST = 0.999  # more strength than that the web UI takes for so much

Asked = TypeVar("Asked", bound=Request)


def is_refined(request: Request) -> bool:
    """Whether a request's picture is composed small and refined large. One that starts from a
    picture has no need of it."""
    return request.hires.mode == BY_HAND and not request.start.source


def first_pass(request: Asked, *, flow: bool) -> Asked:
    """The small picture of hires fix, with sides that are multiples of 8 pixels, or 16 for `flow`
    models."""
    stride = FLOW_STRIDE if flow else LATENT_STRIDE
    width, height = small_size(request.width, request.height, request.hires.scale, stride)
    return replace(request, width=width, height=height, hires=Hires())


def second_pass(request: Asked) -> Asked:
    """The large picture of hires fix, which starts from the small one. All of its steps are run, as
    A1111 has it, whatever the strength leaves of a schedule."""
    hires = request.hires
    return replace(
        request,
        steps=hires.steps or request.steps,
        sampler=hires.sampler or request.sampler,
        hires=Hires(),
        start=StartPicture(strength=hires.strength, exact_steps=True),
    )


def has_own_size(start: StartPicture, *, masked: bool) -> bool:
    """Whether the result has the source's size, with what is added, instead of the request's;
    `masked`: whether there is a mask, which may be the picture's alpha."""
    around_mask = start.area == "masked" and masked
    return start.is_extended or start.fit == "source" or start.area == "frame" or around_mask


def steps_run(request: Request) -> int:
    """How many steps are run from a picture at the request's strength, as far as its schedule has
    the steps that are asked for; see `start_levels`, which knows the schedule itself."""
    start = request.start
    if start.strength <= 0:
        return 0
    if start.exact_steps or request.program == Program.COMFYUI:
        return request.steps
    if request.program == Program.A1111:
        return int(min(start.strength, _A1111_MOST) * request.steps) + 1
    return min(max(int(request.steps * start.strength), 1), request.steps)


def passes_of(request: Asked, *, flow: bool) -> tuple[Asked, ...]:
    """A request for each pass, with the steps that are run in it: two of hires fix, else one. A
    picture that is extended takes one for each of its frames, which only its source tells."""
    if is_refined(request):
        return first_pass(request, flow=flow), _with_steps_run(second_pass(request))
    if request.start.source:
        return (_with_steps_run(request),)
    return (request,)


def _with_steps_run(request: Asked) -> Asked:
    return replace(request, steps=steps_run(request))
