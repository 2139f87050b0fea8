"""Prompts of any shape are read in one pass, and read as the plain rules say,
which stand here once more at their simplest."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.prompt import a1111
from core.prompt.a1111 import change_weight, parse
from core.prompt.bracket_weights import Span, bracket_weights
from core.prompt.comfyui import parse_comfyui
from core.prompt.loras import split_loras
from core.prompt.tokens.pieces import check_weights, without_surrogates
from core.system.errors import InvalidRequest

SIGNS = [
    "(",
    ")",
    "[",
    "]",
    ":",
    "\\",
    "a",
    " ",
    "BREAK",
    ":1.2)",
    ":0.5)",
    ":-1)",
    ":0)",
    "1",
    ".",
    "\n",
    " BREAK ",
    "b,",
    "((",
    "))",
    "\u3000",
    "1.5)",
    "_",
    "\ue000",
    "\ue001",
    "é",
    "\udcff",
    "😀",
]
texts = st.lists(st.sampled_from(SIGNS), max_size=24).map("".join)
TOKEN = re.compile(
    r"\\.|\\|\(|\[|:\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*\)|\)|\]|[^\\()\[\]:]+|:", re.DOTALL
)
BREAK = re.compile(r"\s*\bBREAK\b\s*", re.DOTALL)
Found = tuple[str, float, int, int, bool]


def simply(prompt: str) -> list[Found]:  # noqa: C901 - the rules one after the other
    """AUTOMATIC1111's rules: every bracket that closes multiplies all that stands in it."""
    parts: list[tuple[str, float, int, int]] = []
    round_, square = list[int](), list[int]()

    def scale(since: int, factor: float) -> None:
        parts[since:] = [
            (text, weight * factor, start, end) for text, weight, start, end in parts[since:]
        ]

    for match in TOKEN.finditer(prompt):
        token, factor = match[0], match[1]
        if token.startswith("\\") and len(token) > 1:
            parts.append(
                (token[1:] if token[1] in "()[]\\" else token, 1.0, match.start(), match.end())
            )
        elif token == "(":
            round_.append(len(parts))
        elif token == "[":
            square.append(len(parts))
        elif factor is not None and round_:
            scale(round_.pop(), min(max(float(factor), -100.0), 100.0))
        elif token == ")" and round_:
            scale(round_.pop(), 1.1)
        elif token == "]" and square:
            scale(square.pop(), 1 / 1.1)
        else:
            parts.append((token, 1.0, match.start(), match.end()))
    for since in round_:
        scale(since, 1.1)
    for since in square:
        scale(since, 1 / 1.1)
    return joined(parts)


def joined(parts: Iterable[tuple[str, float, int, int]]) -> list[Found]:
    found: list[Found] = []

    def add(text: str, weight: float, start: int, end: int) -> None:
        if text and found and not found[-1][4] and found[-1][1] == weight:
            found[-1] = (found[-1][0] + text, weight, found[-1][2], end, False)
        elif text:
            found.append((text, weight, start, end, False))

    for text, weight, start, end in parts:
        at = 0
        for match in BREAK.finditer(text):
            add(text[at : match.start()], weight, start + at, start + match.start())
            found.append(("", 1.0, start + match.start(), start + match.end(), True))
            at = match.end()
        add(text[at:], weight, start + at, end)
    return found


def simply_comfyui(text: str, weight: float = 1.0) -> Iterable[tuple[str, float]]:
    """ComfyUI's rules, bracket within bracket by recursion."""
    depth, since, spans = 0, 0, list[str]()
    for i, sign in enumerate(text):
        if sign == "(":
            if depth == 0:
                spans.append(text[since:i])
                since = i
            depth += 1
        elif sign == ")":
            depth -= 1
            if depth == 0:
                spans.append(text[since : i + 1])
                since = i + 1
    for part in [*spans, text[since:]]:
        if len(part) > 1 and part[0] == "(" and part[-1] == ")":
            inner, factor = part[1:-1], weight * 1.1
            head, colon, tail = inner.rpartition(":")
            with contextlib.suppress(ValueError):
                inner, factor = (head, float(tail)) if colon and head else (inner, factor)
            yield from simply_comfyui(inner, factor)
        elif part:
            yield part, weight


@given(texts)
@settings(max_examples=400)
def test_reading_in_one_pass_finds_what_the_plain_rules_find(text: str) -> None:
    assert [tuple(piece) for piece in parse(text)] == simply(text)


