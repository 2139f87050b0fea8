"""Words that are blanked where they stand, and words that are left out: what is around stays."""

from __future__ import annotations

import re

import pytest

from core.prompt.a1111 import parse
from core.prompt.comfyui import parse_comfyui
from core.prompt.grammar.plan import plan_prompts
from core.prompt.reading.embedding_names import EmbeddingNames
from core.prompt.reading.kinds import Rules
from core.prompt.reading.leaving_out import without_words
from core.prompt.reading.words import places_of, words_of
from core.prompt.tokens.blanks import BLANK, hidden
from core.prompt.tokens.clip_tokenizer import ClipTokenizer, load_tokenizer
from core.prompt.words_read import weighted_chunks
from core.system.paths import RESOURCES
from core.values.program import Program
from core.values.text_span import TextSpan

LONG = ", ".join(f"a red house number {n} (on snow:1.2)" for n in range(20))
TEXTS = (
    "a red fox, (sunset over (grass):1.3), 3 well-lit stones",
    "a [red:blue:0.5] fox [in snow:3], [cat|dog] AND a (huge:0.7) moon :1.4",
    "one style BREAK two hats, hat",
    "embedding:glow fox, a glow, mist BREAK (glow:1.2)",
    "é\u0301tude 🦊 naïve (\ud83d fox) \\(plain\\) BREAKFAST ANDROID",
    LONG,
)


@pytest.fixture(scope="module")
def tokenizer() -> ClipTokenizer:
    return load_tokenizer(RESOURCES / "families" / "clip-tokenizer", "CLIP")


@pytest.mark.parametrize("program", list(Program))
@pytest.mark.parametrize("text", TEXTS)
def test_all_others_keep_their_places_and_weights(
    text: str, program: Program, tokenizer: ClipTokenizer
) -> None:
    vectors = {"glow": range(2)}
    blank = (1 << 30) + 2

    def read(plain: str) -> list[list[tuple[tuple[int, float], ...]]]:
        plan = plan_prompts(plain, "", program, 4)
        return [
            [
                part
                for row in branch.rows
                for part in weighted_chunks(
                    row.text, tokenizer.ids, program, {**vectors, BLANK: range(1)}
                )
            ]
            for branch in plan.positive
        ]

    before = read(text)
    assert blank not in {token for one in before for part in one for token, _ in part}
    words = words_of(text, Rules(program, embeddings=EmbeddingNames(("glow",))))
    assert len(words) > 4
    for word in words[:: max(len(words) // 12, 1)]:
        after = read(hidden(text, (word,), is_negative=False))
        changed = 0
        for old, new in zip(before, after, strict=True):
            for part, other in zip(old, new, strict=True):
                assert [weight for _, weight in part] == [weight for _, weight in other]
                pairs = zip(part, other, strict=True)
                changes = [now for (was, _), (now, _) in pairs if was != now]
                assert set(changes) <= {blank}
                changed += len(changes)
        assert changed, text[word.start : word.end]


@pytest.mark.parametrize(
    ("text", "word", "expected"),
    [
        ("a red fox, (sunset:1.3), grass", "sunset", "a red fox, grass"),
        ("((sunset)) fox", "sunset", "fox"),
        ("a (red sunset:1.3) x", "sunset", "a (red:1.3) x"),
        ("(a, sunset:1.2), b", "sunset", "(a:1.2), b"),
        ("(sunset, a:1.2)", "sunset", "(a:1.2)"),
        ("[sunset:dog:0.5] on", "sunset", "[:dog:0.5] on"),
        ("[cat:sunset:0.5] on", "sunset", "[cat::0.5] on"),
        ("[cat|sunset] on", "sunset", "[cat|] on"),
        ("a, [sunset::0.4], c", "sunset", "a, c"),
        ("a, [sunset:4], c", "sunset", "a, c"),
        ("a, [:sunset:4] c", "sunset", "a, c"),
        ("fox AND sunset :0.5", "sunset", "fox"),
        ("sunset :0.5 AND fox :1.2", "sunset", "fox :1.2"),
        ("a AND sunset :0.5 AND c", "sunset", "a AND c"),
        ("fox BREAK sunset", "sunset", "fox"),
        ("sunset BREAK fox", "sunset", "fox"),
        ("fox, sunset BREAK b", "sunset", "fox BREAK b"),
        ("fox,sunset,b", "sunset", "fox, b"),
        ("fox\nsunset, x", "sunset", "fox\nx"),
        (r"a \(sunset\) b", "sunset", r"a \(\) b"),
        ("sunset", "sunset", ""),
        ("a red house", "red house", "a"),
        ("a (red house:1.2), b", "Red House", "a, b"),
    ],
)
def test_words_are_left_out_with_what_held_them(text: str, word: str, expected: str) -> None:
    (place,) = places_of(text, words_of(text, Rules()), word)
    assert without_words(text, place, Rules()) == expected


@pytest.mark.parametrize("program", list(Program))
@pytest.mark.parametrize("text", TEXTS)
def test_what_is_left_out_is_nothing_else(text: str, program: Program) -> None:
    rules = Rules(program)

    def told(plain: str) -> set[tuple[str, float]]:
        pieces = parse_comfyui(plain) if program == Program.COMFYUI else parse(plain)
        return {
            (word, piece.weight) for piece in pieces for word in re.findall(r"[^\W\d]+", piece.text)
        }

    words = words_of(text, rules)
    for number in range(0, len(words), max(len(words) // 12, 1)):
        left = without_words(text, (words[number],), rules)
        names = [text[word.start : word.end] for word in words]
        del names[number]
        assert [left[word.start : word.end] for word in words_of(left, rules)] == names
        assert told(left) <= told(text)


def test_words_are_found_where_they_stand() -> None:
    text = "a fox, a Red fox, red-hot (red: 1.2) <lora:red:1> [red:fox:3]"
    words = words_of(text, Rules())
    assert [len(one) for one in places_of(text, words, "red fox")] == [2]
    assert len(places_of(text, words, "RED")) == 3
    assert len(places_of(text, words, "red-hot")) == 1
    assert places_of(text, words, "lora") == places_of(text, words, ",") == ()
    marked = "a cafe\u0301"
    assert places_of(marked, words_of(marked, Rules()), "Caf\u00e9") == ((TextSpan(2, 7),),)
    assert hidden("ab", (TextSpan(0, 99), TextSpan(0, 1, is_negative=True)), is_negative=True)[1:]
