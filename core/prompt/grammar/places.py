"""Where the texts of a picture's plan stand in the prompts as they are written."""

from __future__ import annotations

from dataclasses import dataclass

from core.prompt.grammar.conjunction import split_conjunction
from core.prompt.grammar.rows import places_at, rows_of
from core.prompt.grammar.script import parse_script
from core.values.program import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Both prompts as they are written, and what `plan_prompts` is told beside them."""

    prompt: str
    negative: str
    program: Program
    steps: int
    first_steps: int | None = None

    def of_row(self, row: int) -> str:
        """The prompt that a row of the plan is of: 0 is the negative one's, from 1 on what AND
        joins."""
        return self.prompt if row else self.negative

    def places(self, row: int, text: str) -> tuple[int, ...]:
        """Where each sign of one of a row's texts stands in its prompt. Empty where the row has no
        such text."""
        whole = self.of_row(row)
        if text == whole:
            return tuple(range(len(whole)))
        if self.program == Program.COMFYUI:
            return ()
        start, part = 0, whole
        if row:
            joined = split_conjunction(whole, exact=self.program == Program.A1111)
            if row > len(joined):
                return ()
            start, part = joined[row - 1].start, joined[row - 1].text
        script = parse_script(part)
        for at in rows_of(script, self.steps, self.first_steps):
            if at.text == text:
                spans = places_at(script, at.until, self.steps, self.first_steps)
                return tuple(
                    start + sign for first, behind in spans for sign in range(first, behind)
                )
        return ()
