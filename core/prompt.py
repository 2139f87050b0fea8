"""The prompt language: weights, chunks of 75 tokens, and a request's expansion into single pictures.

Weights follow AUTOMATIC1111's rules, which most shared prompts are written in: `(x)` times 1.1, `[x]` divided by 1.1,
nested brackets multiply, `(x:1.2)` sets a factor, a backslash makes a bracket plain, `BREAK` starts a new chunk.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from core.errors import InvalidRequest
from core.paths import is_path, name_of
from core.request import MAX_SEED, Lora, Request

ROUND, SQUARE = 1.1, 1 / 1.1
CHUNK = 75
COMMA_REACH = 20
_TOKEN = re.compile(r"\\.|\\|\(|\[|:\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*\)|\)|\]|[^\\()\[\]:]+|:", re.DOTALL)
_BREAK = re.compile(r"\s*\bBREAK\b\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """Text of one weight; [start, end) is its place in the prompt as typed. `pause` marks a BREAK."""

    text: str
    weight: float
    start: int
    end: int
    pause: bool = False


def parse(prompt: str) -> tuple[Piece, ...]:
    """The prompt as weighted pieces in order; never fails: an unclosed bracket counts to the end."""
    parts: list[list[object]] = []
    open_round: list[int] = []
    open_square: list[int] = []

    def scale(since: int, factor: float) -> None:
        for part in parts[since:]:
            part[1] = float(part[1]) * factor  # type: ignore[arg-type]

    for match in _TOKEN.finditer(prompt):
        token, factor = match.group(0), match.group(1)
        if token.startswith("\\") and len(token) > 1:
            parts.append([token[1:] if token[1] in "()[]\\" else token, 1.0, match.start(), match.end()])
        elif token == "(":
            open_round.append(len(parts))
        elif token == "[":
            open_square.append(len(parts))
        elif factor is not None and open_round:
            scale(open_round.pop(), min(max(float(factor), -100.0), 100.0))
        elif token == ")" and open_round:
            scale(open_round.pop(), ROUND)
        elif token == "]" and open_square:
            scale(open_square.pop(), SQUARE)
        else:
            parts.append([token, 1.0, match.start(), match.end()])
    for since in open_round:
        scale(since, ROUND)
    for since in open_square:
        scale(since, SQUARE)
    return tuple(_joined(_with_breaks(parts)))


def _with_breaks(parts: Sequence[Sequence[object]]) -> Iterable[Piece]:
    for text, weight, start, end in parts:
        assert isinstance(text, str) and isinstance(weight, float) and isinstance(start, int) and isinstance(end, int)
        at = 0
        for match in _BREAK.finditer(text):
            if match.start() > at:
                yield Piece(text[at : match.start()], weight, start + at, start + match.start())
            yield Piece("", 1.0, start + match.start(), start + match.end(), pause=True)
            at = match.end()
        if at < len(text):
            yield Piece(text[at:], weight, start + at, end)


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    merged: list[Piece] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if last and not last.pause and not piece.pause and last.weight == piece.weight:
            merged[-1] = Piece(last.text + piece.text, last.weight, last.start, piece.end)
        else:
            merged.append(piece)
    return merged


_ESCAPED = {"\\(": "\ue000\ue001", "\\)": "\ue000\ue002"}


def parse_comfyui(prompt: str) -> tuple[Piece, ...]:
    """The prompt as ComfyUI weighs it: a given factor replaces what surrounds it, square brackets and BREAK are plain text."""
    text = prompt
    for written, kept in _ESCAPED.items():
        text = text.replace(written, kept)
    plain = {kept: written[1] for written, kept in _ESCAPED.items()}
    found: list[Piece] = []
    for piece in _comfyui_pieces(text, 0, 1.0):
        shown = piece.text
        for kept, sign in plain.items():
            shown = shown.replace(kept, sign)
        found.append(replace(piece, text=shown))
    return tuple(found)


def _comfyui_pieces(text: str, at: int, weight: float) -> Iterable[Piece]:
    for start, end in _comfyui_spans(text):
        part = text[start:end]
        if len(part) > 1 and part[0] == "(" and part[-1] == ")":
            inner, factor = part[1:-1], weight * ROUND
            head, colon, tail = inner.rpartition(":")
            if colon and head:
                with contextlib.suppress(ValueError):
                    inner, factor = head, float(tail)
            yield from _comfyui_pieces(inner, at + start + 1, factor)
        elif part:
            yield Piece(part, weight, at + start, at + end)


def _comfyui_spans(text: str) -> Iterable[tuple[int, int]]:
    """Stretches outside round brackets, and outermost bracketed ones."""
    depth, since = 0, 0
    for i, sign in enumerate(text):
        if sign == "(":
            if depth == 0:
                if i > since:
                    yield since, i
                since = i
            depth += 1
        elif sign == ")":
            depth -= 1
            if depth == 0:
                yield since, i + 1
                since = i + 1
    if since < len(text):
        yield since, len(text)


Tokenize = Callable[[str], Sequence[int]]
Chunk = tuple[tuple[int, float], ...]


def chunks(pieces: Sequence[Piece], tokenize: Tokenize, comma: int | None = None, together: int = 0) -> tuple[Chunk, ...]:
    """Token ids with weights, in chunks of at most 75; at least one (empty) chunk.

    `tokenize(text)` gives ids without start and end. A chunk that is full moves what stands behind its last comma
    (`comma` is its id) to the next one when that is at most 20 tokens, so that a phrase is not torn. A piece of fewer than
    `together` tokens is never torn, as in ComfyUI.
    """
    done: list[Chunk] = []
    now: list[tuple[int, float]] = []
    for piece in pieces:
        if piece.pause:
            done.append(tuple(now))
            now = []
            continue
        tokens = tokenize(piece.text)
        if len(tokens) < together and len(now) + len(tokens) > CHUNK:
            done.append(tuple(now))
            now = []
        for token in tokens:
            if len(now) == CHUNK:
                keep = _cut(now, comma)
                done.append(tuple(now[:keep]))
                now = now[keep:]
            now.append((token, piece.weight))
    if now or not done:
        done.append(tuple(now))
    return tuple(done)


def _cut(tokens: Sequence[tuple[int, float]], comma: int | None) -> int:
    for back in range(COMMA_REACH):
        if comma is not None and tokens[len(tokens) - 1 - back][0] == comma:
            return len(tokens) - back
    return len(tokens)


_LORA = re.compile(r"<lora:([^:<>]+)((?::[^:<>]*)*)>", re.IGNORECASE)


def take_loras(prompt: str) -> tuple[str, tuple[Lora, ...]]:
    """The prompt without its `<lora:NAME:WEIGHT>` tags, and what they ask for.

    As in AUTOMATIC1111 two numbers are the text encoder's weight and the denoiser's, also as `te=` and `unet=`; a tag
    whose numbers are none stays in the text.
    """
    tags, parts, at = lora_tags(prompt), list[str](), 0
    for start, end, _ in tags:
        parts.append(prompt[at:start].rstrip())
        at = end
    rest = "".join([*parts, prompt[at:]])
    return (rest.strip() if tags else prompt), tuple(lora for _, _, lora in tags)


def named_loras(prompt: str) -> tuple[str, tuple[Lora, ...]]:
    """As `take_loras`; InvalidRequest for a tag with a path in the place of a name: a prompt may come from anywhere."""
    rest, loras = take_loras(prompt)
    for lora in loras:
        if is_path(lora.id):
            raise InvalidRequest("prompt", f'The tag <lora:{lora.id[:80]}> names a path, and tags take names only.',
                                 "Give a file's path with --lora, or put the file into the models folder and write its name.")
    return rest, loras


def lora_tags(prompt: str) -> tuple[tuple[int, int, Lora], ...]:
    """Where the tags stand, [start, end), and what each asks for."""
    found = ((match.start(), match.end(), _lora_of(match)) for match in _LORA.finditer(prompt))
    return tuple((start, end, lora) for start, end, lora in found if lora is not None)


def _lora_of(match: re.Match[str]) -> Lora | None:
    text, unet, plain = None, None, list[float]()
    try:
        for part in match[2].split(":")[1:]:
            name, equals, value = part.partition("=")
            if equals:
                number = float(value)
                text, unet = (number, unet) if name.strip() == "te" else (text, number) if name.strip() == "unet" else (text, unet)
            else:
                plain.append(float(part))
    except ValueError:
        return None
    first = plain[0] if plain else 1.0
    text = first if text is None else text
    unet = (plain[1] if len(plain) > 1 else text) if unet is None else unet
    return Lora(match[1].strip(), unet, None if text == unet else text)


def with_lora(prompt: str, index: int, lora: Lora | None) -> str:
    """The prompt with its index-th tag rewritten, or left out for None."""
    start, end, _ = lora_tags(prompt)[index]
    if lora is None:
        return (prompt[:start].rstrip() + prompt[end:]).strip()
    return prompt[:start] + lora_tag(lora) + prompt[end:]


def lora_tag(lora: Lora) -> str:
    """The tag that `take_loras` understands; a path is named by its stem."""
    name = PurePath(name_of(lora.id)).stem if is_path(lora.id) else lora.id
    return f"<lora:{name}:{lora.weight:g}>" if lora.text_weight is None else f"<lora:{name}:{lora.text_weight:g}:{lora.weight:g}>"


def expand(request: Request) -> tuple[Request, ...]:
    """`count` single requests with seeds seed, seed + 1, ... (a random first seed where none is given).

    LoRAs that the prompt names by tags become the request's own.
    ComfyUI's batches share one seed and one noise tensor; each picture knows its place in it.
    """
    prompt, loras = named_loras(request.prompt)
    if loras:
        request = replace(request, prompt=prompt, loras=(*request.loras, *loras)).check()
    first = secrets.randbelow(2**32) if request.seed is None else request.seed
    if request.compatibility == "comfyui" and request.count > 1:
        one = request.with_seed(first)
        return tuple(replace(one, noise=replace(request.noise, batch_index=i, batch_size=request.count)) for i in range(request.count))
    return tuple(request.with_seed((first + i) % (MAX_SEED + 1)) for i in range(request.count))


def change_weight(prompt: str, start: int, end: int, step: float) -> tuple[str, int, int]:
    """The prompt with the weight of [start, end) moved by `step`, and where that text stands now.

    An empty range means the word it touches; a range already wrapped as `(x:1.2)` is rewritten, and unwrapped at 1.
    """
    if start == end:
        start, end = _word_at(prompt, start)
    if start == end:
        return prompt, start, end
    tail = re.compile(r"\s*:\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*\)").match(prompt, end)
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
