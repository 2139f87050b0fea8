"""Names by a template: "{date} {prompt:40} {n:04}" says what each exported picture is called, and
{album}/{model} in which folders it lies."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from core.service.exporting.file_names import EnteredText, file_name
from core.service.exporting.subjects import Subject
from core.system.errors import InvalidRequest

LONGEST = 500  # characters of a template
MOST_PLACES = 12  # digits of a number, or
MOST_LETTERS = 500  # characters of a text that are asked for
_FALLBACK = "picture"
_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|/|[^{}/]+")


@dataclass(frozen=True, slots=True)
class Field:
    """What a name can be made of: its word, one sentence of help, and where it comes from."""

    word: str
    help: str
    of: Callable[[Subject, int], str | int]


def _at(form: str) -> Callable[[Subject, int], str]:
    def written(subject: Subject, _: int) -> str:
        try:
            return time.strftime(form, time.localtime(subject.created))
        except (ValueError, OverflowError, OSError):  # no time that the system knows
            return ""

    return written


def _guidance(subject: Subject, _: int) -> str:
    return f"{subject.request.guidance:g}"


FIELDS: tuple[Field, ...] = (
    Field("name", "The name of its file now.", lambda one, _: one.name),
    Field("n", "Counts the pictures; {n:04} with leading zeros.", lambda _, n: n),
    Field("date", "The day it was made.", _at("%Y-%m-%d")),
    Field("time", "The time of that day.", _at("%H-%M-%S")),
    Field("year", "The year it was made.", _at("%Y")),
    Field("month", "The month of that year.", _at("%m")),
    Field("day", "The day of that month.", _at("%d")),
    Field("prompt", "Its words; {prompt:40} their first 40 letters.", lambda one, _: one.prompt),
    Field("negative", "Its negative prompt.", lambda one, _: one.request.negative_prompt),
    Field("model", "What made it.", lambda one, _: one.model),
    Field("seed", "Its seed.", lambda one, _: _number(one.request.seed)),
    Field("steps", "Its steps.", lambda one, _: one.request.steps),
    Field("guidance", "Its guidance.", _guidance),
    Field("sampler", "Its sampler.", lambda one, _: one.request.sampler),
    Field("schedule", "Its noise schedule.", lambda one, _: one.request.schedule),
    Field("width", "Pixels.", lambda one, _: one.width),
    Field("height", "Pixels.", lambda one, _: one.height),
    Field("size", "Both, as in 512x768.", lambda one, _: f"{one.width}x{one.height}"),
    Field("rating", "0 to 5.", lambda one, _: max(one.rating, 0)),
    Field("tags", "Its tags.", lambda one, _: " ".join(one.tags)),
    Field("album", "The album it is exported from.", lambda one, _: one.album),
    Field("id", "Its number in the gallery.", lambda one, _: _number(one.picture_id or None)),
)
_BY_WORD = {field.word: field for field in FIELDS}
# of a file whose recipe does not name them, these are nobody's
_OF_A_RECIPE = frozenset({"steps", "guidance", "sampler", "schedule", "seed"})


def _number(value: int | None) -> str | int:
    return "" if value is None else value


@dataclass(frozen=True, slots=True)
class _Asked:
    """A field and what stands behind its colon; -1 for nothing."""

    field: Field
    measure: int


@dataclass(frozen=True, slots=True)
class Template:
    """A template that was read: for each folder, and the name at last, its texts and fields."""

    levels: tuple[tuple[str | _Asked, ...], ...]

    def path_of(self, subject: Subject, number: int) -> tuple[str, ...]:
        """Names of folders and, last, of the file without its ending; each can be written on every
        system. A folder that would have no name is left out."""
        *folders, last = (
            file_name([_entered(part, subject, number) for part in level]) for level in self.levels
        )
        return (*filter(None, folders), last or file_name([subject.name]) or _FALLBACK)

    def text_of(self, subject: Subject, number: int) -> str:
        """The same as a text that is read, of any length and with all signs."""
        levels = (
            "".join(_as_text(_entered(part, subject, number)) for part in level)
            for level in self.levels
        )
        return "/".join(levels).strip()


def parse_template(text: str) -> Template:
    """Raises InvalidRequest, which says what of it is no template."""
    if not text.strip():
        raise _refused("A name needs letters or fields.")
    if len(text) > LONGEST:
        raise _refused(f"A template has at most {LONGEST} characters.")
    levels: list[list[str | _Asked]] = [[]]
    for match in _PART.finditer(text):
        part = match[0]
        if part == "/":
            levels.append([])
        elif match[1] is not None:
            levels[-1].append(_asked(match[1]))
        elif part in ("{", "}"):
            raise _refused(f'A "{part}" has no other one beside it.')
        else:
            levels[-1].append(part[:1] if part in ("{{", "}}") else part)
    return Template(tuple(map(tuple, levels)))


def _asked(inside: str) -> _Asked:
    word, colon, measure = inside.partition(":")
    field = _BY_WORD.get(word.strip().lower())
    if field is None:
        raise _refused(f'There is nothing called "{{{word}}}".')
    if not colon:
        return _Asked(field, -1)
    digits = measure.strip()
    if not (digits.isascii() and digits.isdigit()) or int(digits[:5]) > MOST_LETTERS:
        raise _refused(f'"{{{inside}}}" needs a number up to {MOST_LETTERS} behind its colon.')
    return _Asked(field, int(digits))


def _as_text(part: str | EnteredText) -> str:
    return part if isinstance(part, str) else part.text


def _entered(part: str | _Asked, subject: Subject, number: int) -> str | EnteredText:
    if isinstance(part, str):
        return part
    if part.field.word in _OF_A_RECIPE and not _is_known(subject, part.field.word):
        return ""
    value = part.field.of(subject, number)
    if isinstance(value, int):
        places = min(max(part.measure, 0), MOST_PLACES)
        return f"{value:0{places}}" if places else str(value)
    text = " ".join(value.split())
    return EnteredText(text[: part.measure].rstrip() if part.measure >= 0 else text)


def _is_known(subject: Subject, name: str) -> bool:
    return subject.known is None or name in subject.known


def _refused(message: str) -> InvalidRequest:
    words = " ".join(f"{{{field.word}}}" for field in FIELDS)
    return InvalidRequest("name", message, f"Its fields are {words}.")
