"""The shape of the web UI's text: a prompt, a negative one, then `Key: value` pairs, and what other
programs put behind them.

Written as `PROMPT / Negative prompt: NEGATIVE / Key: value, Key: value`, a line each, prompts of
several lines; a value with a comma, colon or line end as a JSON string. In the field values are
also plain JSON, quotes are not escaped, lines follow behind the pairs (`Template: ...`), and line
ends are lost. Reading is one pass whatever the text is.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, replace
from itertools import islice

# Keys are bounded, since a search that looks to the end of a text from each of its characters takes
# hours for a megabyte.
_BLANK = re.compile(r"[ \t,]*+")
_KEY = re.compile(r'([^\W_][^,:;"{}\[\]<>\n|]{0,80}?)[ \t]{0,8}:[ \t]*+')
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_ENDS = re.compile(r"[ \t]*+(?=[,\n]|$)")
_PLAIN = re.compile(r"[^,\n]*+")
_LINE = re.compile(r"[^\n]*+")
_UNESCAPED = re.compile(r'"(?=[ \t]{0,8}(?:,[ \t]{0,8}[^\W_][^,:;"\n]{0,80}:|\n|$))')
_MARKS = re.compile(r'["\\{}\[\]]')
_STEPS = re.compile(r"[ \t]*+(?:sampling )?steps[ \t]{0,8}:[ \t]{0,8}\d", re.IGNORECASE)
_STEPS_WITHIN = re.compile(r"(?<!\w)steps[ \t]{0,8}:[ \t]{0,8}\d+[ \t]{0,8},", re.IGNORECASE)
_CORE_KEY = re.compile(r"(?:steps|sampler|seed|size|cfg scale|model)[ \t]{0,8}:", re.IGNORECASE)
_NEGATIVE = "Negative prompt:"
_NEGATIVE_LINE = re.compile(r"\s*+negative prompt:[ \t]*+", re.IGNORECASE)
_TEMPLATE = re.compile(r"[ \t]*+(?:negative )?template[ \t]{0,8}:", re.IGNORECASE)
CORE = frozenset(
    {
        "steps",
        "sampler",
        "seed",
        "size",
        "cfg scale",
        "model",
        "model hash",
        "schedule type",
        "clip skip",
        "version",
    }
)
NOTHING = frozenset({"", "none", "unknown", "n/a", "null"})  # values in lower case
_NUMBER = re.compile(
    r"[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:e[+-]?\d{1,3})?", re.IGNORECASE
)
_SIZE = re.compile(
    r"(\d{1,9})(?:\.0*)?[ \t]{0,8}[x×*✕][ \t]{0,8}(\d{1,9})(?:\.0*)?(?:[ \t]{0,8}px)?",
    re.IGNORECASE,
)
_PATIENCE = 8  # how often an open quote or bracket is followed in vain
_MARKED = 50_000  # quotes and brackets that are followed to the closing one
_TRIED = 16  # how many lines are looked at for pairs
_PIECES = 10_000  # of a line, between its commas; what stands behind them is one piece


@dataclass(frozen=True, slots=True)
class Pair:
    """One pair; `tail` is what stood behind its value up to the next key without a key of its own
    ("5" in `CFG scale: 7,5`). `is_plain`: the value is no JSON, and what follows its comma may be
    the rest of it.
    """

    key: str
    value: str
    tail: str = ""
    is_plain: bool = True

    @property
    def name(self) -> str:
        """The key as it is compared: lower case, single blanks."""
        return " ".join(self.key.lower().replace("_", " ").split())

    @property
    def shown(self) -> str:
        """The pair as the text has it."""
        if self.tail.isdigit():
            return f"{self.key}: {self.value},{self.tail}"
        return f"{self.key}: {self.text}"

    @property
    def text(self) -> str:
        """The value as a text: programs write names with commas in them as they are."""
        value = self.value.strip()
        return f"{value}, {self.tail}" if self.tail and self.is_plain else value

    def size(self) -> tuple[int, int] | None:
        """Width and height of "512x768"; None where it is no size."""
        found = _SIZE.fullmatch(self.value.strip())
        return None if found is None else (int(found[1]), int(found[2]))

    def as_kind(self, kind: object) -> int | float | str | None:
        """The value for a field of type int, float or str; None where it says nothing to that."""
        if kind is str:
            text = self.text
            return None if text.lower() in NOTHING else text
        return self.number(int if kind is int else float)

    def number(self, kind: type[int] | type[float]) -> int | float | None:
        """A finite number, also with a comma before its fraction; None where the value is none or,
        for int, has a fraction.
        """
        text = self.value.strip()
        if kind is float and text.lstrip("+-").isdigit() and self.tail.isdigit():
            text = f"{text}.{self.tail}"
        if not _NUMBER.fullmatch(text):
            return None
        if kind is float:
            return float(text) if math.isfinite(float(text)) else None
        whole, _, fraction = text.partition(".")
        return int(whole) if whole.lstrip("+-").isdigit() and not fraction.strip("0") else None


@dataclass(frozen=True, slots=True)
class TextParts:
    """A text taken apart; `rest` are the lines behind the pairs that are none of the web UI's."""

    prompt: str
    negative: str
    pairs: tuple[Pair, ...]
    rest: tuple[str, ...] = ()


