"""Values of an axis as the web UI's X/Y/Z plot reads them: texts between commas, in quotes where
they hold commas themselves, and ranges of numbers: 1-10, 1-10 (+2), 1-10 [5]."""

from __future__ import annotations

import csv
import io
import itertools
import math
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from core.system.errors import InvalidRequest
from core.values.sweeping.sweep import MAX_VALUES

_NUMBER = r"[+-]?(?:\d{1,20}(?:\.\d{0,10})?|\.\d{1,10})"
_RANGE = re.compile(
    rf"({_NUMBER})\s?(%?)\s*-\s*({_NUMBER})\s?(%?)\s*"
    rf"(?:\(\s*([+-]?{_NUMBER.removeprefix('[+-]?')})\s*\)|\[\s*(\d{{1,6}})\s*\])?"
)
_ONE = re.compile(rf"({_NUMBER})\s?(%?)")
_DASHES = str.maketrans("\u2013\u2212", "--")  # as programs that set texts write a range or a minus
_HOW = "Write numbers as in 1, 3, 5, a range as in 1-10 (+2), or so many of it as in 1-10 [5]."


def parts_of(text: str) -> tuple[str, ...]:
    """The texts between commas and on lines, without blanks around them, each once; "" only where
    it is quoted. Raises InvalidRequest for more than `MAX_VALUES`."""
    try:
        rows = list(csv.reader(io.StringIO(text), skipinitialspace=True, strict=False))
    except csv.Error as fault:
        raise InvalidRequest(
            "axis", f"{_shown(text)} cannot be read: {fault}.", "Put quotes around each value."
        ) from fault
    quoted = '""' in text
    found = [part.strip() for row in rows for part in row]
    return once(part for part in found if part or quoted)


def joined_texts(values: Iterable[str]) -> str:
    """Texts as `parts_of` reads them."""
    return ", ".join(map(_quoted, values))


def _quoted(value: str) -> str:
    if value and value == value.strip() and not any(sign in value for sign in ',"\n\r'):
        return value
    doubled = value.replace('"', '""')
    return f'"{doubled}"'


def once(values: Iterable[str]) -> tuple[str, ...]:
    """Each text once. Raises InvalidRequest for more than `MAX_VALUES`."""
    found = tuple(dict.fromkeys(values))
    if len(found) > MAX_VALUES:
        raise InvalidRequest(
            "axis",
            f"{len(found):,} values are too many.",
            f"Give at most {MAX_VALUES:,} on one axis.",
        )
    return found


def numbers_in(text: str, *, whole: bool = False) -> tuple[Decimal, ...]:
    """All numbers of a text, in its order, each once: with `whole` those between are cut to whole
    ones, as the web UI does. Those in percent are a hundredth. Raises InvalidRequest for what is
    none."""
    found = itertools.chain.from_iterable(_numbers(part, whole) for part in parts_of(text))
    numbers: dict[Decimal, None] = {}
    for number in found:
        numbers[number] = None
        if len(numbers) > MAX_VALUES:
            break
    if not numbers:
        raise InvalidRequest("axis", f"{_shown(text)} holds no number.", _HOW)
    if len(numbers) > MAX_VALUES:
        raise InvalidRequest(
            "axis", f"{_shown(text)} are too many values.", f"Give at most {MAX_VALUES:,}."
        )
    return tuple(numbers)


def _numbers(part: str, whole: bool) -> Iterator[Decimal]:
    part = part.translate(_DASHES)
    if match := _ONE.fullmatch(part):
        return iter((_number(match[1], match[2]),))
    match = _RANGE.fullmatch(part)
    if match is None:
        raise InvalidRequest("axis", f"{_shown(part)} is no number and no range.", _HOW)
    unit = match[2] or match[4]
    first, last = _number(match[1], unit), _number(match[3], unit)
    if match[6] is not None:
        return _spread(first, last, int(match[6]), whole)
    falling = last < first
    step = _number(match[5] or ("-1" if falling else "1"), unit)
    if not step or (step < 0) != falling:
        if first == last:
            return iter((first,))
        raise InvalidRequest(
            "axis", f"{_shown(part)} never comes to its end.", "Turn the step's sign around."
        )
    count = int((last - first) / step) + 1
    return (first + step * number for number in range(min(count, MAX_VALUES + 1)))


def _spread(first: Decimal, last: Decimal, count: int, whole: bool) -> Iterator[Decimal]:
    if count < 1:
        raise InvalidRequest("axis", "A range holds at least one value.", _HOW)
    count = min(count, MAX_VALUES + 1)
    between = (last - first) / max(count - 1, 1)
    for number in range(count):
        value = last if number and number == count - 1 else first + between * number
        yield Decimal(math.trunc(value)) if whole else round(value, 6)


def _number(text: str, unit: str) -> Decimal:
    return Decimal(text) / 100 if unit else Decimal(text)


def plain(number: Decimal) -> str:
    """A number as the text of a value: no zeros behind a point, no exponent."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _shown(text: str) -> str:
    line = "".join(sign if sign.isprintable() else "?" for sign in " ".join(text.split()))
    return f'"{line if len(line) <= 80 else line[:79] + "…"}"'
