"""The words of a prompt that a model is told: comments taken out."""

from __future__ import annotations

from core.prompt.grammar.comments import without_comments
from core.values.program import Program


def without_notes(prompt: str, program: Program) -> str:
    """The prompt without its comments, as `program` knows them: ComfyUI has none."""
    if program == Program.COMFYUI:
        return prompt
    return without_comments(prompt, exact=program == Program.A1111)
