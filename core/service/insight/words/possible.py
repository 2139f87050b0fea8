"""Of which models it can be told where they look at their words."""

from __future__ import annotations

from core.models.files.families import FAMILIES


def why_no_words(family: str) -> str:
    """A sentence on why a family cannot tell; "" where it can."""
    row = FAMILIES.get(family)
    if row is None or not (row.flow or row.pipeline):
        return ""
    if row.pipeline:
        return (
            f"{row.label} runs through a pipeline of its own, in which nobody can see where words "
            "are looked at."
        )
    return (
        f"In {row.label} the text and the picture look at each other in one, so that it cannot be "
        "told where a word is looked at."
    )
