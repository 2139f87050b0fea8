"""What a person should know of places in both texts, before a picture is made: one sentence each,
and what could stand there instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from core.prompt.grammar.problem import Problem
from core.prompt.prompt_problems import problems_of
from core.prompt.resolving import without_notes
from core.prompt.wildcards.drawing import choice_places, draw, has_choices
from core.service.remarks.known_names import KnownNames, Unknown
from core.service.remarks.texts import placed_remarks
from core.values.request import Request

MOST = 200  # places of a text
_WORD = re.compile(r"\S{1,60}")


@dataclass(frozen=True, slots=True)
class MarkedPlace:
    """A sentence on the text at [start, end), and what could stand there in its place, "" where
    nothing is known. A place without length is all of the text."""

    start: int
    end: int
    message: str
    instead: str = ""


@dataclass(frozen=True, slots=True)
class MarkedTexts:
    """The places of the prompt and of the negative prompt, each in order."""

    prompt: tuple[MarkedPlace, ...] = ()
    negative: tuple[MarkedPlace, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """Each once; those on the negative prompt say so."""
        said = [place.message for place in self.prompt]
        said += [f"In the negative prompt: {place.message}" for place in self.negative]
        return tuple(dict.fromkeys(said))


def marked_places(request: Request, known: KnownNames | None) -> MarkedTexts:
    """What is to be said of a request's texts; `known` None: what is here is not known yet. Reads
    files where a text names wildcards: not for the GUI thread."""
    return MarkedTexts(
        _marked(request, known, is_negative=False), _marked(request, known, is_negative=True)
    )


def _marked(
    request: Request, known: KnownNames | None, *, is_negative: bool
) -> tuple[MarkedPlace, ...]:
    program = request.program
    text = request.negative_prompt if is_negative else request.prompt
    places = [
        MarkedPlace(one.start, one.end, one.message)
        for one in problems_of(
            text, program, request.steps, choice_places(text), is_negative=is_negative
        )
    ]
    bare = without_notes(text, program, in_place=True)
    if known is not None:
        unknown = [*known.unknown(bare, is_negative=is_negative)]
        places += [_of_unknown(one) for one in unknown]
        taken = {one.start for one in unknown}
        places += [
            MarkedPlace(one.start, one.end, one.message)
            for one in _drawing_problems(bare, known)
            if one.start not in taken or one.start == one.end
        ]
    said = {place.message for place in places}
    places += [
        MarkedPlace(start, _end_of_word(text, start), message)
        for start, message in placed_remarks(request, is_negative=is_negative)
        if message not in said
    ]
    return tuple(sorted(places, key=lambda place: (place.start, place.end))[:MOST])


def _of_unknown(one: Unknown) -> MarkedPlace:
    kind = {"lora": "LoRA"}.get(one.kind, one.kind)
    message = f'There is no {kind} "{one.name}".'
    if one.suggestion:
        message += f' Did you mean "{one.suggestion}"?'
    return MarkedPlace(one.start, one.end, message, one.instead)


def _drawing_problems(text: str, known: KnownNames) -> Iterator[Problem]:
    if has_choices(text):
        source = known.wildcards()
        yield from draw(text, source, 0).problems
        yield from (Problem(0, 0, trouble) for trouble in source.troubles)


def _end_of_word(text: str, start: int) -> int:
    match = _WORD.match(text, start)
    return match.end() if match else start
