"""Each token of a text stands where its word is written, whatever brackets and names are around."""

from __future__ import annotations

import pytest

from core.prompt.grammar.places import Written
from core.prompt.grammar.plan import plan_prompts
from core.prompt.reading.token_places import NOWHERE, placed_chunks
from core.prompt.reading.words import word_places
from core.prompt.tokens.clip_tokenizer import ClipTokenizer, load_tokenizer
from core.prompt.words_read import weighted_chunks
from core.system.paths import RESOURCES
from core.values.program import Program

CALOTYPE, A1111, COMFYUI = Program.CALOTYPE, Program.A1111, Program.COMFYUI
VECTORS = {"bad-hands": range(3), "glow": range(1)}


@pytest.fixture(scope="module")
def tokenizer() -> ClipTokenizer:
    return load_tokenizer(RESOURCES / "families" / "clip-tokenizer", "CLIP")


@pytest.mark.parametrize(
    ("program", "text", "expected"),
    [
        (CALOTYPE, "a Red, red house", ["a", "Red", ",", "red", "house"]),
        (CALOTYPE, "(a cat:1.2)1 [dog] BREAK un(believ)able", None),
        (CALOTYPE, r"a \(cat\) (dog:1.1)", ["a", "(", "cat", ")", "dog"]),
        (A1111, "a ((red)) house BREAK\n at  night", ["a", "red", "house", "at", "night"]),
        (COMFYUI, "a (red:1.3) house", ["a", "red", "house"]),
        (CALOTYPE, "Ünïted ñ 日本 cat", None),
        (CALOTYPE, "cat \ud83d dog", None),
        (CALOTYPE, "", []),
    ],
)
def test_tokens_stand_where_they_are_written(
    tokenizer: ClipTokenizer, program: Program, text: str, expected: list[str] | None
) -> None:
    chunks = placed_chunks(text, tokenizer, program, {})
    plain = weighted_chunks(text, tokenizer.ids, program, {})
    assert [[one.weight for one in chunk] for chunk in chunks] == [
        [weight for _, weight in chunk] for chunk in plain
    ]
    tokens = [one for chunk in chunks for one in chunk]
    there = [text[slice(*one.place)] for one in tokens]
    if expected is not None:
        assert there == expected
    starts = [one.place[0] for one in tokens]
    assert NOWHERE[0] not in starts and starts == sorted(starts)
    for one in tokens:
        if one.text.isascii() and one.text.isalpha():
            assert text[slice(*one.place)].lower() == one.text


@pytest.mark.parametrize(
    ("program", "text", "expected"),
    [
        (CALOTYPE, "a (bad-hands:0.5), glow cat", ["a", "bad-hands", ",", "glow", "cat"]),
        (A1111, "a bad-hands cat", ["a", "bad-hands", "cat"]),
        (COMFYUI, "a embedding:glow cat", ["a", "glow", "cat"]),
    ],
)
def test_embeddings_stand_where_they_are_named(
    tokenizer: ClipTokenizer, program: Program, text: str, expected: list[str]
) -> None:
    tokens = [one for chunk in placed_chunks(text, tokenizer, program, VECTORS) for one in chunk]
    there = list(dict.fromkeys(text[slice(*one.place)] for one in tokens))
    assert there == expected
    assert [one.text for one in tokens].count("bad-hands") == (3 if "bad-hands" in text else 0)


def test_texts_of_a_plan_stand_in_the_prompt() -> None:
    prompt = "a [cat:[dog|fox]:0.5] (red) AND at night :0.5"
    plan = plan_prompts(prompt, "a [b:c:2]", Program.CALOTYPE, 4)
    written = Written(prompt=prompt, negative="a [b:c:2]", program=Program.CALOTYPE, steps=4)
    texts = 0
    for row, branch in enumerate((plan.negative, *plan.positive)):
        for text in branch.texts:
            places = written.places(row, text)
            assert "".join(written.of_row(row)[place] for place in places) == text
            texts += 1
    assert texts == 2 + 3 + 1
    assert written.places(1, "another") == () == written.places(3, "a cat (red)")


def test_words_of_a_prompt() -> None:
    text = "the cat's  red-haired, (dog:1.2)"
    words = [text[start:end] for start, end in word_places(text)]
    assert words == ["the", "cat's", "red-haired", "dog", "1", "2"]
    marked = "cafe\u0301, हिन्दी-ภาษาน้ำ \u2764\ufe0f x"
    words = [marked[start:end] for start, end in word_places(marked)]
    assert words == ["cafe\u0301", "हिन्दी-ภาษาน้ำ", "x"]
