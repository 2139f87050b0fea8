"""`calotype prompt`: what becomes of a text, without rendering."""

from __future__ import annotations

from dataclasses import replace

from core.service.remarks.prompt_reading import PromptReading, read_prompt
from core.service.stores import Stores
from core.system.errors import InvalidRequest
from core.values.program import Program
from core.values.request import Request


def program_named(name: str) -> Program:
    """The program of this id. Raises InvalidRequest where there is none."""
    if name in tuple(Program):
        return Program(name)
    raise InvalidRequest(
        "compatibility", f'There is no way "{name}".', f"Known: {', '.join(Program)}."
    )


def reading_of(
    stores: Stores, text: str, model: str, steps: int | None, compatibility: str
) -> PromptReading:
    """What the model would be told, over its usual number of steps where none is given. Raises
    InvalidRequest and ModelMissing as `read_prompt` does, and for numbers out of range."""
    program = program_named(compatibility)
    entry = stores.library.find(model)
    wanted = replace(Request(text), **entry.family_row.defaults())
    wanted = (wanted if steps is None else replace(wanted, steps=steps)).check()
    return read_prompt(stores.library, entry, wanted.prompt, program, wanted.steps)


def in_words(reading: PromptReading) -> str:
    """For people."""
    lines = [f"up to step {row.until}: {row.text}" for row in reading.schedule]
    if len(reading.joined) > 1:
        lines += [f"joined, weight {part.weight:g}: {part.text.strip()}" for part in reading.joined]
    counts = [f"{len(chunk.tokens)} for {chunk.encoder}" for chunk in reading.chunks]
    lines.append(f"tokens of each chunk: {', '.join(counts)}")
    lines += [f"LoRA: {lora.id} {lora.weight:g}" for lora in reading.loras]
    lines += [f"embedding: {name}" for name in reading.embeddings]
    lines += [f"not here: {one.kind} {one.name}" for one in reading.unknown]
    lines += [f"at {one.start}: {one.message}" for one in reading.problems]
    return "\n".join(lines)
