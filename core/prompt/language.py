"""The prompt language: weights, chunks of 75 tokens, and a request's
expansion into single pictures.

Weights follow AUTOMATIC1111's rules, which most shared prompts are written in: `(x)` times 1.1,
`[x]` divided by 1.1, nested brackets multiply, `(x:1.2)` sets a factor, a backslash makes a bracket
plain, `BREAK` starts a new chunk.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from core.prompt.tags import lora_tag as lora_tag
from core.prompt.tags import lora_tags as lora_tags
from core.prompt.tags import named_loras as named_loras
from core.prompt.tags import take_loras as take_loras
from core.prompt.tags import with_lora as with_lora
from core.prompt.weights import Span, weights_of
from core.system.errors import InvalidRequest
from core.values.request import MAX_SEED, Request

ROUND, SQUARE = 1.1, 1 / 1.1
CHUNK = 75
COMMA_REACH = 20
# In these patterns no part can give back what the next one then takes: `\d+\.?\d*` tries a hundred
# thousand digits in every way they can be parted, `\d+(?:\.\d*)?` in one.
_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"
_SIGN = re.compile(rf"(\(+|\)+|\[+|\]+|:\s*{_NUMBER}\s*\)|(?:\\[\\()\[\]])+|(?:\\[^\\()\[\]])+|\\)")
# a stray backslash by itself
_SIGN_EXACT = re.compile(rf"(\(+|\)+|\[+|\]+|:\s*{_NUMBER}\s*\)|(?:\\[\\()\[\]])+|\\)")
_TAIL = re.compile(rf"\s*:\s*({_NUMBER})\s*\)")
_BREAK = re.compile(r"(?:(?<!\s)\s++)?\bBREAK\b\s*")


class Piece(NamedTuple):
    """Text of one weight; [start, end) is its place in the prompt as
    typed. `pause` marks a BREAK."""

    text: str
    weight: float
    start: int
    end: int
    pause: bool = False


Part = tuple[str, int, int]  # text and its place as typed; a BREAK has no text


def parse(prompt: str, *, exact: bool = False) -> tuple[Piece, ...]:
    """The prompt as weighted pieces in order; never fails: an unclosed bracket counts to the end.

    One pass whatever the text is: brackets are noted while they close, and weights reckoned from
    them afterwards. `exact`: to the letter as AUTOMATIC1111 reads it. A factor has no limit
    (elsewhere 100), a backslash before nothing special is left out (elsewhere text), and a BREAK
    whose brackets do not multiply to 1 is a word of the opposite weight (elsewhere a break).
    """
    parts: list[Part] = []
    spans: list[Span] = []
    open_round: list[int] = []
    open_square: list[int] = []
    at, breaks = 0, "BREAK" in prompt
    found = (_SIGN_EXACT if exact else _SIGN).split(prompt)  # plain text and signs in turn
    for text, sign in zip(found[::2], [*found[1::2], ""], strict=True):
        if text:
            behind = at + len(text)
            if breaks and "BREAK" in text:
                parts += _with_breaks(text, at, behind)
            else:
                parts.append((text, at, behind))
            at = behind
        if sign == "(":  # by far the most frequent
            at += 1
            open_round.append(len(parts))
            continue
        at += len(sign)
        kind = sign[:1]
        if kind == "(":
            open_round += [len(parts)] * len(sign)
        elif kind == "[":
            open_square += [len(parts)] * len(sign)
        elif kind == ")":
            _close(sign, ROUND, open_round, at, parts, spans)
        elif kind == "]":
            _close(sign, SQUARE, open_square, at, parts, spans)
        elif kind == ":" and open_round:
            factor = float(sign[1:-1])
            spans.append(
                (open_round.pop(), len(parts), factor if exact else min(max(factor, -100.0), 100.0))
            )
        elif kind and not (exact and sign == "\\"):
            parts.append(
                (sign[1::2] if sign[1:2] and sign[1] in "()[]\\" else sign, at - len(sign), at)
            )
    spans += [(first, len(parts), ROUND) for first in open_round]
    spans += [(first, len(parts), SQUARE) for first in open_square]
    weights = weights_of(len(parts), spans)
    if exact and breaks:
        parts, weights = _weighted_breaks(parts, weights)
    return tuple(_joined(parts, weights))


def _weighted_breaks(parts: list[Part], weights: list[float]) -> tuple[list[Part], list[float]]:
    """Breaks of another weight than 1 as words: the web UI marks a break by the weight -1, which
    brackets around it multiply."""
    words = [
        ("BREAK", start, end) if not text and weight != 1.0 else (text, start, end)
        for (text, start, end), weight in zip(parts, weights, strict=True)
    ]
    return words, [
        -weight if not part[0] and weight != 1.0 else weight
        for part, weight in zip(parts, weights, strict=True)
    ]


def _close(
    signs: str, factor: float, still_open: list[int], at: int, parts: list[Part], spans: list[Span]
) -> None:
    """Closing brackets, of which `at` is behind the last; those that close nothing are text."""
    closing = min(len(signs), len(still_open))
    for _ in range(closing):
        spans.append((still_open.pop(), len(parts), factor))
    if closing < len(signs):
        parts.append((signs[closing:], at - len(signs) + closing, at))


def _with_breaks(text: str, start: int, end: int) -> Iterable[Part]:
    """Text parted by its BREAKs, which take the blanks around them."""
    at = 0
    for match in _BREAK.finditer(text):
        if match.start() > at:
            yield text[at : match.start()], start + at, start + match.start()
        yield "", start + match.start(), start + match.end()
        at = match.end()
    if at < len(text):
        yield text[at:], start + at, end


def _joined(parts: Sequence[Part], weights: Sequence[float]) -> list[Piece]:
    """The parts as pieces, neighbours of one weight made one."""
    pieces: list[Piece] = []
    words, texts, weight, since, until = "", list[str](), 1.0, 0, 0
    for (text, start, end), own in zip(parts, weights, strict=True):
        if own == weight and text and words:
            texts.append(text)
        else:
            if words:
                pieces.append(
                    Piece("".join([words, *texts]) if texts else words, weight, since, until)
                )
                texts = texts and []
            words, weight, since = text, own, start
            if not text:
                pieces.append(Piece("", 1.0, start, end, pause=True))
        until = end
    if words:
        pieces.append(Piece("".join([words, *texts]), weight, since, until))
    return pieces


_ESCAPED = {"\\(": "\ue000\ue001", "\\)": "\ue000\ue002"}
_MARK = re.compile(r"[():]")


def parse_comfyui(prompt: str) -> tuple[Piece, ...]:
    """The prompt as ComfyUI weighs it: a given factor replaces what surrounds it, square brackets
    and BREAK are plain text."""
    text = prompt
    for written, kept in _ESCAPED.items():
        text = text.replace(written, kept)
    plain = {kept: written[1] for written, kept in _ESCAPED.items()}
    found: list[Piece] = []
    for start, end, weight in _comfyui_spans(text):
        shown = text[start:end]
        for kept, sign in plain.items():
            shown = shown.replace(kept, sign)
        found.append(Piece(shown, weight, start, end))
    return tuple(found)


def _comfyui_spans(text: str) -> Iterable[tuple[int, int, float]]:
    """[start, end) and weight of each stretch of one weight.

    A bracket left open reaches to the end of what it stands in, and counts where that
    ends with a closing one.
    """
    marks, partners = _comfyui_marks(text)
    # stretches still to be read, the next one last: text, marks, weight
    todo = [(0, len(text), 0, len(marks), 1.0)]
    while todo:
        at, end, mark, stop, weight = todo.pop()
        while mark < stop and text[marks[mark]] != "(":
            mark += 1
        opening = marks[mark] if mark < stop else end
        if opening > at:
            yield at, opening, weight
        if mark >= stop:
            continue
        last, behind = partners.get(mark, stop), end
        if last < stop:
            behind = marks[last] + 1
            todo.append((behind, end, last + 1, stop, weight))
        elif end - opening > 1 and text[end - 1] == ")":
            last = stop - 1
        else:
            yield opening, end, weight
            continue
        within, last, factor = _comfyui_factor(text, opening, behind - 1, marks, last)
        todo.append(
            (opening + 1, within, mark + 1, last, weight * ROUND if factor is None else factor)
        )


def _comfyui_marks(text: str) -> tuple[list[int], dict[int, int]]:
    """Where brackets and colons stand, and which mark closes which.

    A bracket that closes nothing makes the next opening one plain text too.
    """
    marks: list[int] = []
    partners: dict[int, int] = {}
    open_marks: list[int] = []
    owed = 0
    for match in _MARK.finditer(text):
        sign = match[0]
        if sign == ")" and not open_marks:
            owed += 1
        elif sign == "(" and owed:
            owed -= 1
        else:
            if sign == "(":
                open_marks.append(len(marks))
            elif sign == ")":
                partners[open_marks.pop()] = len(marks)
            marks.append(match.start())
    return marks, partners


def _comfyui_factor(
    text: str, opening: int, closing: int, marks: Sequence[int], last: int
) -> tuple[int, int, float | None]:
    """Of a bracket whose closing sign stands at `closing`, mark `last`: where its words end, the
    mark behind them, its factor."""
    colon = marks[last - 1]
    if text[colon] == ":" and colon > opening + 1:
        with contextlib.suppress(ValueError):
            return colon, last - 1, float(text[colon + 1 : closing])
    return closing, last, None


HEAVIEST = 1e30  # what arithmetic in 32 bits bears


def bearable(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """The pieces; InvalidRequest where brackets within brackets weigh so much that no
    picture can be reckoned."""
    for piece in pieces:
        if not abs(piece.weight) <= HEAVIEST:
            raise InvalidRequest(
                "prompt",
                f"The prompt's brackets multiply to a weight above {HEAVIEST:g}.",
                "Use fewer brackets.",
            )
    return pieces


def readable(text: str) -> str:
    """What a tokenizer can be given of a text that is kept as it is: halves of a surrogate pair
    joined, lone ones and NUL as U+FFFD."""
    if text.isascii() and "\0" not in text:
        return text
    return (
        text.replace("\0", "\ufffd")
        .encode("utf-16-le", "surrogatepass")
        .decode("utf-16-le", "replace")
    )


Tokenize = Callable[[str], Sequence[int]]
Chunk = tuple[tuple[int, float], ...]


def chunks(
    pieces: Sequence[Piece],
    tokenize: Tokenize,
    comma: int | None = None,
    together: int = 0,
    rows: Mapping[int, int] | None = None,
    *,
    exact: bool = False,
) -> tuple[Chunk, ...]:
    """Token ids with weights, in chunks of at most 75; at least one (empty) chunk.

    `tokenize(text)` gives ids without start and end. A chunk that is full moves what stands behind
    its last comma (`comma` is its id) to the next one when that is at most 20 tokens, so that a
    phrase is not torn; `exact`: not where the token that does not fit is a comma itself, as in
    AUTOMATIC1111. An embedding (`rows`: the id of its first vector to how many it has) is never
    torn unless it is longer than a chunk, nor is a stretch without embeddings of fewer than
    `together` tokens, as in ComfyUI.
    """
    done: list[Chunk] = []
    now: list[tuple[int, float]] = []
    for piece in pieces:
        if piece.pause:
            done.append(tuple(now))
            now = []
            continue
        for tokens, whole in _groups(tokenize(piece.text), rows or {}):
            if whole and len(now) == CHUNK:
                keep = _cut(now, comma)
                done.append(tuple(now[:keep]))
                now = now[keep:]
            if (whole or len(tokens) < together) and CHUNK >= len(tokens) > CHUNK - len(now):
                done.append(tuple(now))
                now = []
            for token in tokens:
                if len(now) == CHUNK:
                    keep = CHUNK if exact and token == comma else _cut(now, comma)
                    done.append(tuple(now[:keep]))
                    now = now[keep:]
                now.append((token, piece.weight))
    if now or not done:
        done.append(tuple(now))
    return tuple(done)


def _groups(tokens: Sequence[int], rows: Mapping[int, int]) -> Iterable[tuple[Sequence[int], bool]]:
    """The tokens in stretches: embeddings, of which each is one, and what stands between them."""
    at, since = 0, 0
    while at < len(tokens):
        if count := rows.get(tokens[at]) if rows else None:
            if at > since:
                yield tokens[since:at], False
            yield tokens[at : at + count], True
            at = since = at + count
        elif rows:
            at += 1
        else:
            break
    if since < len(tokens):
        yield tokens[since:], False


def _cut(tokens: Sequence[tuple[int, float]], comma: int | None) -> int:
    for back in range(COMMA_REACH):
        if comma is not None and tokens[len(tokens) - 1 - back][0] == comma:
            return len(tokens) - back
    return len(tokens)


def expand(request: Request) -> tuple[Request, ...]:
    """`count` single requests with seeds seed, seed + 1, ... (a random first
    seed where none is given).

    LoRAs that the prompt names by tags become the request's own; tags that ask for nothing known
    go. ComfyUI's batches share one seed and one noise tensor; each picture knows its place in it.
    """
    prompt, loras = named_loras(request.prompt)
    if loras or prompt != request.prompt:
        request = replace(request, prompt=prompt, loras=(*request.loras, *loras)).check()
    first = secrets.randbelow(2**32) if request.seed is None else request.seed
    if request.compatibility == "comfyui" and request.count > 1:
        one = request.with_seed(first)
        return tuple(
            replace(one, noise=replace(request.noise, batch_index=i, batch_size=request.count))
            for i in range(request.count)
        )
    return tuple(request.with_seed((first + i) % (MAX_SEED + 1)) for i in range(request.count))


def change_weight(prompt: str, start: int, end: int, step: float) -> tuple[str, int, int]:
    """The prompt with the weight of [start, end) moved by `step`, and where that text stands now.

    An empty range means the word it touches; a range already wrapped as `(x:1.2)` is
    rewritten, and unwrapped at 1.
    """
    if start == end:
        start, end = _word_at(prompt, start)
    if start == end:
        return prompt, start, end
    tail = _TAIL.match(prompt, end)
    weight, head = 1.0, prompt[:start]
    rest = prompt[end:]
    if head.endswith("(") and tail:
        weight, head, rest = float(tail.group(1)), head[:-1], prompt[tail.end() :]
    text, weight = prompt[start:end], round(min(max(weight + step, 0.0), 5.0), 3)
    if weight == 1.0:
        return head + text + rest, len(head), len(head) + len(text)
    return f"{head}({text}:{weight:g}){rest}", len(head) + 1, len(head) + 1 + len(text)


def _word_at(prompt: str, at: int) -> tuple[int, int]:
    stops = " \n\t,()[]:"
    start, end = at, at
    while start > 0 and prompt[start - 1] not in stops:
        start -= 1
    while end < len(prompt) and prompt[end] not in stops:
        end += 1
    return start, end
