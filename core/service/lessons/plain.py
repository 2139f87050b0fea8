"""A lesson as JSON and back: what comes from a stranger is checked here, once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any, cast

from core.system.errors import InvalidRequest
from core.system.json import Malformed, from_plain, to_plain
from core.system.json_files import as_table, parse_json
from core.system.paths import is_path
from core.values.insight.lesson import (
    FILMS,
    NO_ANSWER,
    NO_REFERENCE,
    TRIED,
    Lesson,
    Shot,
    Stop,
    Term,
    TwoTexts,
)
from core.values.request import Request

FORMAT = "calotype lesson"
VERSION = 1
# of a request, what a lesson may say: nothing that names files of a person's
SAID = frozenset({*TRIED, "model", "sampler"})
MOST_STOPS = 40
MOST_CHOICES = 8
MOST_SHOTS = 12  # of a stop
MOST_FRAMES = 64  # of a shot
MOST_TERMS = 80
MOST_SOURCES = 20  # of a stop
LONGEST_NAME = 300  # characters
LONGEST_TITLE = 100
LONGEST_ABOUT = 500
LONGEST_TEXT = 6_000
MOST_STEPS = 100  # of a picture, which somebody waits for
LONGEST_SIDE = 2048  # pixels
LONGEST_PROMPT = 2_000
PICTURE = re.compile(r"pictures/[0-9a-z-]{1,60}\.png")
_ID = re.compile(r"[0-9a-z-]{1,80}")
_PAGE = re.compile(r"[a-z]{0,20}")
_PLAIN = Request()


class LaterVersion(ValueError):
    """The lesson was written by a later version of the program."""


def text_of(lesson: Lesson) -> bytes:
    """The lesson as it stands in its file."""
    table = {"format": FORMAT, "version": VERSION, **_trimmed(to_plain(lesson))}
    return json.dumps(table, ensure_ascii=False, indent=1).encode()


def lesson_in(data: bytes) -> Lesson:
    """The lesson that a text says. Raises LaterVersion, and ValueError, which says what of it is
    wrong."""
    table = as_table(parse_json(data))
    if table.get("format") != FORMAT:
        raise ValueError("it does not say that it is one")
    version = table.get("version")
    if type(version) is not int or version < 1:
        raise ValueError("it does not say of which version it is")
    if version > VERSION:
        raise LaterVersion
    for request in _requests_in(table):
        if not SAID.issuperset(request):
            raise Malformed("a picture is to be made in a way that lessons do not have")
    lesson: Lesson = from_plain(Lesson, table, "lesson")
    check(lesson)
    return lesson


def check(lesson: Lesson) -> None:
    """Raises Malformed for a lesson that goes beyond a limit, which the text names."""
    _need(_ID.fullmatch(lesson.id) is not None, "its id is none")
    _need(0 < len(lesson.stops) <= MOST_STOPS, f"it needs one stop and at most {MOST_STOPS}")
    _need(len(lesson.terms) <= MOST_TERMS, f"it explains more than {MOST_TERMS} words")
    ids = [stop.id for stop in lesson.stops]
    _need(len(set(ids)) == len(ids), "two of its stops have one id")
    _check_name(lesson.title, "its title", LONGEST_TITLE)
    _check_text(lesson.about, "what it says of itself", LONGEST_ABOUT)
    for term in lesson.terms:
        _check_name(term.word, "a word that it explains", LONGEST_TITLE)
        _check_texts(term.meaning, "the explanation of a word")
    for number, stop in enumerate(lesson.stops, 1):
        _check_stop(stop, f"stop {number}")


def _check_stop(stop: Stop, where: str) -> None:
    _need(_ID.fullmatch(stop.id) is not None, f"{where} has no id")
    _need(_PAGE.fullmatch(stop.help) is not None, f"{where} names a page of help that is none")
    _check_name(stop.title, f"the title of {where}", LONGEST_TITLE)
    _check_text(stop.question, f"the question of {where}")
    _check_texts(stop.intro, f"the text of {where}")
    _check_texts(stop.seen, f"what {where} shows")
    _check_text(stop.summary, f"the summary of {where}")
    _need(len(stop.choices) <= MOST_CHOICES, f"{where} has more than {MOST_CHOICES} choices")
    for choice in stop.choices:
        _check_name(choice, f"a choice of {where}")
    _need(NO_ANSWER <= stop.happens < len(stop.choices), f"{where} says that no choice comes true")
    _need(len(stop.shots) <= MOST_SHOTS, f"{where} has more than {MOST_SHOTS} pictures")
    _need(
        NO_REFERENCE <= stop.reference < max(len(stop.shots), 1),
        f"{where} compares with a picture that it does not have",
    )
    _need(len(stop.sources) <= MOST_SOURCES, f"{where} has more than {MOST_SOURCES} sources")
    _need(len(stop.terms) <= MOST_TERMS, f"{where} has more than {MOST_TERMS} words")
    for text in (*stop.sources, *stop.terms):
        _check_text(text, f"a line of {where}")
    for shot in stop.shots:
        _check_shot(shot, where)
    if stop.own_try is not None:
        _check_text(stop.own_try.words, f"the invitation of {where}")
        _check_request(stop.own_try.request, where)
        _need(set(stop.own_try.fields) <= set(TRIED), f"{where} has a try of something unknown")


def _check_shot(shot: Shot, where: str) -> None:
    _check_name(shot.name, f"the name of a picture of {where}", LONGEST_TITLE)
    _check_request(shot.request, where)
    _need(shot.film in FILMS, f"a picture of {where} has a film that is none")
    _need(len(shot.frames) <= MOST_FRAMES, f"a picture of {where} has too many steps")
    for frame in shot.frames:
        _check_name(frame.words, f"a step of {where}")
        _check_text(frame.name, f"the name of a step of {where}", LONGEST_TITLE)
    for name in pictures_of(shot):
        _need(PICTURE.fullmatch(name) is not None, f"{where} names a picture in no usual way")


def _check_request(request: Request, where: str) -> None:
    for text in (request.prompt, request.negative_prompt):
        _need(len(text) <= LONGEST_PROMPT, f"{where} has a prompt that is too long")
        _check_signs(text, f"a prompt of {where}")
    model = request.model
    _need(len(model) <= LONGEST_NAME and not is_path(model), f"{where} names a file as its model")
    _check_signs(model, f"the model of {where}")
    is_small = request.steps <= MOST_STEPS and max(request.width, request.height) <= LONGEST_SIDE
    _need(is_small, f"{where} has a picture that takes too long")
    try:
        request.check()
    except InvalidRequest as fault:
        raise Malformed(f"{where} cannot be made: {fault.message[:200].rstrip('.')}") from None


def pictures_of(shot: Shot) -> tuple[str, ...]:
    """The names of all pictures that a shot has in its file."""
    return tuple(name for name in (shot.picture, *(one.picture for one in shot.frames)) if name)


def all_pictures(lesson: Lesson) -> tuple[str, ...]:
    """The same of a whole lesson, each once."""
    shots = (shot for stop in lesson.stops for shot in stop.shots)
    return tuple(dict.fromkeys(name for shot in shots for name in pictures_of(shot)))


def translated(lesson: Lesson, translate: Callable[[str], str]) -> Lesson:
    """The lesson with each of its texts, but those of requests, given through `translate`."""

    def both(texts: TwoTexts) -> TwoTexts:
        return TwoTexts(translate(texts.simple), translate(texts.exact))

    def stop_in_words(stop: Stop) -> Stop:
        own = stop.own_try
        return replace(
            stop,
            title=translate(stop.title),
            intro=both(stop.intro),
            question=translate(stop.question),
            choices=tuple(map(translate, stop.choices)),
            shots=tuple(replace(shot, name=translate(shot.name)) for shot in stop.shots),
            seen=both(stop.seen),
            summary=translate(stop.summary),
            own_try=None if own is None else replace(own, words=translate(own.words)),
            terms=tuple(map(translate, stop.terms)),
            sources=tuple(map(translate, stop.sources)),
        )

    return replace(
        lesson,
        title=translate(lesson.title),
        about=translate(lesson.about),
        terms=tuple(Term(translate(one.word), both(one.meaning)) for one in lesson.terms),
        stops=tuple(map(stop_in_words, lesson.stops)),
    )


def _need(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise Malformed(otherwise)


def _check_name(text: str, what: str, longest: int = LONGEST_NAME) -> None:
    _need(bool(text.strip()), f"{what} is empty")
    _need(len(text) <= longest, f"{what} is longer than {longest} characters")
    _check_signs(text, what)


def _check_text(text: str, what: str, longest: int = LONGEST_TEXT) -> None:
    _need(len(text) <= longest, f"{what} is longer than {longest:,} characters")
    _check_signs(text, what)


def _check_texts(texts: TwoTexts, what: str) -> None:
    _check_text(texts.simple, what)
    _check_text(texts.exact, what)


def _check_signs(text: str, what: str) -> None:
    """Half characters are no text; of what controls a terminal or a line only line ends are."""
    is_text = not any("\ud800" <= sign <= "\udfff" for sign in text)
    _need(is_text and all(sign >= " " or sign in "\n\t" for sign in text), f"{what} is no text")


def _requests_in(table: object) -> Iterator[dict[str, Any]]:
    """Each table within these tables that stands for a request."""
    waiting: list[Any] = [table]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            for name, value in cast("dict[str, Any]", found).items():
                if name == "request" and isinstance(value, dict):
                    yield cast("dict[str, Any]", value)
                else:
                    waiting.append(value)
        elif isinstance(found, list):
            waiting += cast("list[Any]", found)


def _trimmed(value: Any) -> Any:
    """Without what of a request is as usual."""
    if isinstance(value, list):
        return [_trimmed(one) for one in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    table = cast("dict[str, Any]", value)
    return {name: _said(one) if name == "request" else _trimmed(one) for name, one in table.items()}


def _said(request: dict[str, Any]) -> dict[str, Any]:
    usual = {field.name: getattr(_PLAIN, field.name) for field in fields(Request)}
    return {k: v for k, v in request.items() if k in SAID and v != usual[k]}
