"""How pictures were made larger last, as it is kept for the next start."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from core.service.upscaling.wishes import UpscaleWish
from core.system.errors import InvalidRequest
from core.values.request_parts.upscale import MAX_SIDE
from desktop.state.session import UpscaleKept

SMALLEST_SIDE = 64


def kept_of(wish: UpscaleWish) -> UpscaleKept:
    """What of a wish is offered again after a restart: not the words, which were of that picture's
    details."""
    return UpscaleKept(wish.scale, wish.side, wish.upscaler, wish.refine)


def wish_of(kept: UpscaleKept, upscalers: Container[str], best: str) -> UpscaleWish:
    """What was kept, by the `best` upscaler where that one is here no more; what makes no sense
    of it is as usual."""
    usual = UpscaleWish(upscaler=kept.upscaler if kept.upscaler in upscalers else best)
    wish = _with(usual, scale=kept.scale)
    if SMALLEST_SIDE <= kept.side <= MAX_SIDE:
        wish = replace(wish, side=kept.side)
    return _with(wish, refine=kept.refine) if kept.refine > 0 else wish


def _with(wish: UpscaleWish, **values: float) -> UpscaleWish:
    try:
        changed = replace(wish, **values)  # type: ignore[arg-type]
        changed.check()
    except InvalidRequest:
        return wish
    return changed
