"""A picture that was enlarged after it was made: the pairs of the web UI's extras, which it writes
behind the others, or as a text of its own beside them; and those of its scripts that draw a picture
anew in tiles, or again and again."""

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
# Pairs of scripts that draw an enlarged picture anew tile by tile, the web UI's own and the best
# known other one; the first names the upscaler.
_IN_TILES = (
    ("sd upscale upscaler", "sd upscale overlap"),
    (
        "ultimate sd upscale upscaler",
        "ultimate sd upscale tile width",
        "ultimate sd upscale tile height",
        "ultimate sd upscale mask blur",
        "ultimate sd upscale padding",
    ),
)
_TILED = (
    "the picture was enlarged and drawn anew in tiles, by how much is not said; Upscale with "
    "Refine does that here"
)
# of the script Loopback, which begins from the picture that it made before
_AGAIN = ("final denoising strength", "denoising curve")
_LOOPED = (
    "the picture was made from the one before it, over and over; here once, with the strength of "
    "the first time"
)


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
    found = _scripts(told)
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


def _scripts(told: Told) -> Understood:
    """What scripts did with the picture: said, since it takes more pictures than the text's."""
    found = Understood()
    for sentence, names in ((_TILED, _IN_TILES[0]), (_TILED, _IN_TILES[1]), (_LOOPED, _AGAIN)):
        present = [name for name in names if name in told.pairs]
        if present:
            found.note(told, present[0], sentence)
            found.take(told, present)
    return found
