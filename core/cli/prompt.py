"""`calotype prompt`: what becomes of a text, without rendering."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.prompt.loras import steps_in_words
from core.prompt.wildcards.files import Wildcards
from core.service.remarks.prompt_reading import PromptReading, read_prompt
from core.service.stores import Stores
from core.system.errors import InvalidRequest
from core.values.request import Request

MOST_DRAWS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptOptions:
    """`steps` None: the model's usual number. `draws`: of so many seeds from `seed` on it is said
    what they make of the prompt's choices."""

    model: str
    steps: int | None
    seed: int
    compatibility: str
    draws: int


def reading_of(stores: Stores, text: str, options: PromptOptions) -> PromptReading:
    """What the model would be told. Raises InvalidRequest and ModelMissing as `read_prompt` does,
    and for numbers out of range."""
    if not 0 <= options.draws <= MOST_DRAWS:
        raise InvalidRequest(
            "draws", f"Draws are {options.draws}.", f"Choose from 0 to {MOST_DRAWS}."
        )
    Request(text, compatibility=options.compatibility, seed=options.seed).check()
    entry = stores.library.find(options.model)
    wanted = replace(
        Request(text, compatibility=options.compatibility), **entry.family_row.defaults()
    )
    if options.steps is not None:
        wanted = replace(wanted, steps=options.steps)
    source = Wildcards(stores.places.wildcards)
    return read_prompt(
        stores.library, entry, wanted.check(), source, seed=options.seed, draws=options.draws
    )


def in_words(reading: PromptReading) -> str:
    """For people."""
    lines = [f"up to step {row.until}: {row.text}" for row in reading.schedule]
    if len(reading.joined) > 1:
        lines += [f"joined, weight {part.weight:g}: {part.text.strip()}" for part in reading.joined]
    counts = [f"{len(chunk.tokens)} for {chunk.encoder}" for chunk in reading.chunks]
    lines.append(f"tokens of each chunk: {', '.join(counts)}")
    for lora in reading.loras:
        lines.append(" ".join((f"LoRA: {lora.id} {lora.weight:g}", *steps_in_words(lora))))
    lines += [f"embedding: {name}" for name in reading.embeddings]
    lines += [
        f"not here: {one.kind} {one.name}" + (f" (or {one.suggestion}?)" if one.suggestion else "")
        for one in reading.unknown
    ]
    lost = dict.fromkeys(word for text in reading.texts for word in text.left_out)
    lines += [f"no tokens for: {word}" for word in lost]
    lines += [f"draw {number}: {text}" for number, text in enumerate(reading.draws, 1)]
    lines += [f"at {one.start}: {one.message}" for one in reading.problems]
    return "\n".join(lines)
