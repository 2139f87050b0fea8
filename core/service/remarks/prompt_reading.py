"""What becomes of a prompt, without rendering: which texts are read when, in which tokens, and what
it names that is not here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

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
from core.prompt.words_read import ReadChunk, ReadText, read_long_text, read_text
from core.service.remarks.encoders import TextEncoder, embedding_lengths, encoders_of
from core.service.remarks.known_names import KnownNames, Unknown
from core.values.job import ModelRef
from core.values.lora import Lora
from core.values.program import Program
from core.values.request import CheckedRequest
from core.values.request_parts.emphasis import Emphasis

MOST_CHUNKS = 1_000  # that are shown: of long texts that change in every step


@dataclass(frozen=True, slots=True)
class PromptReading:
    """`resolved` is the prompt without comments and tags; `schedule` its texts up to each step,
    with AND between them where there are several; `joined` the texts that AND joins; `draws` what
    `seed` and those after it make of its choices."""

    resolved: str
    schedule: tuple[Row, ...]
    joined: tuple[JoinedText, ...]
    texts: tuple[ReadText, ...]
    loras: tuple[Lora, ...]
    embeddings: tuple[str, ...]
    unknown: tuple[Unknown, ...]
    problems: tuple[Problem, ...]
    draws: tuple[str, ...]
    seed: int

    @property
    def chunks(self) -> tuple[ReadChunk, ...]:
        """Those of all texts, encoder by encoder."""
        return tuple(chunk for text in self.texts for chunk in text.chunks)

    def plain(self) -> dict[str, object]:
        """As JSON has it."""
        return {
            "resolved": self.resolved,
            "schedule": [row._asdict() for row in self.schedule],
            "conjunction": [{"text": part.text, "weight": part.weight} for part in self.joined],
            "chunks": [asdict(chunk) for chunk in self.chunks],
            "left_out": [*dict.fromkeys(word for text in self.texts for word in text.left_out)],
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
    texts = _texts(schedule, joined, program, steps)
    named = library.embeddings_in(resolved)
    names = KnownNames(library.loras(), library.embeddings(), lambda: source)
    bare = without_notes(prompt, program, in_place=True)
    in_place = draw(bare, source, seed).problems
    problems = problems_of(prompt, program, steps, choice_places(prompt))
    files = tuple(Problem(0, len(prompt), trouble) for trouble in source.troubles)
    return PromptReading(
        resolved=resolved,
        schedule=schedule,
        joined=joined,
        texts=tuple(texts_read(entry, named, texts, program, Emphasis(asked.emphasis))),
        loras=loras,
        embeddings=tuple(ref.name for ref in named),
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


def _texts(
    schedule: Sequence[Row], joined: Sequence[JoinedText], program: Program, steps: int
) -> Iterator[str]:
    """The texts that are read, of those that AND joins each for itself."""
    if program == Program.COMFYUI or (len(joined) == 1 and joined[0].weight == 1.0):
        rows = [*schedule]
    else:
        rows = [row for part in joined for row in rows_of(parse_script(part.text), steps)]
    return (row.text for row in rows)


def _read(
    encoder: TextEncoder,
    text: str,
    program: Program,
    lengths: Mapping[str, int],
    emphasis: Emphasis,
) -> ReadText:
    if encoder.length:
        return read_long_text(
            encoder.part,
            encoder.tokenizer,
            text,
            program,
            lengths,
            encoder.length,
            emphasis=emphasis,
        )
    return read_text(
        encoder.part,
        encoder.tokenizer,
        text,
        program,
        lengths,
        most=encoder.most_chunks,
        emphasis=emphasis,
    )


def texts_read(
    entry: ModelEntry,
    embeddings: Sequence[ModelRef],
    texts: Iterable[str],
    program: Program,
    emphasis: Emphasis = Emphasis.AUTO,
) -> Iterator[ReadText]:
    """Each text for each encoder of a model, up to `MOST_CHUNKS`. Raises ModelMissing
    where a tokenizer cannot be read, InvalidRequest where brackets weigh too much."""
    count = 0
    encoders = encoders_of(entry)
    each = [*dict.fromkeys(texts)]
    of_embeddings = embedding_lengths(encoders, embeddings, program)
    for encoder, lengths in zip(encoders, of_embeddings, strict=True):
        for text in each:
            found = _read(encoder, text, program, lengths, emphasis)
            count += len(found.chunks)
            if count > MOST_CHUNKS:
                return
            yield found
