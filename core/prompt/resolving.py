"""The words of a prompt that a model is told: comments taken out."""

from __future__ import annotations

from core.prompt.grammar.comments import comment_places, without_comments
from core.values.program import Program


def without_notes(prompt: str, program: Program, *, in_place: bool = False) -> str:
    """The prompt without its comments, as `program` knows them: ComfyUI has none. `in_place`:
    blanks stand for them, so that everything else stays where it is."""
    if program == Program.COMFYUI:
        return prompt
    exact = program == Program.A1111
    if not in_place:
        return without_comments(prompt, exact=exact)
    signs = list(prompt)
    for start, end in comment_places(prompt, exact=exact):
        signs[start:end] = " " * (end - start)
    return "".join(signs)
