"""The prompt language: weights as other programs read them, chunks of 75, expansion into seeds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.prompt.a1111 import change_weight, parse
from core.prompt.expand import expand
from core.prompt.loras import lora_tag, split_loras
from core.prompt.tokens.chunks import chunks
from core.system.errors import InvalidRequest
from core.values.declared.limits import MAX_SEED
from core.values.lora import Lora
from core.values.request import Request


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a red house", [("a red house", 1.0)]),
        ("a (red) house", [("a ", 1.0), ("red", 1.1), (" house", 1.0)]),
        ("((x))", [("x", 1.21)]),
        ("[x]", [("x", 0.9090909)]),
        ("(x:1.2)", [("x", 1.2)]),
        ("(a (b:1.5) c:0.5)", [("a ", 0.5), ("b", 0.75), (" c", 0.5)]),
        (r"\(plain\)", [("(plain)", 1.0)]),
        ("(unclosed", [("unclosed", 1.1)]),
        ("closed)", [("closed)", 1.0)]),
        ("ratio 3:4", [("ratio 3:4", 1.0)]),
        ("(a:b)", [("a:b", 1.1)]),
    ],
)
def test_weights(text: str, expected: list[tuple[str, float]]) -> None:
    found = [(piece.text, piece.weight) for piece in parse(text)]
    assert [t for t, _ in found] == [t for t, _ in expected]
    assert [w for _, w in found] == pytest.approx([w for _, w in expected])


@given(st.text(alphabet="ab ()[]:\\1.2,\nBREAK", max_size=60))
def test_any_text_parses_and_spans_lie_inside(text: str) -> None:
    pieces = parse(text)
    assert all(0 <= p.start <= p.end <= len(text) for p in pieces)
    assert all(a.end <= b.start for a, b in zip(pieces, pieces[1:], strict=False))


def words_to_ids(text: str) -> list[int]:
    return [0 if word == "," else 1 for word in text.replace(",", " , ").split()]


def test_long_prompts_take_several_chunks() -> None:
    found = chunks(parse(" ".join(["w"] * 160)), words_to_ids)
    assert [len(chunk) for chunk in found] == [75, 75, 10]


def test_a_full_chunk_breaks_at_its_last_comma() -> None:
    found = chunks(parse(" ".join(["w"] * 70) + ", " + " ".join(["v"] * 10)), words_to_ids, comma=0)
    assert [len(chunk) for chunk in found] == [71, 10]


@pytest.mark.parametrize(("behind", "sizes"), [(19, [56, 20]), (20, [75, 1])])
def test_no_more_than_nineteen_tokens_go_over_with_their_phrase(
    behind: int, sizes: list[int]
) -> None:
    """The comma is the twentieth, as in AUTOMATIC1111."""
    text = " ".join(["w"] * (74 - behind)) + ", " + " ".join(["v"] * (behind + 1))
    assert [len(chunk) for chunk in chunks(parse(text), words_to_ids, comma=0)] == sizes


def test_break_starts_a_chunk_and_empty_is_one_chunk() -> None:
    assert [len(c) for c in chunks(parse("a b BREAK c"), words_to_ids)] == [2, 1]
    assert chunks(parse(""), words_to_ids) == ((),)
    long = parse(" ".join(["w"] * 73) + " (a b c:1.2) " + " ".join(["v"] * 20))
    assert [len(c) for c in chunks(long, words_to_ids)] == [75, 21]
    assert [len(c) for c in chunks(long, words_to_ids, together=8)] == [73, 23]


def test_expand_counts_seeds_up() -> None:
    assert [r.seed for r in expand(Request(seed=7, count=3).check())] == [7, 8, 9]
    assert [r.seed for r in expand(Request(seed=MAX_SEED, count=2).check())] == [MAX_SEED, 0]
    single = expand(Request(count=2).check())
    assert single[0].seed is not None and all(r.count == 1 for r in single)


def test_change_weight_wraps_moves_and_unwraps() -> None:
    text, start, end = change_weight("a red house", 3, 3, 0.1)
    assert text == "a (red:1.1) house" and text[start:end] == "red"
    text, start, end = change_weight(text, start, end, -0.1)
    assert text == "a red house" and text[start:end] == "red"


LORA_TAGS = {
    "a house <lora:glow:0.8>": ("a house", (Lora("glow", 0.8),)),
    "<lora:glow> a house, <lora:pixel art:0.5:1.2> red": (
        "a house, red",
        (Lora("glow"), Lora("pixel art", 1.2, 0.5)),
    ),
    "x <lora:glow:te=0.2:unet=0.9>": ("x", (Lora("glow", 0.9, 0.2),)),
    "a <b> c  ": ("a <b> c  ", ()),
}


@pytest.mark.parametrize("prompt", LORA_TAGS)
def test_lora_tags(prompt: str) -> None:
    assert split_loras(prompt) == LORA_TAGS[prompt]
    for lora in LORA_TAGS[prompt][1]:
        assert split_loras(f"a {lora_tag(lora)}") == ("a", (lora,))


def test_expanding_moves_lora_tags_into_the_request() -> None:
    asked = Request(prompt="a house <lora:glow:0.8>", seed=1, count=2, loras=(Lora("own"),))
    first, second = expand(asked.check())
    assert first.prompt == second.prompt == "a house" and first.loras == second.loras == (
        Lora("own"),
        Lora("glow", 0.8),
    )
    with pytest.raises(InvalidRequest):
        expand(Request(prompt="a house <lora:glow:800>").check())
