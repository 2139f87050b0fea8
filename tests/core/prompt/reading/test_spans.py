"""What each place of a prompt is, beside what the same text becomes when a picture is made."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.prompt.a1111 import parse
from core.prompt.reading.embedding_names import EmbeddingNames
from core.prompt.reading.kinds import Kind, Rules
from core.prompt.reading.spans import spans_of
from core.values.program import Program

NAMES = EmbeddingNames(["my-emb", "my", "Émail", "bad (hands)"])


def shown(text: str, rules: Rules | None = None) -> list[tuple[str, str]]:
    spans = spans_of(text, rules or Rules(embeddings=NAMES))
    return [(span.kind.value, text[span.start : span.end]) for span in spans]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a red house", []),
        ("a (red:1.2) \\(x\\)", [("bracket", "("), ("words", "red"), ("bracket", ":1.2)")]),
        ("[cat:dog:0.5]", [("edit", "["), ("edit", ":"), ("edit", ":0.5]")]),
        ("[fog:12]", [("edit", "["), ("edit", ":12]")]),
        ("[fog::12]", [("edit", "["), ("edit", ":"), ("edit", ":12]")]),
        (
            "[a|(b:2)]",
            [
                ("turns", "["),
                ("turns", "|"),
                ("bracket", "("),
                ("words", "b"),
                ("bracket", ":2)"),
                ("turns", "]"),
            ],
        ),
        (
            "{2$$a|0.3::[b:c:4]}",
            [
                ("choice", "{2$$"),
                ("choice", "|0.3::"),
                ("edit", "["),
                ("edit", ":"),
                ("edit", ":4]"),
                ("choice", "}"),
            ],
        ),
        ("{json} a|b", []),
        ("__animals/*__, a__b__c", [("wildcard", "__animals/*__")]),
        ("a :1.5 AND b", [("join", ":1.5 AND")]),
        ("a AND b :0.5 ", [("join", "AND"), ("join", ":0.5")]),
        ("a BREAK b", [("break", "BREAK")]),
        ("a # (b:2)\n#c\nd", [("comment", " # (b:2)"), ("comment", "#c")]),
        ("😀 <lora:glow:0.8> (x)", [
            ("lora", "<lora:glow:0.8>"), ("bracket", "("), ("words", "x"), ("bracket", ")")
        ]),
        ("my-emb, MY. mystery embedding:my-emb.pt", [
            ("embedding", "my-emb"), ("embedding", "MY"), ("embedding", "embedding:my-emb.pt")
        ]),
        ("émail bad (hands)", [
            ("embedding", "émail"), ("bracket", "("), ("words", "hands"), ("bracket", ")")
        ]),
    ],
)  # fmt: skip
def test_each_part_of_the_language_has_its_place(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert shown(text) == expected


def test_each_program_and_the_negative_prompt_have_their_own_rules() -> None:
    text = "my-emb AND [a:b:1] BREAK # (c)"
    brackets = [("bracket", "("), ("words", "c"), ("bracket", ")")]
    assert shown(text, Rules(Program.COMFYUI, embeddings=NAMES)) == brackets
    assert ("comment", "# (c)") in shown(text, Rules(Program.A1111))
    in_negative = shown(f"<lora:a:1> {text}", Rules(is_negative=True))
    assert {kind for kind, _ in in_negative} == {"edit", "break", "comment"}


def test_depth_and_weight_are_those_of_the_place() -> None:
    spans = spans_of("[a:[b:c:1]:2] {d|{e|f}} (__g__:1.5)", Rules())
    assert {(s.kind, s.depth) for s in spans if s.kind in (Kind.EDIT, Kind.CHOICE)} == {
        (Kind.EDIT, 0),
        (Kind.EDIT, 1),
        (Kind.CHOICE, 0),
        (Kind.CHOICE, 1),
    }
    assert [s.weight for s in spans if s.kind is Kind.WILDCARD] == [1.5]


_PIECES = st.lists(
    st.one_of(
        st.sampled_from(list("()[]{}|:#\n\\\0,a")),
        st.sampled_from(
            [":1.2)", ":0.5]", " AND ", " BREAK ", "\\(", "<lora:a:1>", "__w__", "2$$"]
        ),
        st.sampled_from(["😀", "my", " # x", "embedding:my-emb"]),
    ),
    max_size=14,
).map("".join)


@settings(max_examples=60)
@given(_PIECES, st.sampled_from(Program), st.booleans())
def test_places_are_in_order_and_never_over_each_other(
    text: str, program: Program, is_negative: bool
) -> None:
    at = 0
    for span in spans_of(text, Rules(program, is_negative, NAMES)):
        assert at <= span.start < span.end <= len(text)
        at = span.end


@settings(max_examples=60)
@given(st.text(alphabet="ab( )😀,\\", max_size=20))
def test_weights_are_those_that_the_model_is_told(text: str) -> None:
    heavy = {
        at: piece.weight
        for piece in parse(text)
        if piece.weight != 1.0
        for at in range(piece.start, piece.end)
    }
    spans = [span for span in spans_of(text, Rules()) if span.kind is Kind.WORDS]
    assert {at: span.weight for span in spans for at in range(span.start, span.end)} == heavy
