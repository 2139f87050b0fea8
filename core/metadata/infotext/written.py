"""The web UI's pairs for the picture that one was made from, for hires fix and for seamless edges,
each only where it applies.

Names, values and order are those of `create_infotext` and of what `init` of its image to image and
of its hires fix add. It leaves out masks' usual values; here they are written, since whether there
was a mask is said by nothing else.
"""

from __future__ import annotations

from core.metadata.infotext.tiling import tiling_texts
from core.metadata.infotext.told import is_allowed
from core.sampling.samplers import SAMPLERS
from core.values.declared.limits import SIZE_STEP
from core.values.declared.parameter import in_full
from core.values.request import Request
from core.values.request_parts.first_pass import first_pass
from core.values.request_parts.hires import BY_HAND, UPSCALERS, Hires
from core.values.request_parts.start_picture import StartPicture

CONTENTS = {
    "original": "original",
    "fill": "fill",
    "noise": "latent noise",
    "nothing": "latent nothing",
}
AREAS = {"whole": "Whole picture", "masked": "Only masked"}  # it has no frame of one's own
EDITED = "Inpaint masked"


def enlarged(width: int, height: int, scale: float) -> tuple[int, int]:
    """The size that the web UI's hires fix makes of a small picture: multiplied, rounded down to
    whole latents."""
    return int(width * scale) // 8 * 8, int(height * scale) // 8 * 8


def is_refined(request: Request) -> bool:
    """Whether there is a second pass to speak of: not where a picture gives the composition; and
    what is automatic is resolved before a picture is made."""
    hires = request.hires
    by_hand = hires.mode == BY_HAND and is_allowed(Hires, "scale", hires.scale)
    return by_hand and not request.start.source


def composed_size(request: Request, step: int = SIZE_STEP) -> tuple[int, int]:
    """The web UI's `Size`: of the first pass, whose sides are multiples of `step`."""
    if not is_refined(request):
        return request.width, request.height
    return first_pass(request.width, request.height, request.hires.scale, step)


def is_inpainted(start: StartPicture) -> bool:
    """Whether only a part of the start picture is made anew."""
    return bool(start.mask) or start.is_extended or start.background == "mask"


def start_texts(request: Request, step: int = SIZE_STEP) -> dict[str, str]:
    """All of these pairs by their keys; sides of the first pass are multiples of `step`."""
    texts = tiling_texts(request.tiling)
    if request.start.source:
        texts |= _start_picture(request.start)
    if is_refined(request):
        texts |= _hires(request, request.hires, step)
    return texts


def _start_picture(start: StartPicture) -> dict[str, str]:
    texts = {"Denoising strength": in_full(start.strength), "Init image hash": start.source}
    if start.image_guidance != StartPicture().image_guidance:
        texts["Image CFG scale"] = in_full(start.image_guidance)
    if is_inpainted(start):
        texts |= _mask(start)
    return texts


def _mask(start: StartPicture) -> dict[str, str]:
    texts = {
        "Mask mode": EDITED,
        "Mask blur": in_full(start.mask_blur),
        "Masked content": CONTENTS.get(start.mask_content, ""),
    }
    if start.mask_soft:
        # the six numbers of its extension belong to another way of blending
        texts["Soft inpainting enabled"] = "True"
    if area := AREAS.get(start.area):
        texts["Inpaint area"] = area
    if start.area == "masked":
        texts["Masked area padding"] = in_full(start.padding)
    return texts


def _hires(request: Request, hires: Hires, step: int) -> dict[str, str]:
    texts = {
        "Denoising strength": in_full(hires.strength),
        "Hires upscale": in_full(hires.scale),
        "Hires upscaler": UPSCALERS.get(hires.upscaler, ""),
    }
    large = (request.width, request.height)
    if enlarged(*composed_size(request, step), hires.scale) != large:
        texts["Hires resize"] = f"{request.width}x{request.height}"
    if hires.steps:
        texts["Hires steps"] = str(hires.steps)
    if hires.sampler in SAMPLERS and hires.sampler != request.sampler:
        texts["Hires sampler"] = SAMPLERS[hires.sampler].label
    return texts
