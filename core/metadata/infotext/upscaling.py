"""A picture that was enlarged after it was made: the pairs of the web UI's extras, which it writes
behind the others, or as a text of its own beside them."""

from __future__ import annotations

from pathlib import PurePath

from core.metadata.infotext.told import Told, Understood, is_allowed
from core.system.paths import last_part
from core.values.declared.parameter import in_full
from core.values.request_parts.upscale import LANCZOS, Upscale

BY = "Postprocess upscale by"
UPSCALER = "Postprocess upscaler"
_BY = BY.lower()
_TO = "postprocess upscale to"  # a size in place of a factor
_UPSCALER = UPSCALER.lower()
_LABEL = "Lanczos"
_ONLY_RESIZED = frozenset({"", "none", "lanczos"})  # where none is chosen the web UI resizes so


def upscale_texts(upscale: Upscale) -> dict[str, str]:
    """The pairs, where a picture was enlarged."""
    if not upscale.source:
        return {}
    name = upscale.upscaler
    by = _LABEL if name == LANCZOS else PurePath(last_part(name)).stem
    return {BY: in_full(upscale.scale), UPSCALER: by}


def read_upscale(told: Told) -> Understood:
    """`upscale`, where the text speaks of it. The picture itself is not in a text: what is made of
    it again is the smaller one."""
    found = Understood()
    scale = told.number(_BY)
    size = told.size(_TO)
    width = told.known.get("width")
    if scale is None and size is not None and isinstance(width, int) and width > 0:
        scale = size[0] / width
    if scale is None or not is_allowed(Upscale, "scale", scale):
        return found
    word = told.text(_UPSCALER)
    upscaler = LANCZOS if word.lower() in _ONLY_RESIZED else word
    if not is_allowed(Upscale, "upscaler", upscaler):
        return found
    found.values["upscale"] = Upscale(scale=scale, upscaler=upscaler)
    found.take(told, (_UPSCALER,))
    name = _BY if _BY in told.pairs else _TO
    found.said["upscale"] = told.pairs[name].shown
    found.note(told, name, "the picture was enlarged after it was made")
    return found
