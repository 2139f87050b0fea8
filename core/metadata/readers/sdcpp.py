"""stable-diffusion.cpp's recipes: the web UI's text with its own version, and its own settings as
JSON behind it. It is the graphics card's noise unless the text says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.metadata.readers.common.relabelled import text_with_version, with_way
from core.values.noise import Noise
from core.values.program import Program


def parse(texts: Mapping[str, str]) -> ParsedRecipe | None:
    """For the FORMATS table."""
    found = text_with_version(texts, "stable-diffusion.cpp", "sdcpp")
    return None if found is None else with_way(found, Program.A1111, Noise(source="philox"))
