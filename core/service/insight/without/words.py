"""Which words of a request can be tried, and which of them a person names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.models.files.embedding_file import keys_of
from core.prompt.reading.embedding_names import EmbeddingNames
from core.prompt.reading.kinds import Rules
from core.prompt.reading.leaving_out import without_words
from core.prompt.reading.words import places_of, words_of
from core.system.errors import InvalidRequest
from core.values.job import Job
from core.values.program import Program
from core.values.text_span import TextSpan

ALL = "*"  # stands for each word of both texts
NEGATIVE = "negative:"  # before a word of the negative prompt
_ONE = re.compile(r"(.+)#([1-9][0-9]{0,3})")
_LONGEST = 60  # characters of a name in a sentence


@dataclass(frozen=True, slots=True)
class TriedWord:
    """A word, or words that are tried together: `name` as they are shown, and where they stand, all
    in one of the texts. `time` counts from 1 where the same words stand there several times, 0
    for all of these together, or where they stand there once."""

    name: str
    places: tuple[TextSpan, ...]
    time: int = 0

    @property
    def is_negative(self) -> bool:
        """Whether they are of the negative prompt."""
        return any(place.is_negative for place in self.places)


@dataclass(frozen=True, slots=True)
class Prompts:
    """Both texts of a job with their words, as its program reads them."""

    texts: tuple[str, str]
    rules: tuple[Rules, Rules]
    words: tuple[tuple[TextSpan, ...], tuple[TextSpan, ...]]

    def name(self, places: Sequence[TextSpan]) -> str:
        """What stands there."""
        return " ".join(self.texts[one.is_negative][one.start : one.end] for one in places)

    def without(self, word: TriedWord) -> tuple[str, str]:
        """Both texts with these words left out."""
        return (
            without_words(self.texts[0], word.places, self.rules[0]),
            without_words(self.texts[1], word.places, self.rules[1]),
        )


def prompts_of(job: Job) -> Prompts:
    """Of the texts that a job's model is told."""
    request = job.request
    names = EmbeddingNames(keys_of(job.embeddings))
    program = Program(request.program)
    rules = Rules(program, embeddings=names), Rules(program, is_negative=True, embeddings=names)
    texts = request.prompt, request.negative_prompt
    return Prompts(texts, rules, (words_of(texts[0], rules[0]), words_of(texts[1], rules[1])))


def all_words(prompts: Prompts) -> tuple[TriedWord, ...]:
    """Each word of the prompt by itself, then those of the negative prompt."""
    return tuple(one for own in prompts.words for one in _each(prompts, [(word,) for word in own]))


def _each(prompts: Prompts, rows: Sequence[Sequence[TextSpan]]) -> tuple[TriedWord, ...]:
    """A word of each row of places, numbered where several are called the same."""
    names = [prompts.name(row) for row in rows]
    alike = [name.casefold() for name in names]
    return tuple(
        TriedWord(
            name, tuple(row), alike[: at + 1].count(alike[at]) if alike.count(alike[at]) > 1 else 0
        )
        for at, (name, row) in enumerate(zip(names, rows, strict=True))
    )


def named_words(prompts: Prompts, asked: Sequence[str]) -> tuple[TriedWord, ...]:
    """The words that a person names, each once: "fox" is the word wherever it stands, "fox#2" where
    it stands the second time, "red fox" both together, "negative:fog" one of the negative prompt
    and "*" each word by itself. Raises InvalidRequest for what is not there."""
    found = (one for name in asked for one in _named(prompts, name.strip()))
    return tuple(dict.fromkeys(found))


def _named(prompts: Prompts, asked: str) -> tuple[TriedWord, ...]:
    if asked == ALL:
        found = all_words(prompts)
        if not found:
            raise InvalidRequest("without", "The picture's prompt has no words.", _REMEDY)
        return found
    is_negative = asked.startswith(NEGATIVE)
    plain = asked.removeprefix(NEGATIVE).strip()
    one = _ONE.fullmatch(plain)
    which = int(one[2]) if one else 0
    name = one[1] if one else plain
    text, words = prompts.texts[is_negative], prompts.words[is_negative]
    places = places_of(text, words, name)
    if not places:
        of = "negative prompt" if is_negative else "prompt"
        raise InvalidRequest(
            "without", f'There is no word "{name[:_LONGEST]}" in the {of}.', _REMEDY
        )
    if which > len(places):
        times = "once" if len(places) == 1 else f"{len(places)} times"
        raise InvalidRequest(
            "without",
            f'"{name[:_LONGEST]}" stands in the prompt {times}, and not {which}.',
            f"Count from #1 to #{len(places)}.",
        )
    if which:
        return (_each(prompts, places)[which - 1],)
    together = tuple(place for row in places for place in row)
    return (TriedWord(prompts.name(places[0]), tuple(dict.fromkeys(together))),)


_REMEDY = 'Name one that stands there, for instance --without fox, or --without "*" for each word.'
