"""What both texts of a picture become over its steps: which texts there are to read, and when."""

from __future__ import annotations

from dataclasses import dataclass

from core.prompt.grammar.conjunction import split_conjunction
from core.prompt.grammar.rows import Row, rows_of
from core.prompt.grammar.script import parse_script
from core.values.program import Program


@dataclass(frozen=True, slots=True)
class Branch:
    """One text over all steps, and the weight that it guides with."""

    rows: tuple[Row, ...]
    weight: float = 1.0

    @property
    def texts(self) -> tuple[str, ...]:
        """Each text once, in the order in which they come."""
        return tuple(dict.fromkeys(row.text for row in self.rows))


@dataclass(frozen=True, slots=True)
class PromptPlan:
    """What of a prompt AND joins, and the negative prompt. `is_plain`: both are just their own
    words, the same in all steps."""

    positive: tuple[Branch, ...]
    negative: Branch
    is_plain: bool

    @property
    def changes(self) -> bool:
        """Whether any text changes from step to step."""
        return any(len(branch.rows) > 1 for branch in (*self.positive, self.negative))

    @property
    def texts(self) -> tuple[str, ...]:
        """Those of the prompt, each once."""
        return tuple(dict.fromkeys(text for one in self.positive for text in one.texts))


def plan_prompts(
    prompt: str,
    negative: str,
    program: Program,
    steps: int,
    first_steps: int | None = None,
) -> PromptPlan:
    """Both texts over `steps` steps as `program` reads them: ComfyUI has neither editing nor AND,
    and AND is a word of the negative prompt. `first_steps` as in `rows_of`."""
    if program == Program.COMFYUI:
        return PromptPlan((_words(prompt, steps),), _words(negative, steps), is_plain=True)
    joined = split_conjunction(prompt, exact=program == Program.A1111)
    if len(joined) == 1 and joined[0].weight == 1.0:
        joined = (joined[0]._replace(text=prompt),)  # with the blanks at its end, as ever
    positive = tuple(
        Branch(rows_of(parse_script(one.text), steps, first_steps), one.weight) for one in joined
    )
    without = Branch(rows_of(parse_script(negative), steps, first_steps))
    is_plain = positive == (_words(prompt, steps),) and without == _words(negative, steps)
    return PromptPlan(positive, without, is_plain)


def _words(text: str, steps: int) -> Branch:
    """A text that is the same in all steps."""
    return Branch((Row(steps, text),))
