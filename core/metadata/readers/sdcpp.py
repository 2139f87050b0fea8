"""stable-diffusion.cpp's recipes: the web UI's text with its own version, and its own settings as
JSON behind it. It is the graphics card's noise unless the text says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.metadata.readers.common.relabelled import text_with_version, with_way
from core.sampling.samplers import SAMPLERS
from core.values.noise import Noise
from core.values.program import Program

# whose share of fresh noise its option sets; the others had their own whatever is written
_GUIDANCE = re.compile(r"Guidance: (\d{1,2}(?:\.\d{1,9})?)")
_TOLD_ETA = frozenset({"ddim", "tcd"})


def parse(texts: Mapping[str, str]) -> ParsedRecipe | None:
    """For the FORMATS table."""
    found = text_with_version(texts, "stable-diffusion.cpp", "sdcpp")
    if found is None:
        return None
    return with_way(_distilled(_without_eta(found)), Program.A1111, Noise(source="philox"))


def _distilled(found: ParsedRecipe) -> ParsedRecipe:
    """It writes the guidance of FLUX beside every model's; of one that is called so it counts."""
    number = next((match[1] for note in found.ignored if (match := _GUIDANCE.fullmatch(note))), "")
    called = str(found.fields.get("model", "")).lower()
    if not number or "flux" not in called or found.fields.get("guidance") not in (None, 1.0):
        return found
    guidance = {"guidance": float(number)}
    return replace(
        found,
        request={**found.request, **guidance},
        fields={**found.fields, **guidance},
        approximated=(*found.approximated, f"guidance: {number}, as the model is called FLUX"),
        ignored=tuple(note for note in found.ignored if not _GUIDANCE.fullmatch(note)),
    )


def _without_eta(found: ParsedRecipe) -> ParsedRecipe:
    """It writes an eta of 0 beside samplers, too, that never heard of it."""
    sampler = SAMPLERS.get(str(found.fields.get("sampler")))
    if found.fields.get("eta") != 0 or (sampler is not None and sampler.id in _TOLD_ETA):
        return found
    said = ()
    if sampler is None or sampler.default_eta:
        said = ("Eta: 0 is written with all samplers; here it is the sampler's own",)
    return replace(
        found,
        request={name: value for name, value in found.request.items() if name != "eta"},
        fields={name: value for name, value in found.fields.items() if name != "eta"},
        approximated=(*found.approximated, *said),
    )