@given(texts.filter(lambda text: "\\" not in text and "\ue000" not in text))
@settings(max_examples=400)
def test_comfyui_without_recursion_finds_what_recursion_finds(text: str) -> None:
    pieces = parse_comfyui(text)
    assert [(piece.text, piece.weight) for piece in pieces] == list(simply_comfyui(text))
    assert all(text[piece.start : piece.end] == piece.text for piece in pieces)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 12),
            st.integers(0, 12),
            st.sampled_from([1.1, 1 / 1.1, 1.5, -0.5, 0.0, 2.0]),
        ),
        max_size=12,
    )
)
def test_weights_by_logarithms_are_those_by_multiplying(spans: list[Span]) -> None:
    spans = sorted(
        ((min(a, b), max(a, b), factor) for a, b, factor in spans), key=lambda span: span[1]
    )
    exact = bracket_weights(12, spans)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.prompt.bracket_weights._EXACT", -1)
        assert bracket_weights(12, spans) == pytest.approx(exact, rel=1e-9, abs=1e-300)


LONG = {
    "opened": "(a",
    "colons": ":",
    "square": "[",
    "escapes": "\\",
    "digits": "1",
    "blanks": " ",
    "words": "word ",
    "tags": "<lora:",
    "breaks": "BREAK ",
    "weights": "(a:1.1)",
    "closed": "a:1.2)",
    "numbers": ": 1",
    "tag of numbers": ":1",
    "surrogates": "\udcff",
    "alternating": "([a])",
    "pairs": "(a)b",
}


class Counted:
    """A pattern that counts the tokens it gives out."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern, self.count = pattern, 0

    def split(self, text: str) -> list[str]:
        found = self.pattern.split(text)
        self.count += len(found)
        return found


@pytest.mark.parametrize("name", LONG)
def test_work_grows_with_the_text_and_not_with_its_square(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    works: list[int] = []
    for length in (2_000, 4_000):
        counted, multiplied = Counted(a1111._SIGN), list[int]()
        monkeypatch.setattr(a1111, "_SIGN", counted)

        def spans_of(count: int, spans: list[Span], seen: list[int] = multiplied) -> list[float]:
            seen.append(count + len(spans))
            return bracket_weights(count, spans)

        monkeypatch.setattr(a1111, "bracket_weights", spans_of)
        pieces = parse((LONG[name] * length)[:length])
        monkeypatch.undo()
        works.append(counted.count + sum(multiplied) + len(pieces))
    assert works[1] <= 2.2 * works[0] + 10


@pytest.mark.parametrize("name", LONG)
def test_a_hundred_thousand_characters_are_read_by_everything(name: str) -> None:
    text = (LONG[name] * 100_000)[:100_000]
    for whole in (text, f"(x:{text}", f"<lora:a{text}", f"{text}BREAK{text}"[:100_000]):
        assert sum(len(piece.text) for piece in parse(whole)) <= len(whole)
        assert sum(len(piece.text) for piece in parse_comfyui(whole)) <= len(whole)
        assert len(split_loras(whole)[0]) <= len(whole)
        assert len(change_weight(whole, 2, 2, 0.1)[0]) <= len(whole) + 8


@pytest.mark.parametrize("depth", [3_000, 33_000, 50_000])
def test_brackets_of_any_depth_are_read_without_recursion(depth: int) -> None:
    text = "(" * depth + "a" + ")" * depth
    for read in (parse, parse_comfyui):
        (piece,) = read(text)
        assert (
            piece.text == "a"
            and piece.weight > 1e100
            and (piece.start, piece.end) == (depth, depth + 1)
        )
        with pytest.raises(InvalidRequest, match="brackets"):
            check_weights((piece,))
    assert parse("[" * depth + "a" + "]" * depth)[0].weight < 1e-100
    assert [piece.text for piece in parse_comfyui("(" * depth + "a" + ")" * (depth - 2))] == ["((a"]
    mixed = parse("([" * depth + "a" + "])" * depth)
    assert mixed[0].weight == pytest.approx(1.0)


def test_what_a_tokenizer_cannot_take_is_replaced_for_it_alone() -> None:
    assert (
        without_surrogates("a red house") == "a red house"
        and without_surrogates("naïve 家 😀") == "naïve 家 😀"
    )
    assert (
        without_surrogates("a \udcff\udcfe\0b") == "a \ufffd\ufffd\ufffdb"
        and without_surrogates("\ud83d\ude00") == "😀"
    )
    without_surrogates("".join(map(chr, range(0xD7F0, 0xE010)))).encode()
