"""What each place of a prompt is: words of a weight, changes, choices, names, comments.

No grammar of its own: comments, tags, choices, AND, changes and weights are found by those who read
them when a picture is made. What is found goes out of the text before the next ones look, with
something in its place that means nothing to them, so that all places stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from core.prompt.a1111 import parse
from core.prompt.comfyui import parse_comfyui
from core.prompt.grammar.comments import comment_places
from core.prompt.grammar.conjunction import JoinedText, split_conjunction
from core.prompt.grammar.script import Edit, Group, Part, Turns, Words, parse_script
from core.prompt.loras import tags
from core.prompt.reading.kinds import Kind, Rules, Span
from core.prompt.tokens.pieces import WeightedText
from core.prompt.wildcards.drawing import choice_signs
from core.values.program import Program

_FILLER = ","  # a sign that neither weights nor changes are made of, and that is no part of a word


class _Mark(NamedTuple):
    start: int
    end: int
    kind: Kind
    depth: int = 0


def spans_of(text: str, rules: Rules) -> tuple[Span, ...]:
    """The places of a text that are more than words of weight 1, in order, none over another;
    never fails."""
    comfyui = rules.program == Program.COMFYUI
    exact = rules.program == Program.A1111
    marks: list[_Mark] = []

    def found(new: Iterable[_Mark], within: str) -> str:
        """Those are marks, and out of the text."""
        known = [*new]
        marks.extend(known)
        return _without(within, known)

    left = text
    if not comfyui:
        places = comment_places(left, exact=exact)
        left = found((_Mark(start, end, Kind.COMMENT) for start, end in places), left)
    if not rules.is_negative:
        left = found((_Mark(tag.start, tag.end, Kind.LORA) for tag in tags(left)), left)
    left = found(
        (
            _Mark(sign.start, sign.end, Kind.WILDCARD if sign.is_name else Kind.CHOICE, sign.depth)
            for sign in choice_signs(left)
        ),
        left,
    )
    joined = _joined(left, rules)
    left = found(_joins(left, joined), left)
    if not comfyui:
        for part in joined:
            found(_changes(left, part), "")
    bare = _without(left, (mark for mark in marks if mark.kind in (Kind.EDIT, Kind.TURNS)))
    pieces = [piece for part in joined for piece in _pieces(bare, part, rules)]
    marks += (_Mark(*_word(left, piece), Kind.BREAK) for piece in pieces if piece.is_break)
    for piece in pieces if rules.embeddings else ():
        names = rules.embeddings.places(bare[piece.start : piece.end], rules.program)
        marks += (
            _Mark(start + piece.start, end + piece.start, Kind.EMBEDDING) for start, end, _ in names
        )
    return tuple(_laid_over(pieces, sorted(marks), text))


def _without(text: str, marks: Iterable[_Mark]) -> str:
    """The text with something else at these places."""
    parts: list[str] = []
    at = 0
    for mark in sorted(marks):
        if mark.end > at:
            start = max(mark.start, at)
            parts += (text[at:start], _FILLER * (mark.end - start))
            at = mark.end
    return "".join((*parts, text[at:])) if parts else text


def _joined(text: str, rules: Rules) -> tuple[JoinedText, ...]:
    """The texts that AND joins; it is a word of the negative prompt, and of ComfyUI's."""
    whole = JoinedText(text, 1.0, 0, len(text))
    if rules.is_negative or rules.program == Program.COMFYUI:
        return (whole,)
    joined = split_conjunction(text, exact=rules.program == Program.A1111)
    is_plain = len(joined) == 1 and all(part.weight == 1.0 for part in joined)
    return (whole,) if is_plain else joined


def _joins(text: str, joined: Sequence[JoinedText]) -> Iterator[_Mark]:
    """Each AND with the weight before it, and the last weight."""
    ends = [*(part.start for part in joined[1:]), len(text)]
    for part, end in zip(joined, ends, strict=True):
        start = end - len(text[part.end : end].lstrip())
        behind = start + len(text[start:end].rstrip())
        if behind > start:
            yield _Mark(start, behind, Kind.JOIN)


def _changes(text: str, joined: JoinedText) -> Iterator[_Mark]:
    """The signs of the changes and alternations of one of the texts."""
    script = parse_script(text[joined.start : joined.end])
    todo: list[tuple[Part, int]] = [(part, 0) for part in script.parts]
    while todo:
        part, depth = todo.pop()
        match part:
            case Words():
                continue
            case Group():
                todo += [(inner, depth) for inner in part.parts]
                continue
            case Edit():
                groups, kind = (part.before, part.after), Kind.EDIT
            case Turns():
                groups, kind = part.options, Kind.TURNS
        starts = [part.start, *(group.end for group in groups)]
        ends = [*(group.start for group in groups), part.end]
        for start, end in zip(starts, ends, strict=True):
            if end > start:
                yield _Mark(start + joined.start, end + joined.start, kind, depth)
        todo += [(group, depth + 1) for group in groups]


def _pieces(text: str, joined: JoinedText, rules: Rules) -> Iterator[WeightedText]:
    """The words of one of the texts with their weights."""
    part = text[joined.start : joined.end]
    if rules.program == Program.COMFYUI:
        found = parse_comfyui(part)
    else:
        found = parse(part, exact=rules.program == Program.A1111)
    for piece in found:
        start, end = piece.start + joined.start, piece.end + joined.start
        yield piece._replace(start=start, end=end)


def _word(text: str, piece: WeightedText) -> tuple[int, int]:
    """A BREAK without the blanks around it."""
    start = piece.end - len(text[piece.start : piece.end].lstrip())
    return start, start + len("BREAK")


def _laid_over(pieces: Sequence[WeightedText], marks: Sequence[_Mark], text: str) -> Iterator[Span]:
    """The marks, and between them the words with their weights; what belongs to no words is the
    bracket that gives them one."""
    stretches: list[tuple[int, int, float | None]] = []
    at = 0
    for piece in (piece for piece in pieces if not piece.is_break):
        if piece.start > at:
            stretches.append((at, piece.start, None))
        stretches.append((piece.start, piece.end, piece.weight))
        at = piece.end
    stretches.append((at, len(text), None))
    number = 0
    for start, end, weight in stretches:
        while start < end:
            while number < len(marks) and marks[number].end <= start:
                number += 1
            mark = marks[number] if number < len(marks) else None
            if mark is not None and mark.start <= start:
                until = min(mark.end, end)
                yield Span(mark.kind, start, until, 1.0 if weight is None else weight, mark.depth)
            else:
                until = end if mark is None else min(mark.start, end)
                if weight is None and not text[start:until].isspace():
                    yield Span(Kind.BRACKET, start, until)
                elif weight is not None and weight != 1.0:
                    yield Span(Kind.WORDS, start, until, weight)
            start = until