def split_text(text: str) -> TextParts | None:
    """The parts of a text; None where it holds no pairs of the web UI's."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip().strip("\0\ufeff")
    place = _main_line(text)
    lost = place is None
    if place is None:
        place = _within_a_line(text)
    if place is None:
        return None
    pairs, end = Scanner(text, place).line()
    more, rest = _behind(text[end:])
    known = {pair.name for pair in pairs}
    pairs += [pair for pair in more if pair.name not in known]
    return TextParts(*_prompts(text[:place], lost), tuple(pairs), tuple(rest))


def pairs_of(text: str) -> tuple[Pair, ...]:
    """Those of a text's first line, whatever they are of."""
    return tuple(Scanner(text.strip().strip("\0\ufeff"), 0).line()[0])


def _main_line(text: str) -> int | None:
    """Where the line with the pairs begins: the last one of its kind, or the one before where it is
    broken in two.
    """
    lines = text.split("\n")
    starts: list[int] = []
    at = 0
    for line in lines:
        starts.append(at)
        at += len(line) + 1
    likely = (
        index
        for index in range(len(lines) - 1, -1, -1)
        if _STEPS.match(lines[index]) or _CORE_KEY.match(lines[index].lstrip())
    )
    for index in islice(likely, _TRIED):
        if not _is_main(text, starts[index]):
            continue
        if index and not _STEPS.match(lines[index]) and _STEPS.match(lines[index - 1]):
            index -= 1
        return starts[index]
    return None


def _is_main(text: str, start: int) -> bool:
    """Whether the line that begins here with a known key holds the pairs: three of them, or the
    steps and another known one.
    """
    names = [pair.name for pair in Scanner(text, start).line()[0]]
    known = len(CORE.intersection(names))
    return known >= 2 and (len(names) >= 3 or _STEPS.match(text, start) is not None)


def _within_a_line(text: str) -> int | None:
    """Where pairs begin in the middle of a line, as where an empty negative prompt or lost line
    ends precede them.
    """
    start = max((match.start() for match in _STEPS_WITHIN.finditer(text)), default=None)
    if start is None:
        return None
    names = [pair.name for pair in Scanner(text, start).line()[0]]
    if len(names) < 3 or len(CORE.intersection(names)) < 2:
        return None
    return _from_its_beginning(text, start)


def _from_its_beginning(text: str, start: int) -> int:
    """Where the line begins in which the steps stand at `start`, if other pairs of the web UI's
    stand before them; else `start` itself."""
    line = text.rfind("\n", 0, start) + 1
    head = text[line:start]
    if _NEGATIVE_LINE.match(head) or not _KEY.match(head):
        return start
    before = Scanner(head, 0).line()[0]
    known = CORE.intersection(pair.name for pair in before)
    return line if len(known) >= 2 and not any(pair.tail for pair in before) else start


