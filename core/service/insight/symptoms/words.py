"""Words of a prompt that the model did not read, read apart from the first ones, or was never
taught."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.models.library.library import Library
from core.models.library.model_entry import ModelEntry
from core.models.library.vocabulary import answer
from core.prompt.words_read import ReadText
from core.service.remarks.model_reading import read_drawn
from core.system.errors import InvalidRequest, ModelMissing
from core.values.insight.symptoms import (
    Change,
    Evidence,
    Judged,
    Remedy,
    Symptom,
    SymptomId,
    Unit,
)
from core.values.request import Request
from core.values.resolved_request import resolve

CHUNK = 75  # tokens that CLIP reads together
_MOST = 12  # words that are named
_SIGNS = re.compile(r"[()\[\]{}<>|\\]|\bBREAK\b|\bAND\b")  # a text with these is not turned round


@dataclass(frozen=True, slots=True)
class Words:
    """Of all encoders together: `left_out` have no token, `unread` stand behind what is read,
    `apart` behind the first chunk; `tokens` is how many the longest text has."""

    left_out: tuple[str, ...]
    unread: tuple[str, ...]
    apart: tuple[str, ...]
    tokens: int


def words_of(library: Library, entry: ModelEntry, request: Request) -> Words | None:
    """How the model reads the prompt. Reads its tokenizers. None where they or the prompt cannot be
    read."""
    try:
        texts = read_drawn(library, entry, resolve(request), is_negative=False).texts
    except (ModelMissing, InvalidRequest):
        return None
    return Words(
        left_out=tuple(dict.fromkeys(word for text in texts for word in text.left_out)),
        unread=_said(texts, is_used=False),
        apart=_said(texts, is_used=True),
        tokens=max((sum(len(chunk.ids) for chunk in text.chunks) for text in texts), default=0),
    )


def _said(texts: Sequence[ReadText], *, is_used: bool) -> tuple[str, ...]:
    """The words behind the first chunk that are used, or are not, of the first text with some."""
    for text in texts:
        later = [chunk for chunk in text.chunks[1:] if chunk.is_used == is_used]
        if words := tuple("".join(word for chunk in later for word in chunk.words).split()):
            return words
    return ()


def word_symptoms(entry: ModelEntry, request: Request, read: Words) -> Iterator[Symptom]:
    """What can be said of the words, from the recipe alone."""
    if unread := (*read.left_out, *read.unread):
        yield _unread(unread)
    if read.apart:
        yield _apart(request, read)
    if answer(entry.vocabulary, entry.name, request.prompt):
        yield _unknown(entry)


def _figure(measure: str, value: float, threshold: float, usual: tuple[float, float]) -> Evidence:
    return Evidence(measure=measure, value=value, threshold=threshold, usual=usual, unit=Unit.COUNT)


def _unread(words: Sequence[str]) -> Symptom:
    return Symptom(
        id=SymptomId.UNREAD,
        title="Words that were not read",
        cause="These words have no token in the model's vocabulary, or stand behind the last one "
        "that it reads: they had no part in the picture.",
        evidence=(_figure("Words not read", len(words), 0, (0, 0)),),
        remedy=Remedy("Say it in other words, and in fewer of them."),
        judged=Judged.RECIPE,
        confidence=0.95,
        words=tuple(words[:_MOST]),
    )


def _apart(request: Request, read: Words) -> Symptom:
    return Symptom(
        id=SymptomId.CHUNK,
        title="Words beyond the first 75 tokens",
        cause="These words are read apart from the first 75 tokens, and weigh less beside them.",
        evidence=(_figure("Tokens of the prompt", read.tokens, CHUNK, (0, CHUNK)),),
        remedy=Remedy(
            "Put first what matters most, and leave out what does not.", _turned(request, read)
        ),
        judged=Judged.RECIPE,
        confidence=0.7,
        words=read.apart[:_MOST],
    )


def _turned(request: Request, read: Words) -> tuple[Change, ...]:
    """The prompt with its last words first, where it is plain words."""
    prompt = request.prompt
    if _SIGNS.search(prompt):
        return ()
    parts = [part.strip() for part in prompt.split(",") if part.strip()]
    if len(parts) < 2:
        return ()
    count, taken = len(read.apart), 0
    last: list[str] = []
    while parts[1:] and taken < count:
        last.insert(0, parts.pop())
        taken += len(last[0].split()) + 1
    return (Change("prompt", ", ".join((*last, *parts))),)


def _unknown(entry: ModelEntry) -> Symptom:
    return Symptom(
        id=SymptomId.UNKNOWN,
        title="Words the model was never taught",
        cause="This small model knows a short list of subjects, and the prompt names none of them.",
        evidence=(_figure("Subjects that it knows", 0, 1, (1, 3)),),
        remedy=Remedy("Ask for something that it knows.", _example(entry)),
        judged=Judged.RECIPE,
        confidence=0.9,
    )


def _example(entry: ModelEntry) -> tuple[Change, ...]:
    examples = entry.vocabulary.get("examples", [])
    return (Change("prompt", examples[0]),) if examples else ()
