"""What the web UI's text calls the ways to weigh words, and what we add to them."""

from __future__ import annotations

from core.values.request_parts.emphasis import Emphasis

# as `Emphasis` stands in its text, where it is not Original
NAMES: dict[str, str] = {
    Emphasis.ORIGINAL: "Original",
    Emphasis.NO_NORM: "No norm",
    Emphasis.IGNORE: "Ignore",
    Emphasis.NONE: "None",
    Emphasis.COMFYUI: "ComfyUI",
}
_BY_NAME = {name.lower().replace(" ", ""): mode for mode, name in NAMES.items()}


def emphasis_named(name: str) -> str:
    """Our id for a name; "" where there is none like it."""
    return _BY_NAME.get(name.lower().replace(" ", "").replace("_", ""), "")
