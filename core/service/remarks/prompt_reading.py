"""What becomes of a prompt, without rendering: which texts are read when, in which tokens, and what
it names that is not here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from core.models.library.library import Library
from core.models.library.model_entry import ModelEntry
from core.prompt.grammar.conjunction import JoinedText, split_conjunction
from core.prompt.grammar.problem import Problem
from core.prompt.grammar.rows import Row, rows_of
from core.prompt.grammar.script import parse_script
from core.prompt.loras import named_loras
from core.prompt.prompt_problems import problems_of
from core.prompt.resolving import without_notes
from core.prompt.wildcards.drawing import choice_places, draw
from core.prompt.wildcards.files import Wildcards
from core.prompt.words_read import ReadChunk, read_chunks
from core.service.remarks.known_names import KnownNames, Unknown
from core.values.lora import Lora
from core.values.program import Program
from core.values.request import CheckedRequest

_TWO = ("sdxl",)  # families of two CLIP encoders that both read the prompt
MOST_CHUNKS = 1_000  # that are shown: of long texts that change in every step


@dataclass(frozen=True, slots=True)
class PromptReading:
    """`resolved` is the prompt without comments and tags; `schedule` its texts up to each step,
    with AND between them where there are several; `joined` the texts that AND joins; `draws` what
    `seed` and those after it make of its choices."""

    resolved: str
    schedule: tuple[Row, ...]
    joined: tuple[JoinedText, ...]
    chunks: tuple[ReadChunk, ...]
    loras: tuple[Lora, ...]
    embeddings: tuple[str, ...]
    unknown: tuple[Unknown, ...]
    problems: tuple[Problem, ...]
    draws: tuple[str, ...]
    seed: int

    def plain(self) -> dict[str, object]:
        """As JSON has it."""
        return {
            "resolved": self.resolved,
            "schedule": [row._asdict() for row in self.schedule],
            "conjunction": [{"text": part.text, "weight": part.weight} for part in self.joined],
            "chunks": [asdict(chunk) for chunk in self.chunks],
            "loras": [asdict(lora) for lora in self.loras],
            "embeddings": list(self.embeddings),
            "unknown": [asdict(one) for one in self.unknown],
            "problems": [asdict(problem) for problem in self.problems],
            "draws": list(self.draws),
            "seed": self.seed,
        }


def read_prompt(
    library: Library,
    entry: ModelEntry,
    asked: CheckedRequest,
    source: Wildcards,
    *,
    seed: int,
    draws: int = 0,
) -> PromptReading:
    """What a model would be told of a request's prompt over its steps, by the rules of its program,
    and what becomes of it with `draws` seeds.

    Raises InvalidRequest for a tag with a path and where brackets weigh too much, ModelMissing
    where the model's tokenizer cannot be read.
    """
    prompt, program, steps = asked.prompt, asked.program, asked.steps
    template = without_notes(prompt, program)
    drawn = draw(template, source, seed)
    resolved, loras = named_loras(drawn.text)
    joined, schedule = _over(resolved, program, steps)
    names = KnownNames(library.loras(), library.embeddings(), lambda: source)
    bare = without_notes(prompt, program, in_place=True)
    in_place = draw(bare, source, seed).problems
    problems = problems_of(prompt, program, steps, choice_places(prompt))
    files = tuple(Problem(0, len(prompt), trouble) for trouble in source.troubles)
    return PromptReading(
        resolved=resolved,
        schedule=schedule,
        joined=joined,
        chunks=tuple(_chunks(entry, schedule, joined, program, steps)),
        loras=loras,
        embeddings=tuple(ref.name for ref in library.embeddings_in(resolved)),
        unknown=tuple(names.unknown(bare)),
        problems=(*in_place, *problems, *files),
        draws=tuple(
            named_loras(draw(template, source, seed + number).text)[0] for number in range(draws)
        ),
        seed=seed,
    )


def _over(
    text: str, program: Program, steps: int
) -> tuple[tuple[JoinedText, ...], tuple[Row, ...]]:
    """What AND joins, and the texts up to each step."""
    if program == Program.COMFYUI:
        return (JoinedText(text, 1.0, 0, len(text)),), (Row(steps, text),)
    joined = split_conjunction(text, exact=program == Program.A1111)
    if len(joined) == 1:
        return joined, rows_of(parse_script(text), steps)  # its weight stays in the text
    of_parts = [rows_of(parse_script(part.text), steps) for part in joined]
    ends = sorted({row.until for rows in of_parts for row in rows})
    return joined, tuple(Row(end, " AND".join(_at(rows, end) for rows in of_parts)) for end in ends)


def _at(rows: Sequence[Row], step: int) -> str:
    return next(row.text for row in rows if step <= row.until)


def _chunks(
    entry: ModelEntry,
    schedule: Sequence[Row],
    joined: Sequence[JoinedText],
    program: Program,
    steps: int,
) -> Iterator[ReadChunk]:
    """Each text's chunks, for each encoder."""
    if len(joined) > 1 or joined[0].weight != 1.0:
        rows = [row for part in joined for row in rows_of(parse_script(part.text), steps)]
    else:
        rows = [*schedule]
    count = 0
    for encoder, folder in _encoders(entry):
        for text in dict.fromkeys(row.text for row in rows):
            for chunk in read_chunks(encoder, folder, text, program):
                count += 1
                if count > MOST_CHUNKS:
                    return
                yield chunk


def _encoders(entry: ModelEntry) -> tuple[tuple[str, Path], ...]:
    """CLIP's encoders of a model, and the folder of each one's tokenizer."""
    first = entry.tokenizer
    second = first.with_name("tokenizer_2")
    if second.is_dir() or entry.family in _TWO:
        folder = second if second.is_dir() else first
        return ("text_encoder", first), ("text_encoder_2", folder)
    return (("text_encoder", first),)
