"""What a model is told of one of a request's texts in each step, token by token."""

from __future__ import annotations

from dataclasses import dataclass

from core.models.library.library import Library
from core.models.library.model_entry import ModelEntry
from core.prompt.grammar.plan import Branch, plan_prompts
from core.prompt.loras import named_loras
from core.prompt.resolving import without_notes
from core.prompt.styling import applied
from core.prompt.wildcards.drawing import draw
from core.prompt.wildcards.files import Wildcards
from core.prompt.words_read import ReadText
from core.service.remarks.prompt_reading import texts_read
from core.values.request import CheckedRequest
from core.values.request_parts.emphasis import Emphasis
from core.values.resolved_request import ResolvedRequest


@dataclass(frozen=True, slots=True)
class ModelReading:
    """`branches` are the texts that AND joins, over `steps` steps; `texts` what each encoder reads
    of each. `is_drawn`: choices were drawn by `seed`."""

    branches: tuple[Branch, ...]
    texts: tuple[ReadText, ...]
    steps: int
    seed: int
    is_drawn: bool

    @property
    def ends(self) -> tuple[int, ...]:
        """The steps after which another text holds, and the last one, counted from 1."""
        return tuple(sorted({row.until for branch in self.branches for row in branch.rows}))

    def at(self, step: int) -> tuple[tuple[str, float], ...]:
        """The texts of one step, counted from 1, each with the weight that it guides with."""
        return tuple(
            (next(row.text for row in branch.rows if step <= row.until), branch.weight)
            for branch in self.branches
        )

    def of(self, text: str) -> tuple[ReadText, ...]:
        """One of the texts as each encoder reads it."""
        return tuple(read for read in self.texts if read.text == text)


def read_for_model(
    library: Library,
    entry: ModelEntry,
    asked: CheckedRequest,
    source: Wildcards,
    *,
    seed: int,
    is_negative: bool,
) -> ModelReading:
    """The prompt, or the negative prompt, as the model reads it, with the words of its styles.
    Reads files. Raises InvalidRequest for a tag with a path, where brackets weigh too much and
    where styles make a text too long, ModelMissing where a tokenizer cannot be read."""
    asked = applied(asked)
    program, steps = asked.program, asked.steps
    if is_negative:
        template = without_notes(asked.negative_prompt, program)
        text = draw(template, source, seed, which="negative").text
        branches = (plan_prompts("", text, program, steps).negative,)
    else:
        template = without_notes(asked.prompt, program)
        text = draw(template, source, seed).text
        branches = plan_prompts(named_loras(text)[0], "", program, steps).positive
    return _read(library, entry, branches, text, asked, seed=seed, is_drawn=text != template)


def read_drawn(
    library: Library, entry: ModelEntry, request: ResolvedRequest, *, is_negative: bool
) -> ModelReading:
    """The same of a picture's request, whose choices were drawn already."""
    plan = plan_prompts(request.prompt, request.negative_prompt, request.program, request.steps)
    branches = (plan.negative,) if is_negative else plan.positive
    text = request.negative_prompt if is_negative else request.prompt
    return _read(library, entry, branches, text, request, seed=request.seed, is_drawn=False)


def _read(
    library: Library,
    entry: ModelEntry,
    branches: tuple[Branch, ...],
    text: str,
    asked: CheckedRequest | ResolvedRequest,
    *,
    seed: int,
    is_drawn: bool,
) -> ModelReading:
    read = texts_read(
        entry,
        library.embeddings_in(text),
        (each for branch in branches for each in branch.texts),
        asked.program,
        Emphasis(asked.emphasis),
    )
    return ModelReading(branches, tuple(read), asked.steps, seed, is_drawn)