def _prompts(head: str, lost: bool) -> tuple[str, str]:
    """Prompt and negative prompt; where line ends are `lost`, the second
    may begin within a line."""
    lines = head.split("\n")
    if lost and not any(_NEGATIVE_LINE.match(line) for line in lines):
        before, mark, after = head.partition(f" {_NEGATIVE}")
        lines = before.split("\n")
        if mark:
            lines += f"{_NEGATIVE}{after}".split("\n")
    prompt: list[str] = []
    negative: list[str] = []
    target = prompt
    for line in lines:
        if begin := _NEGATIVE_LINE.match(line):
            target = negative
            line = line[begin.end() :]
        target.append(line)
    return "\n".join(prompt).strip(), "\n".join(negative).strip()


def _behind(text: str) -> tuple[list[Pair], list[str]]:
    """The lines behind the pairs: further pairs of the web UI's, and others, a template with all of
    its lines as one.
    """
    pairs: list[Pair] = []
    rest: list[list[str]] = []
    template = False
    for line in text.split("\n"):
        if _TEMPLATE.match(line):
            template = True
            rest.append([line])
        elif template:
            rest[-1].append(line)
        elif line.strip():
            behind = Scanner(line, 0).line()[0]
            if behind and behind[0].name in CORE:
                pairs += behind
            else:
                rest.append([line])
    return pairs, ["\n".join(lines).strip() for lines in rest]


class Scanner:
    """Reads pairs from a place on, to the end of the line or of what is quoted in it."""

    def __init__(self, text: str, at: int) -> None:
        self._text = text
        self._at = at
        self._patience = _PATIENCE

    def line(self) -> tuple[list[Pair], int]:
        """The pairs, and where they end."""
        pairs: list[Pair] = []
        pieces: list[str] = []  # behind the last pair's value
        left = _PIECES
        while True:
            self._at = _BLANK.match(self._text, self._at).end()  # type: ignore[union-attr]
            at_end = self._at >= len(self._text) or self._text[self._at] == "\n"
            key = _KEY.match(self._text, self._at) if left and not at_end else None
            if key is None and not at_end:
                pieces.append(self._take(_PLAIN if left else _LINE).strip())
                left = max(0, left - 1)
                continue
            if pieces and pairs:
                pairs[-1] = replace(pairs[-1], tail=", ".join(filter(None, pieces)))
            if key is None:
                return pairs, self._at
            pieces.clear()
            left -= 1
            self._at = key.end()
            is_plain = self._text[self._at : self._at + 1] not in ('"', "{", "[")
            pairs.append(Pair(key[1], self._value(), is_plain=is_plain))

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            return ""
        self._at = match.end()
        return match[0]

    def _value(self) -> str:
        first = self._text[self._at : self._at + 1]
        if first == '"':
            return self._quoted()
        if first and first in "{[":
            end = self._closing()
            if end is not None:
                value = self._text[self._at : end]
                self._at = end
                return value + self._take(_PLAIN).rstrip()
        return self._take(_PLAIN).strip()

    def _quoted(self) -> str:
        """A JSON string; one whose inner quotes nobody escaped ends before the next key."""
        quoted = _QUOTED.match(self._text, self._at)
        if quoted is not None and _ENDS.match(self._text, quoted.end()):
            self._at = quoted.end()
            return _unquoted(quoted[0])
        if self._patience:
            self._patience -= 1
            end = _UNESCAPED.search(self._text, self._at + 1)
            if end is not None:
                value = self._text[self._at + 1 : end.start()]
                self._at = end.end()
                return value
        return self._take(_PLAIN).strip()

    def _closing(self) -> int | None:
        """Behind the bracket that closes the one here; None where none does."""
        if not self._patience:
            return None
        depth = 0
        quoted = False
        at = self._at
        for _ in range(_MARKED):
            if (mark := _MARKS.search(self._text, at)) is None:
                break
            at = mark.end()
            if mark[0] == "\\":
                at += 1
            elif mark[0] == '"':
                quoted = not quoted
            elif not quoted:
                depth += 1 if mark[0] in "{[" else -1
                if depth == 0:
                    return at
        self._patience -= 1
        return None


def _unquoted(value: str) -> str:
    """What a JSON string says; line ends in it, which JSON forbids, stay."""
    try:
        return str(json.loads(value, strict=False))
    except ValueError:
        return value[1:-1].replace('\\"', '"').replace("\\\\", "\\")
